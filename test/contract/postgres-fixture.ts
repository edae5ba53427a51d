import type { Test } from 'tap'
import type { Directory } from '../../src/ports/directory.ts'
import { createPostgresDirectory } from '../../src/postgres/directory.ts'
import { createPurge } from '../../src/postgres/purge.ts'
import { clearTenants } from '../../src/postgres/tenant-clearing.ts'
import { createTenants, later, openForTest, openPostgresStore } from '../support/postgres-store.ts'

async function openAll(t: Test) {
  const location = await createTenants(t)
  const connection = await openForTest(t, location)
  const { store, lanes, connections } = openPostgresStore(t, location)
  const directory = createPostgresDirectory(connections.reads, { purge: createPurge(lanes) })
  return { connection, store, lanes, directory }
}

/** Opens the store and the directory of PostgreSQL. */
export function openPostgres(t: Test) {
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
