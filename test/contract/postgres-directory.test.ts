import t, { type Test } from 'tap'
import type { Directory } from '../../src/ports/directory.ts'
import { createPostgresDirectory } from '../../src/postgres/directory.ts'
import { createPurge } from '../../src/postgres/purge.ts'
import { clearTenants } from '../../src/postgres/tenant-clearing.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { createTenants, later, openForTest, openPostgresStore } from '../support/postgres-store.ts'
import { describeDirectory } from './directory.ts'
import { describeEffects } from './exchange-effects.ts'
import { describePast } from './history-view.ts'
import { describePromisedMembers } from './promised-members.ts'
import { describeSecrets } from './secrets.ts'

async function openAll(t: Test) {
  const location = await createTenants(t)
  const connection = await openForTest(t, location)
  const { store, lanes, connections } = openPostgresStore(t, location)
  const directory = createPostgresDirectory(connections.reads, { purge: createPurge(lanes) })
  return { connection, store, lanes, directory }
}

function open(t: Test) {
  // Some tests open a store and do not use it.
  let opening: ReturnType<typeof openAll> | undefined
  const opened = () => {
    opening ??= openAll(t)
    return opening
  }
  const parts = {
    effects: later(async () => (await opened()).directory.effects),
    historyView: later(async () => (await opened()).directory.historyView),
  }
  const methods = later(async (): Promise<Directory> => (await opened()).directory)
  return {
    store: later(async () => (await opened()).store),
    directory: new Proxy(methods, {
      get: (_, name) => Reflect.get(Object.hasOwn(parts, name) ? parts : methods, name),
    }),
    flush: async () => {
      const { lanes, directory } = await opened()
      await lanes.flush()
      await directory.flush()
    },
    clear: async (tenant: number) => clearTenants((await opened()).connection, [tenant]),
  }
}

t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  describeDirectory(t, open)
  describePast(t, open)
  describeEffects(t, open)
  describeSecrets(t, open)
  describePromisedMembers(t, open)
})
