/** Messages: those that wait to be sent, and those that stay in the inbox of development. */
import type { Migration } from '../../../kernel/module.ts'

export const messagesMigration: Migration = {
  id: '0001_messages',
  sql: `
create table plinth.outbox_messages (
  id text primary key,
  kind text not null,
  recipient text not null,
  subject text not null,
  html text not null,
  text text not null,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  -- Also the lease of a server that is sending it just now.
  due_at timestamptz not null default now()
);
create index outbox_messages_due_idx on plinth.outbox_messages (due_at);

create table plinth.inbox_messages (
  id text primary key,
  kind text not null,
  sender text not null,
  sender_name text not null,
  recipient text not null,
  subject text not null,
  html text not null,
  text text not null,
  created_at timestamptz not null default now(),
  is_read boolean not null default false
);
create index inbox_messages_created_idx on plinth.inbox_messages (created_at desc, id);

-- Accounts hand messages over within their own transactions, which run under this role where it exists.
do $grant$
begin
  if exists (select from pg_catalog.pg_roles where rolname = 'supabase_auth_admin') then
    grant usage on schema plinth to supabase_auth_admin;
    grant insert on plinth.outbox_messages, plinth.inbox_messages to supabase_auth_admin;
  end if;
end
$grant$;
`,
}
