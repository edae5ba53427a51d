import t from 'tap'
import { createLane, createSerialLane } from '../../src/storage/postgres/connect.ts'
import { openConnection } from '../../src/storage/postgres/connection.ts'
import { createAccountAssignments } from '../../src/storage/postgres/stores.ts'
import { clearTenants } from '../../src/storage/postgres/tenants.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { createTenants, openForTest, openPostgresStore } from '../support/postgres-store.ts'
import { describeAccountAssignments, type OpenAssignments } from './account-assignments.ts'
import { tenant } from './store-fixture.ts'

const open: OpenAssignments = async t => {
  const location = await createTenants(t)
  const { store, connections, longReads } = openPostgresStore(t, location)
  const connection = await openForTest(t, location)
  const lane = createSerialLane(createLane(() => openConnection(location)))
  t.teardown(() => lane.close())
  return {
    store,
    assignments: createAccountAssignments({ reads: connections.reads, longReads, lane }),
    clear: () => clearTenants(connection, [tenant]),
  }
}

t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t => describeAccountAssignments(t, open))
