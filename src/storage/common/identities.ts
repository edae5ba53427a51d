import type { Identity, IdentityQuery, ResourceCounts, Status } from '../../domain/ports/directory.ts'
import type { PreparedResource, RelatedResource } from '../../scim/resource.ts'
import { fold } from '../../scim/text.ts'
import type { Dialect } from './dialect.ts'

export const searchableNames = ({ label, display }: Pick<PreparedResource, 'label' | 'display'>) =>
  fold(`${label}\n${display}`)

export type IdentityRow<Groups> = {
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

export const identityTables = (dialect: Dialect) => ({
  living: `
    select x.key, x.type, x.id,
      case when x.enabled = ${dialect.literal.true} then 'active' else 'disabled' end as status,
      x.label, x.display, x.document, x.version as versions,
      x.created as "firstSeen", x.last_modified as "lastWritten", s.at as seen, null as "lastGroups",
      null as "deletedAt", null as exchange, x.predecessor, null as successor
    from resources x ${joinLastSeen(dialect)}`,
  deleted: `
    select x.key, x.type, x.id, case x.state when 'retained' then 'retained' else 'removed' end as status,
      x.label, x.display, x.document, x.version as versions,
      x.created as "firstSeen", x.last_written as "lastWritten", s.at as seen, x.groups as "lastGroups",
      x.deleted_at as "deletedAt", x.exchange, x.predecessor, x.successor
    from deleted_resources x ${joinLastSeen(dialect)}`,
})

export const deletedStates = ['retained', 'removed', 'purged']

/** The characters of an ID that a search for a text finds; fewer would find IDs by chance. */
const minIdPrefix = 6

export type IdentityFilter = Pick<IdentityQuery, 'status' | 'text'>

/**
 * The identities `@before` a key, newest first, at most `@limit`: one query for each of the sources that an index has in the
 * order of keys. All tables number resources by the same keys, so that the newest of each can be merged. The other parameters are
 * `@tenant`, `@type` and, for a search, the folded `@text`, which is part of a name or the beginning of an ID.
 */
export function identityPagesSql(dialect: Dialect, { status, text }: IdentityFilter): readonly string[] {
  const { living, deleted } = identityTables(dialect)
  const { literal, isWanted, contains } = dialect
  const withState = (state: string) => `${deleted} where x.state = '${state}'`
  const sources: Readonly<Record<Status | 'all', readonly string[]>> = {
    active: [`${living} where x.enabled = ${literal.true}`],
    disabled: [`${living} where x.enabled = ${literal.false}`],
    retained: [withState('retained')],
    removed: ['removed', 'purged'].map(withState),
    all: [`${living} where true`, ...deletedStates.map(withState)],
  }
  const part = dialect.parameter('text')
  const beginsId = `length(${part}) >= ${minIdPrefix} and substr(x.id, 1, length(${part})) = ${part}`
  const hasText = text ? `and (${contains('x.names', part)} or ${beginsId})` : ''
  return sources[status ?? 'all'].map(
    source => `
      ${source} and x.tenant = @tenant and x.type = @type and x.key < @before and ${isWanted('x.key')} ${hasText}
      order by x.key desc limit @limit`,
  )
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
