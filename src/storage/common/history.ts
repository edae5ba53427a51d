import type {
  AffectedResource,
  DocumentRevision,
  HistoryEntry,
  MembershipEvent,
  Page,
  PastResource,
  Timeline,
  TimelineInterval,
  TimelineQuery,
} from '../../domain/ports/directory.ts'
import { compact } from '../../scim/json.ts'
import type { Dialect } from './dialect.ts'
import { toPage } from './list-page.ts'
import { readVia, toRelated } from './related.ts'

export type DocumentRow = {
  readonly moment: number
  readonly version: number
  readonly at: number
  readonly exchange: string | null
  /** JSON text, as in `CauseColumns`. */
  readonly via: string | null
  readonly document: string | null
}

export type VersionRow = DocumentRow & {
  readonly action: Extract<HistoryEntry, { kind: 'version' }>['action']
}

export type EventRow = {
  readonly moment: number
  readonly event: 'added' | 'removed'
  readonly at: number
  readonly exchange: string | null
  readonly via: string | null
  readonly groupId: string
  readonly groupType: string
  readonly groupDisplay: string
  readonly memberId: string
  readonly memberType: string | null
  readonly memberDisplay: string | null
}

export function membershipEventsSql({ sameTenant, wholeText }: Dialect): string {
  const join = (table: string, alias: string, key: string) =>
    `left join ${table} ${alias} on ${alias}.key = ${key}${sameTenant(`${alias}.tenant`, 'e.tenant')}`
  return `
    select e.moment, e.event, e.at, e.exchange, e.via,
      coalesce(g.id, dg.id) as "groupId", coalesce(g.type, dg.type) as "groupType",
      coalesce(g.display, dg.display) as "groupDisplay", ${wholeText('e', 'member_id')} as "memberId",
      coalesce(m.type, dm.type) as "memberType", coalesce(m.display, dm.display) as "memberDisplay"
    from membership_events e
    ${join('resources', 'g', 'e.group_key')} ${join('deleted_resources', 'dg', 'e.group_key')}
    ${join('resources', 'm', 'e.member_key')} ${join('deleted_resources', 'dm', 'e.member_key')}`
}

export const toMembershipEvent = (row: EventRow): MembershipEvent => ({
  kind: 'membership',
  event: row.event,
  at: row.at,
  ...(row.exchange !== null && { exchange: row.exchange }),
  ...readVia(row.via),
  group: toRelated({ id: row.groupId, type: row.groupType, display: row.groupDisplay }),
  member: toRelated({ id: row.memberId, type: row.memberType, display: row.memberDisplay }),
})

const toVersion = (
  { version, action, at, exchange, via, document }: VersionRow,
  before: string | null,
): HistoryEntry => ({
  kind: 'version',
  version,
  action,
  at,
  ...(exchange !== null && { exchange }),
  ...readVia(via),
  ...(document !== null && { document }),
  ...(before !== null && { before }),
})

export function toHistoryPage(
  versions: readonly VersionRow[],
  events: readonly EventRow[],
  limit: number,
  since = Number.NEGATIVE_INFINITY,
): Page<HistoryEntry> {
  const entries = [
    ...versions.map((row, at) => ({
      moment: row.moment,
      entry: toVersion(row, versions[at + 1]?.document ?? null),
    })),
    ...events.map(row => ({ moment: row.moment, entry: toMembershipEvent(row) })),
  ]
  entries.sort((one, other) => other.moment - one.moment)
  const complete = entries.filter(({ entry }) => entry.at > since)
  const { items, next } = toPage(complete, limit, ({ moment }) => moment)
  return { items: items.map(({ entry }) => entry), ...compact({ next }) }
}

/** The change by a version; none for a deletion, and for a version with an unchanged document. */
const toDocumentRevision = (
  { version, at, exchange, via, document }: DocumentRow,
  before: string | null,
): readonly DocumentRevision[] =>
  document === null || document === before
    ? []
    : [
        {
          version,
          at,
          ...(exchange !== null && { exchange }),
          ...readVia(via),
          document,
          ...(before !== null && { before }),
        },
      ]

/**
 * Finds the newest versions of a resource that changed its document; most versions of a group change only members.
 * `versionsBefore` reads some versions before a moment, newest first.
 */
export async function findDocumentChanges(
  limit: number,
  versionsBefore: (moment: number) => Promise<readonly DocumentRow[]>,
  since = Number.NEGATIVE_INFINITY,
): Promise<readonly DocumentRevision[]> {
  const changes: DocumentRevision[] = []
  let later: DocumentRow | undefined
  for (;;) {
    const rows = await versionsBefore(later?.moment ?? Number.MAX_SAFE_INTEGER)
    if (rows.length === 0) return later ? [...changes, ...toDocumentRevision(later, null)] : changes
    for (const row of rows) {
      if (later) changes.push(...toDocumentRevision(later, row.document))
      if (changes.length === limit) return changes
      // The state at the start of history.
      if (row.at <= since) return [...changes, ...toDocumentRevision(row, null)]
      later = row
    }
  }
}

/** An interval from 0; -1 is what was before all of them, the number of intervals what came after. */
export type TimelineRow = {
  readonly part: number
  readonly n: number
  readonly first: number
  readonly last: number
}

export function timelineRange(
  { from, until, now }: TimelineQuery,
  beginning: number | null | undefined,
  since = Number.NEGATIVE_INFINITY,
): Pick<Timeline, 'from' | 'until'> {
  const end = Math.min(until ?? now, now)
  return { from: Math.min(end, Math.max(since, from ?? beginning ?? end)), until: end }
}

export function toTimeline(
  range: Pick<Timeline, 'from' | 'until'>,
  parts: number,
  rows: readonly TimelineRow[],
  since = Number.NEGATIVE_INFINITY,
): Timeline {
  const intervals = Array.from({ length: parts }, (): TimelineInterval => ({ changes: 0 }))
  let before: number | undefined
  let after: number | undefined
  for (const { part, n, first, last } of rows) {
    if (part < 0 && last <= since) continue
    if (part < 0) before = Math.max(before ?? last, last)
    else if (part >= parts) after = Math.min(after ?? first, first)
    else {
      const { changes = 0, last: previous = last } = intervals[part] ?? {}
      intervals[part] = { changes: changes + n, last: Math.max(previous, last) }
    }
  }
  return { ...range, intervals, ...compact({ before, after }) }
}

export type EffectRow = {
  readonly moment: number
  readonly key: number
  readonly version: number
  readonly at: number
  readonly document: string | null
}

export type ResourceNameRow = {
  readonly key: number
  readonly type: string
  readonly id: string
  readonly label: string
}

/** Undefined for a deletion. `created` is the time at which the resource was created. */
export const toPastResource = (
  { key, version, at, document }: EffectRow,
  { id, type }: Pick<ResourceNameRow, 'id' | 'type'>,
  created: number,
): PastResource | undefined =>
  document === null ? undefined : { key, id, type, version, document, created, lastModified: at }

type EffectLookups = {
  readonly nameOf: (key: number) => ResourceNameRow | undefined
  readonly stateBefore: (version: EffectRow) => PastResource | undefined
}

/** The effect on each resource, that on `target` first, from all versions of an exchange in their order. */
export function toAffectedResources(
  target: number,
  rows: readonly EffectRow[],
  { nameOf, stateBefore }: EffectLookups,
): readonly AffectedResource[] {
  const byKey = Map.groupBy(rows, ({ key }) => key)
  const targetFirst = new Set([target, ...byKey.keys()])
  return [...targetFirst].flatMap(key => {
    const versions = byKey.get(key) ?? []
    const [first, last] = [versions[0], versions.at(-1)]
    const name = nameOf(key)
    if (!first || !last || !name) return []
    const before = stateBefore(first)
    const after = { version: last.version, ...(last.document !== null && { document: last.document }) }
    const { type, id, label } = name
    return [{ type, id, label, ...(before && { before }), after }]
  })
}
