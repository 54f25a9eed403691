/** REST alone, over a database that somebody else has prepared, logged in as a role that may do nothing by itself. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ThrowawayServer } from '../../../../test/throwaway-server.ts'
import { dbModule } from '../../../db/module.ts'
import { boot } from '../../../kernel/boot.ts'
import type { Module } from '../../../kernel/module.ts'
import type { ObservationKind } from '../../../kernel/observe.ts'
import { signHs256 } from '../../keys/json-web-token.ts'
import { keysModule } from '../../keys/module.ts'
import type { Rest } from '../index.ts'
import { restModule } from '../module.ts'
import { apiOf, listenFor } from './rest-server.ts'

export const secret = 'a secret of these tests, long enough'

export function tokenOf(
  claims: Readonly<Record<string, unknown>>,
  signedWith = secret,
): Record<string, string> {
  return { authorization: `Bearer ${signHs256(claims, signedWith)}` }
}

export interface AloneServer {
  readonly rest: Rest
  /** What was observed, as `kind`, with its message where it has one. */
  readonly observed: string[]
  ask(path: string, init?: RequestInit): Promise<Response>
  stop(): Promise<void>
}

export async function startAlone(
  postgres: ThrowawayServer,
  env: Readonly<Record<string, string | undefined>> = {},
  modules: readonly Module[] = [dbModule, keysModule, restModule],
): Promise<AloneServer> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-alone-'))
  const { host, port, database } = postgres.target()
  const observed: string[] = []
  const observe = (kind: ObservationKind, detail?: unknown): void => {
    observed.push(
      typeof detail === 'object' && detail !== null && 'message' in detail ? String(detail.message) : kind,
    )
  }
  const sources = {
    env: {
      PGRST_DB_URI: `postgresql://web_login@${host}:${port}/${database}`,
      PGRST_DB_SCHEMAS: 'api',
      PGRST_DB_ANON_ROLE: 'web_anon',
      PGRST_JWT_SECRET: secret,
      PLINTH_REST_PATH: '/',
      ...env,
    },
    flags: {},
    toml: {},
  }
  const dataFolder = { path: folder, secret: async (_name: string, create: () => string) => create() }
  const app = await boot(modules, { sources, observe, dataFolder })
  const { url, close } = await listenFor(app, observe)
  return {
    rest: apiOf<Rest>(app, 'rest'),
    observed,
    ask: async (path, init) => fetch(`${url}${path}`, init),
    stop: async () => {
      await close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What such a database may look like. */
export const aloneSchema = `
create role web_login login noinherit;
create role web_anon;
create role web_user;
grant web_anon, web_user to web_login;
alter role web_user set default_transaction_isolation = 'repeatable read';

create schema api;
comment on schema api is E'Shop\\nWhat is sold, and to whom.';
grant usage on schema api to web_login, web_anon, web_user;
create type api.size as enum ('s', 'm');
create table api.makers (id int primary key, name varchar(20) not null default 'nobody');
create table api.items (id int primary key, maker_id int references api.makers, size api.size, price numeric default 1.5);
comment on table api.items is E'What is sold\\nOne row each.';
comment on column api.items.price is 'In euros';
create table api.secrets (id int primary key);
insert into api.makers values (1, 'Ann');
insert into api.items values (1, 1, 's', 2), (2, 1, null, 3);
grant select, insert on api.items, api.makers to web_anon;
grant select on api.items, api.secrets to web_user;
create schema other;
grant usage on schema other to web_anon;
create table other.things (id int);
grant select on other.things to web_anon;

create function api.setting(name text) returns text language sql stable as 'select current_setting(name, true)';
create function api.slow() returns void language sql volatile set statement_timeout = '50ms' as 'select pg_sleep(5)';
create function api.isolated() returns text language sql volatile
  set default_transaction_isolation = 'serializable' as $$ select current_setting('transaction_isolation') $$;
create function api.add(a int, b int default 2) returns int language sql immutable as 'select a + b';
comment on function api.add(int, int) is 'Adds';
create function api.told(variadic texts text[]) returns int language sql stable as 'select cardinality(texts)';
revoke execute on function api.told from public;

create domain "text/html" as text;
create domain "image/png" as bytea;
create domain "application/vnd.list" as text;
create domain "*/*" as bytea;
create function api.page() returns "text/html" language sql stable as $$ select '<b>Hi</b>'::"text/html" $$;
create function api.picture() returns "image/png" language sql stable as $$ select '\\x89504e47'::"image/png" $$;
create function api.anything() returns "*/*" language plpgsql stable as $$
begin
  perform set_config('response.headers', '[{"Content-Type": "app/mine"}]', true);
  return convert_to('mine', 'utf8');
end $$;
create function api.list_step(state "application/vnd.list", item api.items) returns "application/vnd.list" language sql immutable
  as $$ select (state || item.id || ';')::"application/vnd.list" $$;
create aggregate api.list(api.items) (initcond = '', stype = "application/vnd.list", sfunc = api.list_step);

create function api.before() returns void language plpgsql as $$
begin
  if current_setting('request.headers', true)::json ->> 'x-refuse' is not null then
    raise sqlstate 'PT418' using message = 'not today';
  end if;
  perform set_config('response.headers', '[{"X-Before": "yes"}]', true);
end $$;
create function api.configure() returns void language sql as $$
  select set_config('pgrst.db_schemas', 'other', true), set_config('pgrst.server_timing_enabled', 'true', true) $$;
create function api.root() returns json language sql stable as $$ select '{"swagger": "mine"}'::json $$;
`
