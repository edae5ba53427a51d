import { existsSync } from 'node:fs'
import { type Database, openSqlite } from '../../src/storage/sqlite/database.ts'
import { journalPath } from '../../src/storage/sqlite/journal-file.ts'
import { require } from './trial.ts'

/** The value of the resource `r` at the path of the indexed attribute `a`. */
const textAtPath = `json_extract(r.search, '$' || (
  select group_concat('."' || value || '"', '') from json_each(a.path)))`

/** Each query counts traces of partial writes. */
const inconsistencies: Readonly<Record<string, string>> = {
  'resources whose version is not the newest in their history': `
    select count(*) from resources r
    where r.version is not (select max(version) from versions v where v.resource_key = r.key)`,
  'keys that their resource does not have': `
    select count(*) from keys k where not exists (
      select 1 from resources r, json_each(r.keys) e
      where r.key = k.resource and e.value ->> 0 = k.attribute and e.value ->> 1 = k.value)`,
  'resources without one of their keys': `
    select count(*) from resources r, json_each(r.keys) e where not exists (
      select 1 from keys k
      where k.tenant = r.tenant and k.type = r.type and k.resource = r.key
        and k.attribute = e.value ->> 0 and k.value = e.value ->> 1)`,
  'userNames of two users': `
    select count(*) from (
      select 1 from keys where type = 'User' and attribute = 'userName' group by tenant, value having count(*) > 1)`,
  'memberships of a group or user that does not exist': `
    select count(*) from memberships m
    where m.group_key not in (select key from resources)
      or (m.member_key is not null and m.member_key not in (select key from resources))`,
  // With a single max(), SQLite takes the other columns from the row with the maximum.
  'memberships that ended according to the history': `
    select count(*) from memberships m join (
      select group_key, member_id, event, max(moment) from membership_events group by group_key, member_id) e
    on e.group_key = m.group_key and e.member_id = m.member_id
    where e.event = 'removed'`,
  'rows of missing resources': `
    select count(*) from (
      select key from last_seen union all select resource_key from versions
      union all select group_key from membership_events)
    where key not in (select key from resources union all select key from deleted_resources)`,
  'rows of missing tenants': `
    select count(*) from (
      select tenant from resources union all select tenant from deleted_resources union all select tenant from keys
      union all select tenant from memberships union all select tenant from counts union all select tenant from tokens)
    where tenant not in (select key from tenants)`,
  'indexed texts that their resource does not have': `
    select count(*) from indexed_texts t where not exists (
      select 1 from indexed_attributes a, resources r
      where a.tenant = t.tenant and a.type = t.type and a.attribute = t.attribute and r.key = t.resource
        and r.tenant = t.tenant and r.type = t.type and ${textAtPath} = t.value)`,
  'resources without a text in a complete index': `
    select count(*) from indexed_attributes a join resources r on r.tenant = a.tenant and r.type = a.type
    where a.built_to is null and typeof(${textAtPath}) = 'text' and not exists (
      select 1 from indexed_texts t
      where t.tenant = r.tenant and t.type = r.type and t.attribute = a.attribute
        and t.value = ${textAtPath} and t.resource = r.key)`,
  'wrong counts of resources': `
    select count(*) from (
      select tenant, type, sum(n) as n from (
        select tenant, type, n from counts
        union all select tenant, type, -1 from resources)
      group by tenant, type having sum(n) <> 0)`,
}

const journalInconsistencies: Readonly<Record<string, string>> = {
  'results about requests that are not in the journal': `
    select count(*) from (select seq from exchange_notes union all select seq from findings)
    where seq not in (select seq from exchanges)`,
  'findings about requests that are not analyzed': `
    select count(*) from findings where seq not in (select seq from exchange_notes)`,
}

/** Throws `TrialError` if a database, or its journal if `inspect` opened it, is damaged or contains a partial write. */
export function requireConsistent(db: Database, when: string): void {
  // Of all attached files.
  const integrity = db.pragma('integrity_check', { simple: true })
  require(integrity === 'ok', `${when}: integrity_check failed: ${integrity}`)
  const all = { ...inconsistencies, ...(hasJournal(db) && journalInconsistencies) }
  for (const [label, sql] of Object.entries(all)) {
    const found = db.prepare<[], number>(sql).pluck().get() ?? 0
    require(found === 0, `${when}: ${found} ${label}`)
  }
}

const hasJournal = (db: Database): boolean =>
  db.prepare(`select 1 from pragma_database_list where name = 'journal'`).get() !== undefined

/** Opens a database that no server has open, with its journal if it has one, and closes it afterwards. */
export function inspect<Result>(file: string, look: (db: Database) => Result): Result {
  const db = openSqlite(file)
  try {
    if (existsSync(journalPath(file))) db.prepare('attach ? as journal').run(journalPath(file))
    return look(db)
  } finally {
    db.close()
  }
}
