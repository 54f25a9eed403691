-- step: publication supabase_realtime
-- unless: exists (select from pg_publication where pubname = 'supabase_realtime')
-- effect: Changes of tables cannot be followed.
create publication supabase_realtime;
