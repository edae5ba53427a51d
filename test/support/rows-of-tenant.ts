import type { Connection } from '../../src/storage/postgres/connection.ts'

/** Queries for all rows of the tenant @key. Keys of resources, which differ between copies, are replaced by ids. */
const queries = {
  settings:
    'select profile, on_delete, throttle, switches, declared, clock_offset from tenants where key = @key',
  resources: `select type, id, document, search, keys, secrets, version, created, last_modified, label, display, names, enabled,
    predecessor from resources where tenant = @key order by key`,
  deletedResources: `select type, id, label, folded_label, display, names, document, groups, version, created, last_written,
    deleted_at, exchange, state, predecessor, successor from deleted_resources where tenant = @key order by key`,
  keys: `select k.type, k.attribute, k.value, n.id, k.whole, k.rival = 0 as exclusive
    from keys k join named n on n.key = k.resource where k.tenant = @key order by 1, 2, 3, 4`,
  memberships: `select n.id, m.key, m.member_id, o.id as member, m.whole, m.at, m.via from memberships m join named n on n.key = m.group_key
    left join named o on o.key = m.member_key where m.tenant = @key order by m.key`,
  versions: `select n.id, v.version, v.at, v.exchange, v.via, v.action, v.document, v.difference, v.previous_document
    from versions v join named n on n.key = v.resource_key where v.tenant = @key order by v.moment`,
  events: `select n.id, e.event, e.at, e.exchange, e.via, e.member_id, o.id as member, e.whole
    from membership_events e join named n on n.key = e.group_key left join named o on o.key = e.member_key
    where e.tenant = @key order by e.moment`,
  lastSeen:
    'select n.id, s.at from last_seen s join named n on n.key = s.key where s.tenant = @key order by s.key',
  permissionSets: 'select * from permission_sets where tenant = @key order by id',
  assignments: 'select * from account_assignments where tenant = @key order by id',
  assignmentRequests: 'select * from assignment_requests where tenant = @key order by id',
  instances: 'select * from identity_center_instances where tenant = @key',
  counts:
    'select type, sum(n) as n from counts where tenant = @key group by type having sum(n) > 0 order by type',
  indexedTexts: `select x.type, x.attribute, x.value, x.whole, n.id from indexed_texts x join named n on n.key = x.resource
    where x.tenant = @key order by 1, 2, 3, 5`,
  /** Rows that belong to no resource. */
  orphans: `select (select count(*) from last_seen s where s.tenant = @key and not exists (select 1 from named n where n.key = s.key))
    + (select count(*) from memberships m where m.tenant = @key and not exists (select 1 from named n where n.key = m.group_key))
    + (select count(*) from keys k where k.tenant = @key and not exists (select 1 from named n where n.key = k.resource)) as n`,
}

const named = `with named as (
  select key, id from resources where tenant = $1 union all select key, id from deleted_resources where tenant = $1)`

export type RowsOfTenant = Readonly<Record<keyof typeof queries, readonly object[]>> & {
  readonly lastSeen: readonly { readonly id: string; readonly at: number }[]
}

export async function rowsOfTenant(connection: Connection, key: number): Promise<RowsOfTenant> {
  const rows = await Promise.all(
    Object.entries(queries).map(
      async ([name, sql]) =>
        [
          name,
          await connection.query<object>({ text: `${named} ${sql.replaceAll('@key', '$1::bigint')}` }, [key]),
        ] as const,
    ),
  )
  return Object.fromEntries(rows) as RowsOfTenant
}
