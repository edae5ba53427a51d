import t, { type Test } from 'tap'
import type { Directory } from '../../src/ports/directory.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { createTenants, later, openPostgresStore, type PostgresStore } from '../support/postgres-store.ts'
import { describeStore } from './resources.ts'

const open = (t: Test) => {
  // Some tests open a store and do not use it.
  let opening: Promise<PostgresStore> | undefined
  const opened = () => {
    opening ??= createTenants(t).then(location => openPostgresStore(t, location))
    return opening
  }
  return {
    store: later(async () => (await opened()).store),
    directory: {} as Directory,
    flush: async () => (await opened()).lanes.flush(),
    clear: async () => {},
  }
}

t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  describeStore(t, open)
})
