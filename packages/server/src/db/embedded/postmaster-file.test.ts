/** What `postmaster.pid` says at each moment of PostgreSQL's start. */
import { fc, test as prop } from '@fast-check/vitest'
