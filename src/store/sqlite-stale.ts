import type { Database } from '../database/sqlite.ts'
import type { Page, StaleIdentity, StaleQuery, StaleReason } from './directory.ts'
import { pageOf, positionIn } from './page-of.ts'
import type { Identities } from './sqlite-identities.ts'

const reasons: readonly StaleReason[] = ['disabled', 'retained', 'silent', 'unresolved-reference']

/** The keys of what is stale for one reason. */
const keysFor: Readonly<Record<StaleReason, string>> = {
  disabled: 'select key from resources where tenant = @tenant and enabled = 0',
  retained: `select key from departed where tenant = @tenant and state = 'retained'`,
  silent: `
    select r.key from resources r left join sightings s on s.key = r.key
    where r.tenant = @tenant and r.last_modified < @silentSince and coalesce(s.at, 0) < @silentSince`,
  'unresolved-reference': `
    select k.resource as key
    from counts c join json_each(@references) a
    join keys k on k.tenant = c.tenant and k.type = c.type and k.attribute = a.value
    where c.tenant = @tenant
    and not exists (select 1 from resources r where r.tenant = k.tenant and r.id = k.value)
    union select group_key from memberships where tenant = @tenant and member_key is null`,
}

type Asked = { tenant: number; silentSince: number; references: string; before: number; limit: number }
type StaleRow = { readonly key: number; readonly reasons: string }

/** Reads the identities that need a look, with why. */
export function createStaleReader(db: Database, identities: Identities) {
  const prepare = (asked: readonly StaleReason[]) =>
    db.prepare<[Asked], StaleRow>(`
      with stale (key) as (${asked.map(reason => `select key from (${keysFor[reason]})`).join(' union ')}),
      page as (select key from stale where key < @before order by key desc limit @limit)
      select key, json_array(${reasons.map(reason => `key in (${keysFor[reason]})`).join(', ')}) as reasons
      from page order by key desc`)
  const statements = {
    disabled: prepare(['disabled']),
    retained: prepare(['retained']),
    silent: prepare(['silent']),
    'unresolved-reference': prepare(['unresolved-reference']),
    all: prepare(reasons),
  }

  return (tenant: number, query: StaleQuery): Page<StaleIdentity> => {
    const { silentSince, reason, references, limit, cursor } = query
    const rows = statements[reason ?? 'all'].all({
      tenant,
      silentSince,
      references: JSON.stringify(references),
      before: positionIn(cursor),
      limit: limit + 1,
    })
    const { items, next } = pageOf(rows, limit, ({ key }) => key)
    return { items: items.flatMap(toStale), ...(next !== undefined && { next }) }
  }

  function toStale(row: StaleRow): readonly StaleIdentity[] {
    const identity = identities.at(row.key)
    const flags: readonly number[] = JSON.parse(row.reasons)
    return identity ? [{ ...identity, reasons: reasons.filter((_, at) => flags[at] === 1) }] : []
  }
}
