import type { Test } from 'tap'
import type { ResourceStore } from '../../src/ports/resources.ts'
import { type Connections, type ConnectOptions, connectPostgres } from '../../src/postgres/connect.ts'
import { type Connection, type DatabaseLocation, openConnection } from '../../src/postgres/connection.ts'
import { createLanes, type Lanes, type LanesOptions } from '../../src/postgres/lanes.ts'
import { migrate } from '../../src/postgres/migrations.ts'
import { createResourceStore } from '../../src/postgres/resources.ts'
import { createSchema } from './postgres.ts'

export type PostgresStore = {
  readonly store: ResourceStore
  readonly lanes: Lanes
  readonly connections: Connections
}

/** A schema with tenants of these keys. */
export async function createTenants(t: Test, tenants: readonly number[] = [1, 2]): Promise<DatabaseLocation> {
  const location = await createSchema(t)
  await migrate(location)
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
  options: ConnectOptions & LanesOptions = {},
): PostgresStore {
  const connections = connectPostgres(location, { readers: 2, ...options })
  t.teardown(() => connections.close())
  const lanes = createLanes(connections.lanes, options)
  return { connections, lanes, store: createResourceStore(connections.reads, lanes) }
}

/** A connection of its own for statements of a test. */
export async function openForTest(t: Test, location: DatabaseLocation): Promise<Connection> {
  const connection = await openConnection(location)
  t.teardown(() => connection.close())
  return connection
}

/** An object whose methods wait for the one that is being opened. */
export const later = <Port extends object>(opening: () => Promise<Port>): Port =>
  new Proxy({} as Port, {
    get:
      (_, name) =>
      async (...values: readonly unknown[]) => {
        const port = (await opening()) as Record<PropertyKey, (...values: readonly unknown[]) => unknown>
        return port[name]?.(...values)
      },
  })
