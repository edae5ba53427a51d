import t from 'tap'
import { createLane, createSerialLane, inTransaction } from '../../src/storage/postgres/connect.ts'
import { openConnection } from '../../src/storage/postgres/connection.ts'
import { createPostgresDirectory, createPurge } from '../../src/storage/postgres/directory.ts'
import { createPostgresSnapshots } from '../../src/storage/postgres/snapshots.ts'
import { createAccountAssignments } from '../../src/storage/postgres/stores.ts'
import { clearTenants, lockTenants } from '../../src/storage/postgres/tenants.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { createTenants, openForTest, openPostgresStore } from '../support/postgres-store.ts'
import { rowsOfTenant } from '../support/rows-of-tenant.ts'
import { describeSnapshots, type OpenSnapshots } from './snapshots.ts'
import { tenant } from './store-fixture.ts'

const open: OpenSnapshots = async (t, { maxSnapshots = 50 } = {}) => {
  const location = await createTenants(t, [tenant])
  const connection = await openForTest(t, location)
  await connection.execute(`update tenants set id = 'acme', profile = 'rfc'`)
  const { store, lanes, connections, longReads } = openPostgresStore(t, location)
  const directory = createPostgresDirectory(connections.reads, { purge: createPurge(lanes) })
  const [lane, changes, clearing] = [1, 2, 3].map(() => createLane(() => openConnection(location)))
  const assigning = createSerialLane(createLane(() => openConnection(location)))
  if (!lane || !changes || !clearing) throw new Error('There are no lanes.')
  t.teardown(async () => {
    await directory.close()
    await Promise.all([lane.close(), changes.close(), clearing.close(), assigning.close()])
  })
  const flush = async () => {
    await Promise.all([lanes.flush(), directory.flush()])
  }
  let now = 0
  let wrong: Error | undefined
  return {
    ...{ store, directory, flush },
    assignments: createAccountAssignments({ reads: connections.reads, longReads, lane: assigning }),
    snapshots: createPostgresSnapshots({
      ...{ reads: connections.reads, lane, flush, maxSnapshots },
      change: job => inTransaction(changes, job),
      confirm: async () => {
        if (wrong) throw wrong
      },
      clock: () => ++now,
    }),
    clear: () =>
      inTransaction(clearing, async connection =>
        clearTenants(connection, await lockTenants(connection, 't.key = $1', [tenant])),
      ),
    rows: () => rowsOfTenant(connection, tenant),
    failWith: error => {
      wrong = error
    },
  }
}

t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t => describeSnapshots(t, open))
