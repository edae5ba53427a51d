import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type {
  HistoryView,
  Identity,
  IdentityQuery,
  Member,
  Page,
  PageRequest,
  PointInTime,
} from '../../domain/ports/directory.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import {
  type Candidate,
  candidateSources,
  groupsAfter,
  type JoiningRow,
  joiningsSql,
  matchesQuery,
  type PastVersion,
  toPastIdentity,
} from '../common/history-view.ts'
import { parsePosition, toPage } from '../common/list-page.ts'
import { toMember, toRelated } from '../common/related.ts'
import type { Database } from './database.ts'
import { sqliteDialect } from './dialect.ts'
import { documentSql } from './history.ts'
import { createOriginReader } from './identities.ts'

type VersionFinder = ReturnType<typeof createVersionFinder>

function createVersionFinder(db: Database) {
  const lastVersion = db.prepare<
    [number, number],
    Omit<PastVersion, 'document'> & { document: string | null }
  >(`
    select v.version, v.at, ${documentSql(db)('v')} as document
    from versions v where v.resource_key = ? and v.at <= ? order by v.moment desc limit 1`)

  return (key: number, at: number): PastVersion | undefined => {
    const found = lastVersion.get(key, at)
    return found && found.document !== null ? { ...found, document: found.document } : undefined
  }
}

type ResourceNameRow = { readonly id: string; readonly type: string; readonly display: string }

function createPastRelations(db: Database, versionAt: VersionFinder) {
  const joinings = db.prepare<[{ group: number; at: number; before: number; limit: number }], JoiningRow>(
    `${joiningsSql(sqliteDialect)} order by e.moment desc limit @limit`,
  )
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
    groups: (member: number, then: PointInTime): readonly RelatedResource[] =>
      groupsAfter(comingsAndGoings.all(member, then.at)).flatMap(group => named(group, then) ?? []),

    /** The newest member first. */
    members: (group: number, then: PointInTime, { limit, cursor }: PageRequest): Page<Member> => {
      const rows = joinings.all({ group, at: then.at, before: parsePosition(cursor), limit: limit + 1 })
      const { items, ...rest } = toPage(rows, limit, ({ moment }) => moment)
      const related = ({ memberId, memberKey }: JoiningRow) =>
        (memberKey === null ? undefined : named(memberKey, then)) ??
        toRelated({ id: memberId, type: null, display: null })
      return { items: items.map(row => toMember(row, related(row))), ...rest }
    },
  }
}

type CandidateParameters = { tenant: number; type: string; at: number; before: number; limit: number }

const candidatesPerRead = 250

export function createHistoryView(db: Database): HistoryView {
  const versionAt = createVersionFinder(db)
  const originOf = createOriginReader(db)
  const relations = createPastRelations(db, versionAt)
  const sources = candidateSources(sqliteDialect)
  const pages = sources.map(source =>
    db.prepare<[CandidateParameters], Candidate>(`
      ${source} and x.tenant = @tenant and x.type = @type and x.key < @before order by x.key desc limit @limit`),
  )
  const withId = sources.map(source =>
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

  const asItWas = (type: string, row: Candidate, then: PointInTime): Identity | undefined => {
    const version = versionAt(row.key, then.at)
    return version && toPastIdentity(type, row, version, then)
  }

  const toFullIdentity = (identity: Identity, then: PointInTime): Identity => {
    const origin = originOf(identity.key)
    const groups = relations.groups(identity.key, then)
    return { ...identity, ...(origin !== null && { origin }), groups }
  }

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
    members: async (tenant, type, id, then, page: PageRequest): Promise<Page<Member> | undefined> => {
      const group = candidate(tenant, type, id, then)
      return group && versionAt(group.key, then.at) && relations.members(group.key, then, page)
    },
  }
}
