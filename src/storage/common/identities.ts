import type { Identity, IdentityQuery, ResourceCounts, Status } from '../../domain/ports/directory.ts'
import { errors } from '../../scim/error.ts'
import { compact } from '../../scim/json.ts'
import type { PreparedResource, RelatedResource } from '../../scim/resource.ts'
import { fold } from '../../scim/text.ts'
import type { Dialect } from './dialect.ts'
import { parsePosition } from './list-page.ts'

export const searchableNames = ({ label, display }: Pick<PreparedResource, 'label' | 'display'>) =>
  fold(`${label}\n${display}`)

export type IdentityRow<Groups> = {
  readonly place: string | number
  readonly key: number
  readonly type: string
  readonly id: string
  readonly status: Status
  readonly label: string
  readonly display: string
  readonly document: string | null
  readonly versions: number
  readonly firstSeen: number
  readonly lastWritten: number
  readonly seen: number | null
  readonly lastGroups: Groups | null
  readonly deletedAt: number | null
  readonly exchange: string | null
  readonly predecessor: string | null
  readonly successor: string | null
}

export const toIdentity = (
  row: IdentityRow<unknown>,
  groups: readonly RelatedResource[],
  origin: string | null,
): Identity => ({
  key: row.key,
  type: row.type,
  id: row.id,
  status: row.status,
  label: row.label,
  display: row.display,
  ...(row.document !== null && { document: row.document }),
  versions: row.versions,
  firstSeen: row.firstSeen,
  lastWritten: row.lastWritten,
  lastSeen: Math.max(row.lastWritten, row.deletedAt ?? 0, row.seen ?? 0),
  groups,
  ...(row.deletedAt !== null && {
    deleted: { at: row.deletedAt, ...(row.exchange !== null && { exchange: row.exchange }) },
  }),
  ...(row.predecessor !== null && { predecessor: row.predecessor }),
  ...(row.successor !== null && { successor: row.successor }),
  ...(origin !== null && { origin }),
})

export const joinLastSeen = ({ sameTenant }: Dialect) =>
  `left join last_seen s on s.key = x.key${sameTenant('s.tenant', 'x.tenant')}`

/** `place`: the value by which a list is sorted. PostgreSQL needs types for what only one of the tables has. */
export const identityTables = (dialect: Dialect, place = 'x.key') => ({
  living: `
    select ${place} as place, x.key, x.type, x.id,
      case when x.enabled = ${dialect.literal.true} then 'active' else 'disabled' end as status,
      x.label, x.display, x.document, x.version as versions,
      x.created as "firstSeen", x.last_modified as "lastWritten", s.at as seen, cast(null as jsonb) as "lastGroups",
      cast(null as bigint) as "deletedAt", null as exchange, x.predecessor, null as successor
    from resources x ${joinLastSeen(dialect)}`,
  deleted: `
    select ${place} as place, x.key, x.type, x.id, case x.state when 'retained' then 'retained' else 'removed' end as status,
      x.label, x.display, x.document, x.version as versions,
      x.created as "firstSeen", x.last_written as "lastWritten", s.at as seen, x.groups as "lastGroups",
      x.deleted_at as "deletedAt", x.exchange, x.predecessor, x.successor
    from deleted_resources x ${joinLastSeen(dialect)}`,
})

export const deletedStates = ['retained', 'removed', 'purged']

/** The characters of an ID that a search for a text finds; fewer would find IDs by chance. */
const minIdPrefix = 6

/** Names are folded, so that "Zoe" is not before "anna"; the key decides between equal ones. */
const sortedBy = {
  label: () => 'x.names',
  display: () => 'lower(x.display)',
  lastModified: (table: 'living' | 'deleted') => (table === 'living' ? 'x.last_modified' : 'x.last_written'),
  created: () => 'x.created',
}

type Order = { readonly by?: keyof typeof sortedBy; readonly isDescending: boolean }

const orderOf = (sort: IdentityQuery['sort']): Order =>
  sort === undefined
    ? { isDescending: true }
    : { by: sort.replace('-', '') as keyof typeof sortedBy, isDescending: sort.startsWith('-') }

type Position = Readonly<Record<'before', number> & Partial<Record<'value', string | number>>>

/** Where a page begins: a key, and in an order the value that stands with it. */
function parseIdentityCursor({ cursor, sort }: Pick<IdentityQuery, 'cursor' | 'sort'>): Position {
  if (sort === undefined || cursor === undefined) return { before: parsePosition(cursor) }
  try {
    const [order, value, before] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const isText = sort.endsWith('label') || sort.endsWith('display')
    if (order === sort && typeof value === (isText ? 'string' : 'number') && Number.isSafeInteger(before))
      return { before, value }
  } catch {}
  throw errors.invalidValue('The cursor was not issued by this list.')
}

export const identityCursor = (
  sort: IdentityQuery['sort'],
  { key, place }: { readonly key: number; readonly place: string | number },
): string =>
  sort === undefined ? String(key) : Buffer.from(JSON.stringify([sort, place, key])).toString('base64url')

/**
 * A page of identities and one more. Without an order they are newest first, from one query for each of the sources that an index
 * has in the order of keys: all tables number resources by the same keys. An order costs a scan of the type, wherever the page
 * begins. A search has a folded text, which is part of a name or the beginning of an ID.
 */
export function identityPageSql(
  dialect: Dialect,
  tenant: number,
  type: string,
  { status, text: part = '', sort, limit, cursor }: IdentityQuery,
) {
  const { literal, isWanted, contains } = dialect
  const { by, isDescending } = orderOf(sort)
  const { before, value } = parseIdentityCursor({ ...compact({ cursor, sort }) })
  const direction = isDescending ? 'desc' : 'asc'
  const begin = isDescending ? '<' : '>'
  const source = (table: 'living' | 'deleted', condition: string) => {
    const place = by === undefined ? 'x.key' : sortedBy[by](table)
    const after =
      by === undefined
        ? 'and x.key < @before'
        : value === undefined
          ? ''
          : `and (${place}, x.key) ${begin} (@value, @before)`
    const text = dialect.parameter('text')
    const beginsId = `length(${text}) >= ${minIdPrefix} and substr(x.id, 1, length(${text})) = ${text}`
    const hasText = part === '' ? '' : `and (${contains('x.names', text)} or ${beginsId})`
    return `
      ${identityTables(dialect, place)[table]}
      where ${condition} and x.tenant = @tenant and x.type = @type ${after} and ${isWanted('x.key')} ${hasText}
      order by ${by === undefined ? '' : `${place} ${direction}, `}x.key ${direction} limit @limit`
  }
  const withState = (state: string) => source('deleted', `x.state = '${state}'`)
  const deleted = () => deletedStates.map(withState)
  const sources: Readonly<Record<Status | 'deleted' | 'all', () => readonly string[]>> = {
    active: () => [source('living', `x.enabled = ${literal.true}`)],
    disabled: () => [source('living', `x.enabled = ${literal.false}`)],
    retained: () => [withState('retained')],
    removed: () => ['removed', 'purged'].map(withState),
    deleted,
    all: () => [source('living', 'true'), ...deleted()],
  }
  const all = sources[status ?? 'all']().map((each, at) => `select * from (${each}) s${at}`)
  return {
    text: `select * from (${all.join(' union all ')}) found order by place ${direction}, key ${direction} limit @limit`,
    order: (alias: string) => `${alias}.place ${direction}, ${alias}.key ${direction}`,
    params: {
      ...{ tenant, type, limit: limit + 1 },
      ...(part !== '' && { text: fold(part) }),
      ...((by === undefined || value !== undefined) && { before }),
      ...compact({ value }),
    },
  }
}

/** `state` is `stored`, which includes disabled resources, `disabled`, or a state of deleted ones. */
export type CountRow = { readonly type: string; readonly state: string; readonly n: number }

export function toResourceCounts(rows: readonly CountRow[]): ResourceCounts {
  const byType: Record<string, Record<Status, number>> = {}
  for (const { type, state, n } of rows) {
    byType[type] ??= { active: 0, disabled: 0, retained: 0, removed: 0 }
    const counts = byType[type]
    switch (state) {
      case 'stored':
        counts.active += n
        break
      case 'disabled':
        counts.active -= n
        counts.disabled += n
        break
      case 'retained':
        counts.retained += n
        break
      default:
        counts.removed += n
    }
  }
  return byType
}
