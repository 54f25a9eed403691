/** Answers of many rows, against the statement that makes the same JSON, written by hand. */
import { limitOf } from '../limit.ts'
import { drive } from '../load.ts'
import type { Figure } from '../main.ts'
import { checkAnswer, connections, seconds, type BenchClient } from './client.ts'

interface Comparison {
  readonly name: string
  readonly path: string
  /** Part of the answer, to see that it is the right one. */
  readonly expected: string
  readonly script: string
  readonly atLeast: number
}

const comparisons: readonly Comparison[] = [
  {
    name: '1,000 rows of 10 columns',
    path: 'wide',
    expected: '"a":"text a 1000"',
    script: 'select json_agg(rows) from (select * from public.wide limit 1000) as rows;\n',
    atLeast: 0.7,
  },
  {
    name: 'embed 1, 20, 5',
    path: 'shops?id=eq.{id}&select=name,shelves(name,items(name,price))',
    expected: '"Item ',
    script: `\\set id random(1, 100)
select json_agg(shop) from (
  select shops.name, (
    select json_agg(shelf) from (
      select shelves.name, (
        select json_agg(item) from (
          select items.name, items.price from public.items where items.shelf_id = shelves.id
        ) as item
      ) as items
      from public.shelves where shelves.shop_id = shops.id
    ) as shelf
  ) as shelves
  from public.shops where shops.id = :id
) as shop;
`,
    atLeast: 0.8,
  },
]

export async function benchLists(client: BenchClient): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const comparison of comparisons) figures.push(...(await compare(client, comparison)))
  return figures
}

async function compare(
  client: BenchClient,
  { name, path, expected, script, atLeast }: Comparison,
): Promise<Figure[]> {
  await checkAnswer(client, path.replace('{id}', '7'), expected)
  const read = client.load(path, { idMax: 100 })
  await drive({ ...read, seconds: 2 })
  const rest = await drive(read)
  const bare = await limitOf({
    dbUrl: client.server.dbUrl,
    script,
    clients: [2, 8, connections],
    seconds,
  })
  return [
    { name, value: rest.perSecond, unit: 'req/s' },
    { name: `${name}, failures`, value: rest.failures, unit: '', atMost: 0 },
    { name: `${name}, by hand`, value: bare, unit: 'tx/s' },
    { name: `${name} / by hand`, value: rest.perSecond / bare, unit: '', atLeast },
  ]
}
