/** The status as lines NAME="value", under the names that Supabase's CLI prints, for scripts and .env files. */
import type { Status } from '@plinth/server'

export function statusEnv(status: Status): string {
  const api = status.api_url
  const values: Readonly<Record<string, string | null>> = {
    API_URL: api,
    REST_URL: `${api}/rest/v1`,
    DB_URL: status.db_url,
    STUDIO_URL: status.studio_url,
    PUBLISHABLE_KEY: status.publishable_key,
    SECRET_KEY: status.secret_key,
    JWT_SECRET: status.jwt_secret,
    ANON_KEY: status.anon_key,
    SERVICE_ROLE_KEY: status.service_role_key,
    STORAGE_S3_URL: status.s3_url,
    S3_PROTOCOL_ACCESS_KEY_ID: status.s3_access_key,
    S3_PROTOCOL_ACCESS_KEY_SECRET: status.s3_secret_key,
  }
  const lines = Object.entries(values).map(([name, value]) =>
    value === null ? '' : `${name}="${escaped(value)}"\n`,
  )
  return lines.join('')
}

/** What a shell would replace within double quotes. */
function escaped(value: string): string {
  return value.replaceAll(/[\\"$`]/g, '\\$&')
}
