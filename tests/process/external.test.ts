/** DATABASE_URL: a PostgreSQL that is not ours, where we are no superuser; and two servers on it at once. */
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  hasVersion,
  startThrowawayServer,
  type ThrowawayServer,
  type Version,
} from '../../packages/server/test/throwaway-server.ts'
import { startServer, type TestServer } from '../start-server.ts'

const project = new URL('../acceptance/library', import.meta.url).pathname
const keys = { PLINTH_JWT_SECRET: 'a secret that all nodes of this test share, long enough' }

describe.each<Version>([15, 18])('PostgreSQL %i', (version) => {
  describe.skipIf(!hasVersion(version))('as an owner who is no superuser', () => {
    let postgres: ThrowawayServer
    let nodes: TestServer[]

    beforeAll(async () => {
      postgres = await startThrowawayServer(version)
      const superuser = await postgres.client()
      await superuser.query("create role app_owner login createrole createdb password 'owner'")
      await superuser.query('create database app owner app_owner')
      const url = `postgresql://app_owner:owner@127.0.0.1:${postgres.port}/app`
      const env = { ...keys, DATABASE_URL: url }
      nodes = await Promise.all([startServer({ project, env }), startServer({ project, env })])
    })
    afterAll(async () => {
      await Promise.all(nodes.map(async (node) => node.stop()))
      await postgres.stop()
    })

    function client(node: TestServer | undefined) {
      if (node === undefined) throw new Error('no such node')
      return createClient(node.apiUrl, node.anonKey, {
        auth: { persistSession: false, autoRefreshToken: false },
      })
    }

    test('what could not be set up is said, with its effect', () => {
      expect(nodes[0]?.logs()).toContain('could not set up')
      expect(nodes[0]?.logs()).not.toContain('"level":"error"')
    })

    test('the project is there once, whichever node was first', async () => {
      const [first, second] = nodes.map((node) => client(node))
      expect((await first?.from('books').select('*', { count: 'exact', head: true }))?.count).toBe(6)
      expect((await second?.from('books').select('*', { count: 'exact', head: true }))?.count).toBe(6)
    })

    test('who signs up on one node is known on the other, and row-level security holds', async () => {
      const [first, second] = [client(nodes[0]), client(nodes[1])]
      const credentials = { email: 'ann@example.com', password: 'correct horse battery' }
      expect((await first.auth.signUp(credentials)).error).toBeNull()
      expect((await first.from('notes').insert({ body: 'mine' })).error).toBeNull()
      expect((await second.auth.signInWithPassword(credentials)).error).toBeNull()
      expect((await second.from('notes').select('body')).data).toEqual([{ body: 'mine' }])
      expect((await client(nodes[1]).from('notes').select('body')).data).toEqual([])
    })
  })
})
