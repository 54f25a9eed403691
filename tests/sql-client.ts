/** SQL straight to the database of a started server, past everything of ours. */
import { Client } from 'pg'

/** Runs `act` with a connection, and closes it. */
export async function withSql<T>(dbUrl: string, act: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: dbUrl })
  await client.connect()
  try {
    return await act(client)
  } finally {
    await client.end()
  }
}
