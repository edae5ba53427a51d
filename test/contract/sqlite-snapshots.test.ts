import t, { type Test } from 'tap'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { type Database, openSqlite } from '../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../src/storage/sqlite/directory.ts'
import { createLongWrites } from '../../src/storage/sqlite/long-writes.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { createSqliteSnapshots } from '../../src/storage/sqlite/snapshots.ts'
import { createAccountAssignments } from '../../src/storage/sqlite/stores.ts'
import { clearTenants } from '../../src/storage/sqlite/tenant-rows.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { type ComparableRows, describeSnapshots, type OpenSnapshots } from './snapshots.ts'
import { tenant } from './store-fixture.ts'

/** There is one tenant. */
const queries = {
  settings: 'select profile, clock_offset from tenants',
  resources:
    'select id, document, json(search) as search, keys, version, created, last_modified, label from resources order by key',
  deletedResources:
    'select id, label, document, groups, state, version, successor from deleted_resources order by key',
  keys: 'select k.attribute, k.value, n.id from keys k join named n on n.key = k.resource order by 1, 2, 3',
  memberships: `select n.id, m.key, m.member_id, m.at, m.via, o.id as member from memberships m join named n on n.key = m.group_key
    left join named o on o.key = m.member_key order by m.key`,
  versions: `select n.id, v.version, v.at, v.action, v.document, v.difference, v.previous_document
    from versions v join named n on n.key = v.resource_key order by v.moment`,
  events: `select n.id, e.event, e.at, e.member_id, o.id as member from membership_events e
    join named n on n.key = e.group_key left join named o on o.key = e.member_key order by e.moment`,
  lastSeen: 'select n.id, s.at from last_seen s join named n on n.key = s.key order by s.key',
  permissionSets: 'select * from permission_sets order by id',
  assignments: 'select * from account_assignments order by id',
  assignmentRequests: 'select * from assignment_requests order by id',
  instances: 'select * from identity_center_instances order by tenant',
  counts: 'select type, sum(n) as n from counts group by type having sum(n) > 0 order by type',
}

const named = 'with named as (select key, id from resources union all select key, id from deleted_resources)'

const rowsOf = (db: Database): ComparableRows => {
  const rows = <Row extends object>(sql: string) => db.prepare<[], Row>(`${named} ${sql}`).all()
  return {
    ...Object.fromEntries(Object.entries(queries).map(([name, sql]) => [name, rows(sql)])),
    lastSeen: rows<{ readonly id: string; readonly at: number }>(queries.lastSeen),
  }
}

const openAt =
  (pathOf: (t: Test) => string | undefined): OpenSnapshots =>
  async (t, { maxSnapshots = 50 } = {}) => {
    const db = openSqlite(pathOf(t))
    migrate(db)
    const connections = connect(db)
    const writer = createWriter(db)
    const longWrites = createLongWrites(db, writer)
    const store = createResourceStore(connections, writer)
    const directory = createDirectory(connections, writer)
    db.exec(`
      insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
      values (${tenant}, 'acme', 'rfc', 'retain', 'off', '{}', 0, 0)`)
    let now = 0
    let wrong: Error | undefined
    const snapshots = createSqliteSnapshots({
      ...{ db, writer, longWrites, maxSnapshots },
      clock: () => ++now,
      reload: () => {
        if (wrong) throw wrong
        return () => {
          store.reload()
          directory.reload()
        }
      },
    })
    t.teardown(async () => {
      await writer.close()
      await longWrites.close()
      await connections.close()
    })
    return {
      ...{ store, directory, snapshots, assignments: createAccountAssignments(connections, writer) },
      flush: writer.flush,
      clear: () => writer.write(() => clearTenants(db, `tenant = ${tenant}`)),
      rows: async () => rowsOf(db),
      failWith: error => {
        wrong = error
      },
    }
  }

t.test('in memory', async t =>
  describeSnapshots(
    t,
    openAt(() => undefined),
  ),
)
t.test('in a file', async t =>
  describeSnapshots(
    t,
    openAt(t => `${t.testdir()}/data.db`),
  ),
)
