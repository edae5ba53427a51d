import type {
  Directory,
  Identity,
  StaleCountQuery,
  StaleCounts,
  StaleReason,
} from '../../domain/ports/directory.ts'
import { compact } from '../../scim/json.ts'
import type { Dialect, NamedStatement, Rows } from './dialect.ts'
import { joinLastSeen } from './identities.ts'
import { parsePosition, toPage } from './list-page.ts'

export type StaleDialect = Dialect & {
  readonly entryOf: (text: string) => string
  readonly countedTypes: string
  readonly disabledResources: string
}

const staleReasons: readonly StaleReason[] = [
  'disabled',
  'retained',
  'inactive',
  'unresolved-reference',
  'empty-group',
  'replaced',
]

type StaleCondition = { readonly keys: string; readonly appliesToPage: string }

function staleConditions(dialect: StaleDialect): Readonly<Record<StaleReason, StaleCondition>> {
  const { literal, isWanted, isListed, entryOf, sameTenant, wholeText, startsWith, each, element } = dialect
  const [yes, no] = [literal.true, literal.false]
  const ofTenant = 'tenant = @tenant'
  // PostgreSQL would look for all resources with the condition if there were no offset, not just for those of the page.
  const exists = (from: string, conditions: string) =>
    `exists (select 1 from ${from} where ${conditions} limit 1 offset 0)`
  const resources = (conditions: string, from = 'resources x') => ({
    keys: `select x.key from ${from} where x.${ofTenant} and ${isWanted('x.key')} and ${conditions}`,
    appliesToPage: exists(from, `x.${ofTenant} and x.key = page.key and ${conditions}`),
  })
  const simple = (table: string, key: string, conditions: string) => ({
    keys: `select ${key} from ${table} where ${ofTenant} and ${conditions}`,
    appliesToPage: exists(table, `${ofTenant} and ${key} = page.key and ${conditions}`),
  })
  const anyOf = (...conditions: readonly StaleCondition[]) => ({
    keys: conditions.map(({ keys }) => keys).join(' union '),
    appliesToPage: `(${conditions.map(({ appliesToPage }) => appliesToPage).join(' or ')})`,
  })
  const isMissing = (id: string) =>
    `not exists (select 1 from resources r where r.${ofTenant} and r.id = ${id})`
  const attribute = `(${element('k')} ->> 0)`
  const value = `(${element('k')} ->> 1)`
  const keysOf = each('x.keys', [], 'k')

  return {
    disabled: simple('resources', 'key', `enabled = ${no}`),
    retained: simple('deleted_resources', 'key', `state = 'retained'`),
    inactive: resources(
      'x.last_modified < @inactiveSince and coalesce(s.at, 0) < @inactiveSince',
      `resources x ${joinLastSeen(dialect)}`,
    ),
    'unresolved-reference': anyOf(
      {
        keys: `
          select k.resource as key from ${dialect.countedTypes} c cross join keys k
          where k.${ofTenant} and k.type = c.type and ${isListed('k.attribute', '@references')}
            and ${isWanted('k.resource')} and ${isMissing(wholeText('k', 'value'))}`,
        appliesToPage: exists(
          `resources x cross join ${keysOf}`,
          `x.${ofTenant} and x.key = page.key and ${isListed(attribute, '@references')} and ${isMissing(value)}`,
        ),
      },
      simple('memberships', 'group_key', 'member_key is null'),
    ),
    'empty-group': resources(`${isListed('x.type', '@containers')} and not exists (
      select 1 from memberships m where m.group_key = x.key${sameTenant('m.tenant', 'x.tenant')})`),
    replaced: anyOf(
      simple('deleted_resources', 'key', `state = 'retained' and successor is not null`),
      // A later, enabled resource has its name as a key; the name is the first line of `names`.
      resources(
        `x.enabled = ${no} and exists (
        select 1 from ${keysOf} cross join keys o
        where o.tenant = x.tenant and o.type = x.type and o.attribute = ${attribute} and o.value = ${entryOf(value)}
          and o.resource > x.key
          and (${value} = x.label or ${startsWith('x.names', `${value} || ${dialect.text('\n')}`)})
          and exists (select 1 from resources r where r.${ofTenant} and r.key = o.resource and r.enabled = ${yes}))`,
        dialect.disabledResources,
      ),
    ),
  }
}

type StaleRow = { readonly key: number } & Readonly<Record<StaleReason, unknown>>

function staleSql(dialect: StaleDialect, reason: StaleReason | undefined): string {
  const conditions = staleConditions(dialect)
  const requested = reason ? [reason] : staleReasons
  const columns = staleReasons.map(each => `${conditions[each].appliesToPage} as "${each}"`)
  return `
    with stale (key) as (${requested.map(each => conditions[each].keys).join(' union ')}),
    page as (select key from stale where key < @before order by key desc limit @limit)
    select key, ${columns.join(', ')} from page order by key desc`
}

function staleCountsSql(dialect: StaleDialect): string {
  const conditions = staleConditions(dialect)
  const keysOf = staleReasons.map(reason => `"${reason}" (key) as materialized (${conditions[reason].keys})`)
  const counts = staleReasons.map(reason => `(select count(*) from "${reason}") as "${reason}"`)
  const any = staleReasons.map(reason => `select key from "${reason}"`).join(' union ')
  return `with ${keysOf.join(', ')} select ${counts.join(', ')}, (select count(*) from (${any}) keys) as "any"`
}

const reasonsOf = (row: StaleRow): readonly StaleReason[] =>
  staleReasons.filter(reason => Boolean(row[reason]))

type StaleRunner = {
  read(tenant: number, statement: NamedStatement, signal: AbortSignal | undefined): Promise<Rows>
  withKeys(tenant: number, keys: readonly number[]): Promise<readonly Identity[]>
}

export function createStaleReader(dialect: StaleDialect, { read, withKeys }: StaleRunner) {
  const countsSql = staleCountsSql(dialect)
  const paramsOf = (tenant: number, { inactiveSince, references, containers }: StaleCountQuery) => ({
    tenant,
    inactiveSince,
    references,
    containers,
  })
  return {
    async page(tenant, query) {
      const { reason, limit, cursor, signal } = query
      const params = { ...paramsOf(tenant, query), before: parsePosition(cursor), limit: limit + 1 }
      const rows = await read(tenant, { text: staleSql(dialect, reason), params }, signal)
      const { items, next } = toPage(rows as readonly StaleRow[], limit, ({ key }) => key)
      const reasons = new Map(items.map(row => [row.key, reasonsOf(row)]))
      const found = await withKeys(tenant, [...reasons.keys()])
      return {
        items: found.map(identity => ({ ...identity, reasons: reasons.get(identity.key) ?? [] })),
        ...compact({ next }),
      }
    },
    async counts(tenant, query) {
      const [row] = await read(tenant, { text: countsSql, params: paramsOf(tenant, query) }, query.signal)
      return row as StaleCounts
    },
  } satisfies { readonly page: Directory['stale']; readonly counts: Directory['staleCounts'] }
}
