import type { Connection } from '../../src/postgres/connection.ts'
import { postgresDialect } from '../../src/postgres/dialect.ts'
import { fold } from '../../src/scim/text.ts'
import type { Database } from '../../src/sqlite/database.ts'

type Row = Readonly<Record<string, unknown>>

/** The columns of an indexed text. */
function toEntry(text: unknown, column: string): Row {
  const entry = postgresDialect.indexEntry(String(text))
  return { [column]: entry, whole: entry === text ? null : text }
}

const tables = [
  'resources',
  'keys',
  'memberships',
  'counts',
  'versions',
  'membership_events',
  'deleted_resources',
  'last_seen',
]

/** The tenant of rows that have only the key of a resource. */
const withTenant = (table: string, key: string) => `
  select r.tenant, x.* from ${table} x join (
    select key, tenant from resources union all select key, tenant from deleted_resources) r on r.key = x.${key}`

/** Replaces the resources of a schema by those of a database in SQLite, as the adapter will write them. */
export async function copyToPostgres(from: Database, to: Connection): Promise<void> {
  const rowsOf = (sql: string) => from.prepare<[], Row>(sql).all()
  const insert = (table: string, columns: string, rows: readonly Row[]) =>
    to.query(
      {
        text: `insert into ${table} (${columns}) select ${columns}
          from jsonb_populate_recordset(null::${table}, $1)`,
      },
      [JSON.stringify(rows)],
    )
  await Promise.all([
    to.execute(tables.map(table => `delete from ${table}`).join('; ')),
    insert(
      'resources',
      `tenant, key, type, id, document, search, keys, secrets, version, era, created, last_modified, label, display,
        folded_display, names, enabled, predecessor`,
      rowsOf('select *, json(search) as search from resources').map(row => ({
        ...row,
        search: JSON.parse(String(row.search)),
        keys: JSON.parse(String(row.keys)),
        folded_display: fold(String(row.display)),
        enabled: row.enabled === 1,
      })),
    ),
    insert(
      'keys',
      'tenant, type, attribute, value, rival, resource, whole',
      rowsOf('select * from keys').map(row => ({
        ...row,
        ...toEntry(row.value, 'value'),
        rival: row.resource,
      })),
    ),
    insert(
      'memberships',
      'tenant, key, group_key, member_id, member_key, whole',
      rowsOf('select * from memberships').map(row => ({ ...row, ...toEntry(row.member_id, 'member_id') })),
    ),
    // As if two connections had written them.
    insert(
      'counts',
      'tenant, type, block, slot, n',
      rowsOf('select * from counts').flatMap(row => [
        { ...row, slot: 0, n: Number(row.n) + 1 },
        { ...row, slot: 1, n: -1 },
      ]),
    ),
    insert(
      'versions',
      'tenant, resource_key, moment, version, at, exchange, action, document, difference, previous_document',
      rowsOf(withTenant('versions', 'resource_key')),
    ),
    insert(
      'membership_events',
      'tenant, group_key, moment, event, at, exchange, member_id, member_key, whole',
      rowsOf(withTenant('membership_events', 'group_key')).map(row => ({
        ...row,
        ...toEntry(row.member_id, 'member_id'),
      })),
    ),
    insert(
      'deleted_resources',
      `tenant, key, type, id, label, folded_label, display, names, document, groups, version, created, last_written,
        deleted_at, exchange, state, predecessor, successor`,
      rowsOf('select * from deleted_resources').map(row => ({
        ...row,
        groups: JSON.parse(String(row.groups)),
      })),
    ),
    insert('last_seen', 'tenant, key, at', rowsOf(withTenant('last_seen', 'key'))),
  ])
}
