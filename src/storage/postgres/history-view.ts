import type {
  HistoryView,
  Identity,
  IdentityQuery,
  Member,
  Page,
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
  toPastIdentity,
} from '../common/history-view.ts'
import { parsePosition, toPage } from '../common/list-page.ts'
import { toMember, toRelated } from '../common/related.ts'
import type { Reads } from './connect.ts'
import { canStore, postgresDialect } from './dialect.ts'
import { type DocumentReader, textColumns, type VersionText } from './history.ts'
import { prepared, preparedWithNames, type Query } from './statement.ts'

type LastVersion = VersionText & { readonly number: number; readonly at: number }
type CandidateRow = Candidate & (LastVersion | { readonly moment: null })
type NamedRow = LastVersion & { readonly id: string; readonly type: string; readonly display: string }
type MemberEvent = { readonly member: number; readonly event: 'added' | 'removed'; readonly group: number }

const candidatesPerRead = 250

const lastVersion = (tenant: string, key: string, at: string) => `
  select v.version as number, v.at, ${textColumns('v')} from versions v
  where v.tenant = ${tenant} and v.resource_key = ${key} and v.at <= ${at} order by v.moment desc limit 1`

const sources = candidateSources(postgresDialect)

const candidatesSql = (condition: string, end = '') => `
  select c.*, v.number, v.at, v.moment, v.text, v.difference, v.base
  from (
    ${sources
      .map(source => `(${source} and x.tenant = @tenant and x.type = @type and ${condition} ${end})`)
      .join(' union all ')} ${end}) c
    left join lateral (${lastVersion('@tenant', 'c.key', '@at')}) v on true
  order by c.key desc`

function createPastRelations(reads: Reads, documents: DocumentReader) {
  const joinings = preparedWithNames(
    `${joiningsSql(postgresDialect)} and e.tenant = @tenant order by e.moment desc limit @limit`,
  )
  const eventsOf = prepared(`
    select member_key as member, event, group_key as "group" from membership_events
    where tenant = $1 and member_key = any($2::bigint[]) and at <= $3 order by moment`)
  const named = prepared(`
    select n.id, n.type, n.display, v.*
    from unnest($2::bigint[]) k (key)
      cross join lateral (
        select id, type, display from resources where tenant = $1 and key = k.key
        union all select id, type, display from deleted_resources where tenant = $1 and key = k.key) n
      cross join lateral (${lastVersion('$1', 'k.key', '$3')}) v`)

  const namesOf = async (
    tenant: number,
    keys: ReadonlySet<number>,
    then: PointInTime,
  ): Promise<ReadonlyMap<number, RelatedResource>> => {
    if (keys.size === 0) return new Map()
    const found = await reads.query<NamedRow>(named, [tenant, [...keys], then.at])
    return new Map(
      (await documents(tenant, found)).flatMap(({ key, id, type, display, document }) =>
        document === null
          ? []
          : [
              [
                key,
                toRelated({ id, type, display: then.readDocument(type, document)?.display ?? display }),
              ] as const,
            ],
      ),
    )
  }

  return {
    groups: async (
      tenant: number,
      members: readonly number[],
      then: PointInTime,
    ): Promise<ReadonlyMap<number, readonly RelatedResource[]>> => {
      if (members.length === 0) return new Map()
      const events = await reads.query<MemberEvent>(eventsOf, [tenant, members, then.at])
      const groups = [...Map.groupBy(events, ({ member }) => member)].map(
        ([member, ofMember]) => [member, groupsAfter(ofMember)] as const,
      )
      const names = await namesOf(tenant, new Set(groups.flatMap(([, keys]) => keys)), then)
      return new Map(groups.map(([member, keys]) => [member, keys.flatMap(key => names.get(key) ?? [])]))
    },

    members: async (
      tenant: number,
      group: number,
      then: PointInTime,
      { limit, cursor }: Pick<IdentityQuery, 'limit' | 'cursor'>,
    ): Promise<Page<Member>> => {
      const { values, ...statement } = joinings({
        tenant,
        group,
        at: then.at,
        before: parsePosition(cursor),
        limit: limit + 1,
      })
      const rows = await reads.query<JoiningRow>(statement, values)
      const { items, ...rest } = toPage(rows, limit, ({ moment }) => moment)
      const keys = new Set(items.flatMap(({ memberKey }) => memberKey ?? []))
      const names = await namesOf(tenant, keys, then)
      const related = ({ memberId, memberKey }: JoiningRow) =>
        (memberKey === null ? undefined : names.get(memberKey)) ??
        toRelated({ id: memberId, type: null, display: null })
      return { items: items.map(row => toMember(row, related(row))), ...rest }
    },
  }
}

export function createHistoryView(reads: Reads, documents: DocumentReader): HistoryView {
  const relations = createPastRelations(reads, documents)
  const candidatesBefore = preparedWithNames(
    candidatesSql('x.key < @before', 'order by key desc limit @limit'),
  )
  const candidatesWithId = preparedWithNames(candidatesSql('x.id = @id'))
  const originsOf = prepared(`
    select k.key, v.exchange from unnest($2::bigint[]) k (key)
      cross join lateral (
        select exchange from versions
        where tenant = $1 and resource_key = k.key order by moment limit 1) v
    where v.exchange is not null`)

  const read = async (
    tenant: number,
    type: string,
    then: PointInTime,
    query: Query,
    signal?: AbortSignal,
  ) => {
    signal?.throwIfAborted()
    const candidates = await reads.query<CandidateRow>(query, query.values)
    const versions = candidates.flatMap(row => (row.moment === null ? [] : [row]))
    const identities = (await documents(tenant, versions)).flatMap(row => {
      const { number, at, document } = row
      return document === null ? [] : [toPastIdentity(type, row, { version: number, at, document }, then)]
    })
    return { candidates, identities }
  }

  const withId = async (tenant: number, type: string, id: string, then: PointInTime) => {
    if (!canStore(id)) return undefined
    const { identities } = await read(tenant, type, then, candidatesWithId({ tenant, type, id, at: then.at }))
    return identities[0]
  }

  const withRelations = async (
    tenant: number,
    identities: readonly Identity[],
    then: PointInTime,
  ): Promise<readonly Identity[]> => {
    if (identities.length === 0) return []
    const keys = identities.map(({ key }) => key)
    const groups = await relations.groups(tenant, keys, then)
    const found = await reads.query<{ readonly key: number; readonly exchange: string }>(originsOf, [
      tenant,
      keys,
    ])
    const origins = new Map(found.map(({ key, exchange }) => [key, exchange]))
    return identities.map(identity => {
      const origin = origins.get(identity.key)
      return {
        ...identity,
        ...(origin !== undefined && { origin }),
        groups: groups.get(identity.key) ?? [],
      }
    })
  }

  return {
    identities: async (tenant, type, then, query) => {
      const { limit, status, text, signal } = query
      const isSearch = status !== undefined || text !== undefined
      const count = isSearch ? candidatesPerRead : limit + 1
      const found: Identity[] = []
      for (let before = parsePosition(query.cursor); ; ) {
        const page = candidatesBefore({ tenant, type, at: then.at, before, limit: count })
        const { candidates, identities } = await read(tenant, type, then, page, signal)
        found.push(...identities.filter(identity => matchesQuery(identity, query)))
        const last = candidates.at(-1)
        if (!last || candidates.length < count || found.length > limit) break
        before = last.key
      }
      const { items, ...rest } = toPage(found, limit, ({ key }) => key)
      return { items: await withRelations(tenant, items, then), ...rest }
    },

    identity: async (tenant, type, id, then) => {
      const identity = await withId(tenant, type, id, then)
      return identity && (await withRelations(tenant, [identity], then))[0]
    },

    members: async (tenant, type, id, then, page) => {
      const group = await withId(tenant, type, id, then)
      return group && relations.members(tenant, group.key, then, page)
    },
  }
}
