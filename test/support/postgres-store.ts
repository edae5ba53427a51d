import type { Test } from 'tap'
import type { Directory } from '../../src/domain/ports/directory.ts'
import type { ResourceStore } from '../../src/domain/ports/resources.ts'
import { type Connections, type ConnectOptions, connectPostgres } from '../../src/storage/postgres/connect.ts'
import {
  type Connection,
  type DatabaseLocation,
  openConnection,
} from '../../src/storage/postgres/connection.ts'
import { createPostgresDirectory, createPurge } from '../../src/storage/postgres/directory.ts'
import { createLanes, type Lanes, type LanesOptions } from '../../src/storage/postgres/lanes.ts'
import { createLongReads, type LongReads } from '../../src/storage/postgres/long-reads.ts'
import {
  createMemberships,
  createResourceStore,
  type ResourceStoreOptions,
} from '../../src/storage/postgres/resources.ts'
import { clearTenants } from '../../src/storage/postgres/tenants.ts'
import { takeTables } from './postgres-tables.ts'

export type PostgresStore = {
  readonly store: ResourceStore
  readonly lanes: Lanes
  readonly connections: Connections
  readonly longReads: LongReads
}

type PostgresOptions = ConnectOptions & LanesOptions & Pick<ResourceStoreOptions, 'longWork'>

/** A schema with tenants of these keys. */
export async function createTenants(t: Test, tenants: readonly number[] = [1, 2]): Promise<DatabaseLocation> {
  const location = await takeTables(t)
  const connection = await openConnection(location)
  await connection.query(
    {
      text: `insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
        overriding system value select key, 'tenant' || key, 'aws', 'retain', 'off', '{}', 0, 0
        from unnest($1::bigint[]) key`,
    },
    [tenants],
  )
  await connection.close()
  return location
}

/** A store as an instance has it, with connections of its own. */
export function openPostgresStore(
  t: Test,
  location: DatabaseLocation,
  options: PostgresOptions = {},
): PostgresStore {
  const connections = connectPostgres(location, { readers: 2, ...options })
  t.teardown(() => connections.close())
  const lanes = createLanes(connections.lanes, options)
  const longReads = createLongReads(connections.longReaders, connections.reads)
  return {
    connections,
    lanes,
    longReads,
    store: createResourceStore(connections.reads, lanes, { longReads, ...options }),
  }
}

/** A connection of its own for statements of a test. */
export async function openForTest(t: Test, location: DatabaseLocation): Promise<Connection> {
  const connection = await openConnection(location)
  t.teardown(() => connection.close())
  return connection
}

/** An object whose methods wait for the one that is being opened. */
const later = <Port extends object>(opening: () => Promise<Port>): Port =>
  new Proxy({} as Port, {
    get:
      (_, name) =>
      async (...values: readonly unknown[]) => {
        const port = (await opening()) as Record<PropertyKey, (...values: readonly unknown[]) => unknown>
        return port[name]?.(...values)
      },
  })

async function openAll(t: Test, options: PostgresOptions) {
  const location = await createTenants(t)
  const connection = await openForTest(t, location)
  const { store, lanes, connections, longReads } = openPostgresStore(t, location, options)
  const directory = createPostgresDirectory(connections.reads, {
    purge: createPurge(lanes),
    longReads,
    ...options,
  })
  return { connection, store, lanes, directory, reads: connections.reads }
}

/** A store with its directory, opened when it is first used. */
export function openPostgresLater(t: Test, options: PostgresOptions = {}) {
  // Some tests open a store and do not use it.
  let opening: ReturnType<typeof openAll> | undefined
  const opened = () => {
    opening ??= openAll(t, options)
    return opening
  }
  const parts = {
    effects: later(async () => (await opened()).directory.effects),
    historyView: later(async () => (await opened()).directory.historyView),
  }
  const methods = later(async (): Promise<Directory> => (await opened()).directory)
  return {
    store: later(async () => (await opened()).store),
    memberships: later(async () => createMemberships((await opened()).reads)),
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
