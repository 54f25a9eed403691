/** PostgreSQL's settings for this machine. Pure: memory in, the text of a configuration file out. */

const mib = 1024 * 1024

/** Text of `plinth.conf` for a machine (or container) with `memoryBytes` of memory. */
export function tunedSettings(memoryBytes: number): string {
  const memoryMib = memoryBytes / mib
  // An eighth, not PostgreSQL's usual quarter: the Node process and the user's tools live on the same machine.
  const sharedBuffersMib = bounded(memoryMib / 8, 16, 1024)
  const lines = [
    '# Plinth writes this file at every start. Your own settings go into postgresql.conf, below the line that',
    '# includes this file, or are set with ALTER SYSTEM; both win over what stands here.',
    '',
    'max_connections = 100',
    `shared_buffers = ${sharedBuffersMib}MB`,
    `effective_cache_size = ${bounded(memoryMib / 2, 64, 32_768)}MB`,
    `work_mem = ${bounded(memoryMib / 1024, 2, 16)}MB`,
    `maintenance_work_mem = ${bounded(memoryMib / 32, 16, 256)}MB`,
    '',
    '# Every acknowledged commit is on disk.',
    'fsync = on',
    'synchronous_commit = on',
    'full_page_writes = on',
    '',
    '# Realtime reads the write-ahead log. A reader that went away may hold back this much of it, not a full disk.',
    'wal_level = logical',
    'max_wal_senders = 20',
    'max_replication_slots = 20',
    'max_slot_wal_keep_size = 4GB',
    'wal_compression = pglz',
    'min_wal_size = 80MB',
    'max_wal_size = 1GB',
    'checkpoint_timeout = 10min',
    '',
    '# Solid state disks: a random read costs little more than the next one.',
    'random_page_cost = 1.1',
    '# This build has no LLVM. Requests are short anyway: compiling a plan takes longer than running it.',
    'jit = off',
    '',
    '# Server and clients agree on UTC, and the log is English wherever it is read.',
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    "lc_messages = 'C'",
    '# Statements and rows stay out of the log: they may hold passwords and what people wrote.',
    "log_line_prefix = '[%p] '",
    'log_min_error_statement = panic',
    'log_error_verbosity = terse',
    'log_checkpoints = off',
  ]
  return `${lines.join('\n')}\n`
}

/** A whole number from `min` to `max` at or below `value`. */
function bounded(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, Math.floor(value)))
}
