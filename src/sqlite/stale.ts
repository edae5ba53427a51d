import { parsePosition, toPage } from '../persistence/paging.ts'
import type { Page, StaleIdentity, StaleQuery, StaleReason } from '../ports/directory.ts'
import { compact } from '../scim/json.ts'
import { countedTypes } from './counts.ts'
import { isWanted } from './dialect.ts'
import type { Identities } from './identities.ts'
import type { Read } from './long-reads.ts'

const staleReasons: readonly StaleReason[] = [
  'disabled',
  'retained',
  'inactive',
  'unresolved-reference',
  'empty-group',
  'replaced',
]

/** The keys of all resources that are stale for one reason, and whether the resource of `page` is. */
type StaleCondition = { readonly keys: string; readonly appliesToPage: string }

const isInactive = 'r.last_modified < @inactiveSince and coalesce(s.at, 0) < @inactiveSince'
const resourceExists = (id: string) =>
  `exists (select 1 from resources r where r.tenant = @tenant and r.id = ${id})`

const isEmpty = `
  r.type in (select value from json_each(@containers))
  and not exists (select 1 from memberships where group_key = r.key)`

/** A later, enabled resource has its name as a key; the name is the first line of `names`. */
const isReplaced = `exists (
  select 1 from json_each(r.keys) k cross join keys o
  on o.tenant = r.tenant and o.type = r.type and o.attribute = k.value ->> 0 and o.value = k.value ->> 1
  where o.resource > r.key
  and k.value ->> 1 in (r.label, substr(r.names, 1, instr(r.names, char(10)) - 1))
  and exists (select 1 from resources where key = o.resource and enabled = 1))`

const staleConditions: Readonly<Record<StaleReason, StaleCondition>> = {
  disabled: {
    keys: 'select key from resources where tenant = @tenant and enabled = 0',
    appliesToPage: 'exists (select 1 from resources where key = page.key and enabled = 0)',
  },
  retained: {
    keys: `select key from deleted_resources where tenant = @tenant and state = 'retained'`,
    appliesToPage: `exists (select 1 from deleted_resources where key = page.key and state = 'retained')`,
  },
  inactive: {
    keys: `
      select r.key from resources r left join last_seen s on s.key = r.key
      where r.tenant = @tenant and ${isWanted('r.key')} and ${isInactive}`,
    appliesToPage: `exists (
      select 1 from resources r left join last_seen s on s.key = r.key where r.key = page.key and ${isInactive})`,
  },
  'unresolved-reference': {
    keys: `
      select k.resource as key
      from ${countedTypes} c cross join json_each(@references) a
      cross join keys k on k.tenant = @tenant and k.type = c.type and k.attribute = a.value
      where ${isWanted('k.resource')} and not ${resourceExists('k.value')}
      union select group_key from memberships where tenant = @tenant and member_key is null`,
    appliesToPage: `(
      exists (
        select 1 from resources p, json_each(p.keys) k where p.key = page.key
        and k.value ->> 0 in (select value from json_each(@references)) and not ${resourceExists('k.value ->> 1')})
      or exists (select 1 from memberships where group_key = page.key and member_key is null))`,
  },
  'empty-group': {
    keys: `select r.key from resources r where r.tenant = @tenant and ${isWanted('r.key')} and ${isEmpty}`,
    appliesToPage: `exists (select 1 from resources r where r.key = page.key and ${isEmpty})`,
  },
  replaced: {
    keys: `
      select key from deleted_resources where tenant = @tenant and state = 'retained' and successor is not null
      union select r.key from resources r where r.tenant = @tenant and r.enabled = 0 and ${isWanted('r.key')} and ${isReplaced}`,
    appliesToPage: `(
      exists (select 1 from deleted_resources where key = page.key and state = 'retained' and successor is not null)
      or exists (select 1 from resources r where r.key = page.key and r.enabled = 0 and ${isReplaced}))`,
  },
}

type StaleRow = { readonly key: number; readonly reasons: string }

const pageText = (requested: readonly StaleReason[]) => `
  with stale (key) as (${requested.map(reason => `select key from (${staleConditions[reason].keys})`).join(' union ')}),
  page as (select key from stale where key < @before order by key desc limit @limit)
  select key, json_array(${staleReasons.map(reason => staleConditions[reason].appliesToPage).join(', ')}) as reasons
  from page order by key desc`

/** Reads the stale identities with their reasons. `isLarge` returns whether reading all identities takes long. */
export function createStaleReader(read: Read, isLarge: () => boolean, identities: Identities) {
  return async (tenant: number, query: StaleQuery): Promise<Page<StaleIdentity>> => {
    const { inactiveSince, reason, references, containers, limit, cursor, signal } = query
    const params = {
      tenant,
      inactiveSince,
      references: JSON.stringify(references),
      containers: JSON.stringify(containers),
      before: parsePosition(cursor),
      limit: limit + 1,
    }
    const text = pageText(reason ? [reason] : staleReasons)
    const [rows = []] = await read([{ text, params }], isLarge(), signal)
    const { items, next } = toPage(rows as readonly StaleRow[], limit, ({ key }) => key)
    return { items: items.flatMap(toStale), ...compact({ next }) }
  }

  function toStale(row: StaleRow): readonly StaleIdentity[] {
    const identity = identities.at(row.key)
    const flags: readonly number[] = JSON.parse(row.reasons)
    return identity ? [{ ...identity, reasons: staleReasons.filter((_, at) => flags[at] === 1) }] : []
  }
}
