import { sharedSlices } from '../event-loop/slices.ts'
import { parsePosition, toPage } from '../persistence/paging.ts'
import { toRelated } from '../persistence/related.ts'
import { searchableNames } from '../persistence/searchable-names.ts'
import type {
  HistoryView,
  Identity,
  IdentityQuery,
  Page,
  PageRequest,
  PointInTime,
} from '../ports/directory.ts'
import type { RelatedResource } from '../scim/resource.ts'
import { fold } from '../scim/text.ts'
import type { Database } from './database.ts'
import { createOriginReader } from './identities.ts'
import { documentSql } from './version-documents.ts'

/** A version with its document. */
type PastVersion = { readonly version: number; readonly at: number; readonly document: string }

type VersionFinder = ReturnType<typeof createVersionFinder>

/** Finds the version of a resource that was current at a moment; undefined if it didn't exist. */
function createVersionFinder(db: Database) {
  const lastVersion = db.prepare<
    [number, number],
    Omit<PastVersion, 'document'> & { document: string | null }
  >(`
    select v.version, v.at, ${documentSql(db)('v')} as document
    from versions v where v.resource_key = ? and v.at <= ? order by v.moment desc limit 1`)

  return (key: number, at: number): PastVersion | undefined => {
    const found = lastVersion.get(key, at)
    // A deletion has no document.
    return found && found.document !== null ? { ...found, document: found.document } : undefined
  }
}

type JoiningRow = { readonly moment: number; readonly memberId: string; readonly memberKey: number | null }
type ResourceNameRow = { readonly id: string; readonly type: string; readonly display: string }

// `e` is the event that added the member; later events show whether it left.
const leftAfterwards = 'l.group_key = e.group_key and l.moment > e.moment and l.at <= @at'
const isLatestJoining = `
  not exists (select 1 from membership_events l where l.member_key = e.member_key and ${leftAfterwards})
  and (e.member_key is not null or not exists (
    select 1 from membership_events l where l.member_key is null and l.member_id = e.member_id and ${leftAfterwards}))`

/** Reads the memberships of a past moment, with the names of that time. */
function createPastRelations(db: Database, versionAt: VersionFinder) {
  const joinings = db.prepare<[{ group: number; at: number; before: number; limit: number }], JoiningRow>(`
    select e.moment, e.member_id as memberId, e.member_key as memberKey from membership_events e
    where e.group_key = @group and e.moment < @before and e.at <= @at and e.event = 'added' and ${isLatestJoining}
    order by e.moment desc limit @limit`)
  const comingsAndGoings = db.prepare<[number, number], { event: 'added' | 'removed'; group: number }>(`
    select event, group_key as "group" from membership_events
    where member_key = ? and at <= ? order by moment`)
  const nameNow = db.prepare<[{ key: number }], ResourceNameRow>(`
    select id, type, display from resources where key = @key
    union all select id, type, display from deleted_resources where key = @key`)

  const named = (key: number, then: PointInTime): RelatedResource | undefined => {
    const version = versionAt(key, then.at)
    const row = version && nameNow.get({ key })
    return (
      row &&
      toRelated({ ...row, display: then.readDocument(row.type, version.document)?.display ?? row.display })
    )
  }

  return {
    /** In order of joining. */
    groups: (member: number, then: PointInTime): readonly RelatedResource[] => {
      const groups = new Set<number>()
      for (const { event, group } of comingsAndGoings.all(member, then.at)) {
        if (event === 'added') groups.add(group)
        else groups.delete(group)
      }
      return [...groups].flatMap(group => named(group, then) ?? [])
    },

    /** The newest member first. */
    members: (group: number, then: PointInTime, { limit, cursor }: PageRequest): Page<RelatedResource> => {
      const rows = joinings.all({ group, at: then.at, before: parsePosition(cursor), limit: limit + 1 })
      const { items, ...rest } = toPage(rows, limit, ({ moment }) => moment)
      const related = ({ memberId, memberKey }: JoiningRow) =>
        (memberKey === null ? undefined : named(memberKey, then)) ??
        toRelated({ id: memberId, type: null, display: null })
      return { items: items.map(related), ...rest }
    },
  }
}

/** A resource that may have existed then, with its unchanging attributes. */
type Candidate = {
  readonly key: number
  readonly id: string
  readonly label: string
  readonly display: string
  readonly created: number
  readonly predecessor: string | null
  readonly seen: number
  /** The last version of an existing resource; null for a deleted one. */
  readonly version: number | null
  readonly enabled: number | null
}
type CandidateParameters = { tenant: number; type: string; at: number; before: number; limit: number }

/** The number of candidates that one statement reads. */
const candidatesPerRead = 250

const columns = 'x.key, x.id, x.label, x.display, x.created, x.predecessor, coalesce(s.at, 0) as seen'
const withLastSeen = 'left join last_seen s on s.key = x.key'
const livingCandidates = `
  select ${columns}, x.version, x.enabled from resources x ${withLastSeen} where x.created <= @at`
const deletedCandidates = `
  select ${columns}, null as version, null as enabled from deleted_resources x ${withLastSeen} where x.created <= @at and x.deleted_at > @at`

/** Reads the directory of a past moment from versions and membership events. */
export function createHistoryView(db: Database): HistoryView {
  const versionAt = createVersionFinder(db)
  const originOf = createOriginReader(db)
  const relations = createPastRelations(db, versionAt)
  // Each source is in the order of an index whose last column is the key.
  const sources = [
    livingCandidates,
    ...['retained', 'removed', 'purged'].map(state => `${deletedCandidates} and x.state = '${state}'`),
  ]
  const pages = sources.map(source =>
    db.prepare<[CandidateParameters], Candidate>(`
      ${source} and x.tenant = @tenant and x.type = @type and x.key < @before order by x.key desc limit @limit`),
  )
  const withId = [livingCandidates, deletedCandidates].map(source =>
    db.prepare<[{ tenant: number; type: string; at: number; id: string }], Candidate>(
      `${source} and x.tenant = @tenant and x.type = @type and x.id = @id`,
    ),
  )

  const candidatesBelow = (parameters: CandidateParameters): readonly Candidate[] =>
    pages
      .flatMap(page => page.all(parameters))
      .sort((one, other) => other.key - one.key)
      .slice(0, parameters.limit)

  const candidate = (tenant: number, type: string, id: string, { at }: PointInTime): Candidate | undefined =>
    withId.flatMap(source => source.all({ tenant, type, at, id }))[0]

  /** The identity at that moment, without groups and origin. Undefined if it didn't exist. */
  const asItWas = (type: string, row: Candidate, then: PointInTime): Identity | undefined => {
    const version = versionAt(row.key, then.at)
    if (!version) return undefined
    const { label, display, enabled } = namesAtThatTime(type, row, version, then)
    return {
      key: row.key,
      type,
      id: row.id,
      status: enabled ? 'active' : 'disabled',
      label,
      display,
      document: version.document,
      versions: version.version,
      firstSeen: row.created,
      lastWritten: version.at,
      // Only the time of the last request is stored.
      lastSeen: row.seen <= then.at ? Math.max(row.seen, version.at) : version.at,
      groups: [],
      ...(row.predecessor !== null && { predecessor: row.predecessor }),
    }
  }

  const toFullIdentity = (identity: Identity, then: PointInTime): Identity => ({
    ...identity,
    ...originOf(identity.key),
    groups: relations.groups(identity.key, then),
  })

  const identities = async (
    tenant: number,
    type: string,
    then: PointInTime,
    query: IdentityQuery,
  ): Promise<Page<Identity>> => {
    const { limit } = query
    const found: Identity[] = []
    let before = parsePosition(query.cursor)
    for (;;) {
      const rows = candidatesBelow({ tenant, type, at: then.at, before, limit: candidatesPerRead })
      for (const row of rows) {
        const identity = found.length > limit ? undefined : asItWas(type, row, then)
        if (identity && matchesQuery(identity, query)) found.push(identity)
        if (sharedSlices.isOver()) await sharedSlices.next(query.signal)
      }
      const last = rows.at(-1)
      if (!last || rows.length < candidatesPerRead || found.length > limit) break
      before = last.key
    }
    const { items, ...rest } = toPage(found, limit, ({ key }) => key)
    return { items: items.map(identity => toFullIdentity(identity, then)), ...rest }
  }

  return {
    identities,
    identity: async (tenant, type, id, then) => {
      const row = candidate(tenant, type, id, then)
      const identity = row && asItWas(type, row, then)
      return identity && toFullIdentity(identity, then)
    },
    members: async (
      tenant,
      type,
      id,
      then,
      page: PageRequest,
    ): Promise<Page<RelatedResource> | undefined> => {
      const group = candidate(tenant, type, id, then)
      return group && versionAt(group.key, then.at) && relations.members(group.key, then, page)
    },
  }
}

/** Reading documents is most of the work of a search, so unchanged resources use their current names. */
function namesAtThatTime(
  type: string,
  row: Candidate,
  { version, document }: PastVersion,
  { readDocument }: PointInTime,
) {
  const { label, display } = row
  if (row.version === version) return { label, display, enabled: row.enabled === 1 }
  return readDocument(type, document) ?? { label, display, enabled: true }
}

const matchesQuery = (identity: Identity, { status, text }: IdentityQuery): boolean =>
  (status === undefined || identity.status === status) &&
  (text === undefined || searchableNames(identity).includes(fold(text)))
