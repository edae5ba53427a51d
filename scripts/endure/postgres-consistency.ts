import type { Connection } from '../../src/storage/postgres/connection.ts'
import { require } from './trial.ts'

/** Each query counts traces of partial writes. */
const inconsistencies: Readonly<Record<string, string>> = {
  'resources whose version is not the newest in their history': `
    select count(*) as n from resources r
    where r.version is distinct from (
      select max(version) from versions v where v.tenant = r.tenant and v.resource_key = r.key)`,
  'versions that are missing in a history': `
    select count(*) as n from (
      select 1 from versions group by tenant, resource_key
      having count(distinct version) <> count(*) or max(version) - min(version) + 1 <> count(*)) as gaps`,
  'keys that their resource does not have': `
    select count(*) as n from keys k where not exists (
      select 1 from resources r, jsonb_array_elements(r.keys) e
      where r.tenant = k.tenant and r.key = k.resource and e ->> 0 = k.attribute
        and e ->> 1 = coalesce(k.whole, k.value))`,
  'resources without one of their keys': `
    select count(*) as n from resources r, jsonb_array_elements(r.keys) e where not exists (
      select 1 from keys k
      where k.tenant = r.tenant and k.type = r.type and k.resource = r.key
        and k.attribute = e ->> 0 and coalesce(k.whole, k.value) = e ->> 1)`,
  'userNames of two users': `
    select count(*) as n from (
      select 1 from keys where type = 'User' and attribute = 'userName'
      group by tenant, value having count(*) > 1) as duplicates`,
  'memberships of a group or user that does not exist': `
    select count(*) as n from memberships m
    where not exists (select 1 from resources r where r.tenant = m.tenant and r.key = m.group_key)
      or (m.member_key is not null
        and not exists (select 1 from resources r where r.tenant = m.tenant and r.key = m.member_key))`,
  'memberships that ended according to the history': `
    select count(*) as n from memberships m join (
      select distinct on (tenant, group_key, member_id) tenant, group_key, member_id, event from membership_events
      order by tenant, group_key, member_id, moment desc) e using (tenant, group_key, member_id)
    where e.event = 'removed'`,
  'rows of missing resources': `
    select count(*) as n from (
      select tenant, resource_key as key from versions union all select tenant, group_key from membership_events) as rows
    where not exists (select 1 from resources r where r.tenant = rows.tenant and r.key = rows.key)
      and not exists (select 1 from deleted_resources d where d.tenant = rows.tenant and d.key = rows.key)`,
  'wrong counts of resources': `
    select count(*) as n from (
      select tenant, type, sum(n) from (
        select tenant, type, n from counts union all select tenant, type, -1 from resources) as counted
      group by tenant, type having sum(n) <> 0) as wrong`,
}

/** Throws `TrialError` if the tables contain a partial write. */
export async function requireConsistentTables(connection: Connection, when: string): Promise<void> {
  for (const [label, text] of Object.entries(inconsistencies)) {
    const [row] = await connection.query<{ readonly n: number }>({ text })
    require(row?.n === 0, `${when}: ${row?.n} ${label}`)
  }
}
