import { sharedSlices } from '../../domain/event-loop/slices.ts'
import {
  type CurrentResource,
  inPortions,
  type PlanQueries,
  type PlanQuery,
  type QueryName,
} from '../common/plans/plan.ts'
import { canStore, postgresDialect } from './dialect.ts'
import type { Quota } from './quota.ts'
import { atPlace, storedColumns } from './resource-rows.ts'
import { prepared, type Query, type Statement, toArrays, unnested } from './statement.ts'

const { indexEntry } = postgresDialect

type Row = readonly (string | number)[]

type QueryKind<Name extends QueryName, Result = PlanQueries[Name]['result']> = {
  /** A statement that waits for a lock still sees other rows as they were when it began. */
  readonly locks?: readonly Statement[]
  readonly read: Statement
  readonly rows?: (of: PlanQueries[Name]['of']) => readonly Row[]
  /** Rows per query. The highest limit of all queries is a value after the arrays. */
  readonly limit?: (of: PlanQueries[Name]['of']) => number
  readonly result: (rows: readonly never[]) => Result
}

type KindName = Exclude<QueryName, 'tenant'> | 'currentToDelete'

type QueryKinds = { readonly [Name in Exclude<QueryName, 'room' | 'tenant'>]: QueryKind<Name> } & {
  readonly room: QueryKind<'room', number>
  readonly currentToDelete: QueryKind<'current'>
}

const lockedColumns = `${storedColumns}, r.secrets, r.keys`
const placesToLock = unnested('nth int, tenant bigint, type text, id text')
const placeOf = ([tenant, type, id]: PlanQueries['current']['of']): readonly Row[] => [[tenant, type, id]]

const onlyRow = <Row>([row]: readonly Row[]): Row | undefined => row
const allRows = <Row>(rows: readonly Row[]): readonly Row[] => rows
const typesOfRows = (rows: readonly { readonly type: string }[]) => rows.map(({ type }) => type)

const typesIn = (table: string) =>
  prepared(`
    select x.nth, t.type
    from ${unnested('nth int, tenant bigint')} cross join lateral (
      with recursive types (type) as (
        (select type from ${table} where tenant = x.tenant order by type limit 1)
        union all
        select (select o.type from ${table} o where o.tenant = x.tenant and o.type > types.type order by o.type limit 1)
        from types where types.type is not null)
      select type from types where type is not null) t
    order by t.type`)

/** In the order in which the statements are sent, and locks are taken. */
const kinds: QueryKinds = {
  currentToDelete: {
    // First the groups, in the order in which members are added: a group, then its members. After that, none can be joined.
    locks: [
      prepared(`
        select 1 from ${placesToLock} join resources r on ${atPlace}
          join memberships m on m.tenant = x.tenant and m.member_key = r.key
          join resources g on g.tenant = x.tenant and g.key = m.group_key
        order by g.key for no key update of g`),
    ],
    read: prepared(`
      select x.nth, ${lockedColumns} from ${placesToLock} join resources r on ${atPlace}
      order by r.key for update of r`),
    rows: placeOf,
    result: onlyRow<CurrentResource>,
  },
  current: {
    read: prepared(`
      select x.nth, ${lockedColumns} from ${placesToLock} join resources r on ${atPlace}
      order by r.key for no key update of r`),
    rows: placeOf,
    result: onlyRow<CurrentResource>,
  },
  resources: {
    read: prepared(`
      select x.nth, ${lockedColumns} from ${unnested('nth int, tenant bigint, key bigint')}
        join resources r on r.tenant = x.tenant and r.key = x.key
      order by r.key for no key update of r`),
    rows: ([tenant, keys]) => keys.map(key => [tenant, key]),
    result: allRows<CurrentResource>,
  },
  room: {
    read: prepared(`
      select x.nth, (
        select coalesce(sum(c.n), 0) from counts c where c.tenant = x.tenant and c.type = x.type) as number
      from ${unnested('nth int, tenant bigint, type text')}`),
    rows: ([tenant, type]) => [[tenant, type]],
    result: ([row]: readonly { readonly number: number }[]) => row?.number ?? 0,
  },
  newKey: {
    read: prepared(`select x.nth, nextval('resource_key') as key from ${unnested('nth int')}`),
    result: ([row]: readonly { readonly key: number }[]) => {
      if (!row) throw new Error('The database returned no key for a resource.')
      return row.key
    },
  },
  predecessor: {
    read: prepared(`
      select x.nth, d.key, d.id
      from ${unnested('nth int, tenant bigint, type text, label text')} cross join lateral (
        select d.key, d.id from deleted_resources d
        where d.tenant = x.tenant and d.type = x.type and left(d.folded_label, 256) = left(x.label, 256)
          and d.folded_label = x.label and d.successor is null
        order by d.key desc limit 1 for no key update) d`),
    result: onlyRow<{ readonly key: number; readonly id: string }>,
  },
  holder: {
    read: prepared(`
      select x.nth, k.resource as key
      from ${unnested('nth int, tenant bigint, type text, attribute text, value text')} cross join lateral (
        select k.resource from keys k
        where k.tenant = x.tenant and k.type = x.type and k.attribute = x.attribute and k.value = x.value
        order by k.rival limit 1) k`),
    rows: ([tenant, type, attribute, value]) => [[tenant, type, attribute, indexEntry(value)]],
    result: ([row]: readonly { readonly key: number }[]) => row?.key,
  },
  member: {
    read: prepared(`
      select x.nth, r.key, r.type, r.display from ${unnested('nth int, tenant bigint, id text')}
        join resources r on r.tenant = x.tenant and r.id = x.id
      order by r.key for key share of r`),
    result: onlyRow<NonNullable<PlanQueries['member']['result']>>,
  },
  membership: {
    read: prepared(`
      select x.nth, m.key, coalesce(m.whole, m.member_id) as "memberId", m.member_key as "memberKey",
        m.sent_display as "sentDisplay"
      from ${unnested('nth int, tenant bigint, owner bigint, member text')}
        join memberships m on m.tenant = x.tenant and m.group_key = x.owner and m.member_id = x.member`),
    rows: ([tenant, group, memberId]) => [[tenant, group, indexEntry(memberId)]],
    result: onlyRow<NonNullable<PlanQueries['membership']['result']>>,
  },
  membersAfter: {
    read: prepared(`
      select x.nth, m.key, coalesce(m.whole, m.member_id) as "memberId", m.member_key as "memberKey",
        m.sent_display as "sentDisplay", r.type, r.display
      from ${unnested('nth int, tenant bigint, owner bigint, after bigint')}
        cross join lateral (
          select * from memberships m
          where m.tenant = x.tenant and m.group_key = x.owner and m.key > x.after order by m.key limit $5) m
        left join resources r on r.tenant = x.tenant and r.key = m.member_key
      order by m.key`),
    rows: ([tenant, group, after]) => [[tenant, group, after]],
    limit: ([, , , limit]) => limit,
    result: allRows,
  },
  groupsOf: {
    read: prepared(`
      select x.nth, g.key, g.id, g.type, g.display
      from ${unnested('nth int, tenant bigint, member bigint')}
        join memberships m on m.tenant = x.tenant and m.member_key = x.member
        join resources g on g.tenant = x.tenant and g.key = m.group_key
      order by m.key`),
    result: allRows,
  },
  types: { read: typesIn('counts'), result: typesOfRows },
  referrersAfter: {
    // The index has the keys of resources, unless the value is exclusive.
    read: prepared(`
      select x.nth, k.resource as key
      from ${unnested('nth int, tenant bigint, type text, attribute text, value text, after bigint')}
        cross join lateral (
          (select k.resource from keys k
            where k.tenant = x.tenant and k.type = x.type and k.attribute = x.attribute and k.value = x.value
              and k.rival = 0 and k.resource > x.after)
          union all
          (select k.resource from keys k
            where k.tenant = x.tenant and k.type = x.type and k.attribute = x.attribute and k.value = x.value
              and k.rival > x.after
            order by k.rival limit $7)) k
      order by k.resource`),
    rows: ([tenant, type, attribute, value, after]) => [[tenant, type, attribute, indexEntry(value), after]],
    limit: of => of[5],
    result: (rows: readonly { readonly key: number }[]) => rows.map(({ key }) => key),
  },
  lastWhole: {
    read: prepared(`
      select x.nth, v.document
      from ${unnested('nth int, tenant bigint, key bigint')} cross join lateral (
        select v.document from versions v
        where v.tenant = x.tenant and v.resource_key = x.key and v.document is not null
        order by v.moment desc limit 1) v`),
    result: ([row]: readonly { readonly document: string }[]) => row?.document,
  },
  retainedAfter: {
    read: prepared(`
      select x.nth, d.key, d.id, d.version
      from ${unnested('nth int, tenant bigint, type text, after bigint')} cross join lateral (
        select d.key, d.id, d.version from deleted_resources d
        where d.tenant = x.tenant and d.type = x.type and d.state = 'retained' and d.key > x.after
        order by d.key limit $5 for no key update) d
      order by d.key`),
    rows: ([tenant, type, after]) => [[tenant, type, after]],
    limit: ([, , , limit]) => limit,
    result: allRows,
  },
  retained: {
    read: prepared(`
      select x.nth, d.key, d.id, d.version
      from ${unnested('nth int, tenant bigint, id text')}
        join deleted_resources d on d.tenant = x.tenant and d.id = x.id and d.state = 'retained'
      order by d.key for no key update of d`),
    result: allRows,
  },
  deletedTypes: { read: typesIn('deleted_resources'), result: typesOfRows },
}

const kindNames = Object.keys(kinds) as readonly KindName[]

type AnyKind = {
  readonly locks?: readonly Statement[]
  readonly read: Statement
  readonly rows?: (of: PlanQuery['of']) => readonly Row[]
  readonly limit?: (of: PlanQuery['of']) => number
  readonly result: (rows: readonly unknown[]) => unknown
}

const kindOf = ({ query, of }: PlanQuery): KindName | 'tenant' =>
  query === 'current' && of[3] === 'delete' ? 'currentToDelete' : query

/** More queries take longer than a millisecond to send. */
const manyQueries = 500
/** A statement for more queries would delay other work of the event loop. */
const queriesPerStatement = 2_000

type PlacedQuery = { readonly places: number[]; readonly of: PlanQuery['of'] }

export type SendAll = (queries: readonly Query[]) => Promise<readonly (readonly unknown[])[]>

export type RunningQueries = {
  readonly send: SendAll
  readonly isLocked: (tenant: number) => boolean
  readonly quota: Quota
}

export async function runPlanQueries(
  { send, isLocked, quota }: RunningQueries,
  queries: readonly PlanQuery[],
): Promise<readonly unknown[]> {
  const groups = groupByKind(queries)
  const rooms = groups.get('room') ?? []
  const knownRooms = rooms.map(({ of }) => quota.known(of as PlanQueries['room']['of']))
  groups.set(
    'room',
    rooms.filter((_, at) => knownRooms[at] === undefined),
  )
  const results: unknown[] = new Array(queries.length)
  const isLong = queries.length > manyQueries
  const sent: Promise<void>[] = []
  let together: SentKind[] = []
  const sendTogether = () => {
    const sending = sendKinds(send, together, results)
    // Awaited later, perhaps after it has failed.
    sending.catch(() => {})
    sent.push(sending)
    together = []
  }
  for (const name of kindNames) {
    for (const portion of inPortions(groups.get(name) ?? [], queriesPerStatement)) {
      together.push(toSentKind(kinds[name] as unknown as AnyKind, portion))
      if (!isLong || !sharedSlices.isOver()) continue
      sendTogether()
      await sharedSlices.next(undefined, 'urgent')
    }
  }
  sendTogether()
  await Promise.all(sent)
  for (const { places, of } of groups.get('tenant') ?? []) {
    for (const place of places) results[place] = isLocked(of[0] as number)
  }
  for (const [at, { places, of }] of rooms.entries()) {
    const number = knownRooms[at]
    if (number === undefined) quota.note(of as PlanQueries['room']['of'], results[places[0] ?? 0] as number)
    else for (const place of places) results[place] = number
  }
  return results
}

/** Creations of a type need the same room, which is then queried once. */
const sharedBy = ({ query, of }: PlanQuery): string | undefined =>
  query === 'room' || query === 'tenant' ? of.join(' ') : undefined

function groupByKind(queries: readonly PlanQuery[]) {
  const groups = new Map<KindName | 'tenant', PlacedQuery[]>()
  const shared = new Map<string, PlacedQuery>()
  for (const [place, query] of queries.entries()) {
    const name = sharedBy(query)
    const same = name === undefined ? undefined : shared.get(name)
    if (same) {
      same.places.push(place)
      continue
    }
    const placed = { places: [place], of: query.of }
    if (name !== undefined) shared.set(name, placed)
    const kind = kindOf(query)
    const group = groups.get(kind)
    if (group) group.push(placed)
    else groups.set(kind, [placed])
  }
  return groups
}

type NumberedRow = { readonly nth: number }

type SentKind = {
  readonly queries: readonly Query[]
  readonly setResults: (rows: readonly NumberedRow[], results: unknown[]) => void
}

async function sendKinds(send: SendAll, sent: readonly SentKind[], results: unknown[]): Promise<void> {
  const rows = await send(sent.flatMap(({ queries }) => queries))
  let end = 0
  for (const { queries, setResults } of sent) {
    end += queries.length
    setResults((queries.length === 0 ? [] : rows[end - 1]) as readonly NumberedRow[], results)
  }
}

function toSentKind(
  { locks = [], read, rows = of => [of as Row], limit, result }: AnyKind,
  group: readonly PlacedQuery[],
): SentKind {
  const sent = group.flatMap(({ of }, at) =>
    rows(of)
      // No stored text equals one that cannot be stored.
      .filter(row => row.every(value => typeof value === 'number' || canStore(value)))
      .map(row => [at + 1, ...row]),
  )
  const limits = limit && group.map(({ of }) => limit(of))
  const values = [...toArrays(sent), ...(limits ? [Math.max(...limits)] : [])]
  return {
    queries: sent.length === 0 ? [] : [...locks, read].map(statement => ({ ...statement, values })),
    setResults(found, results) {
      const rowsOf = group.map((): unknown[] => [])
      for (const { nth, ...row } of found) rowsOf[nth - 1]?.push(row)
      for (const [at, { places }] of group.entries()) {
        const ofQuery = result(rowsOf[at]?.slice(0, limits?.[at]) ?? [])
        for (const place of places) results[place] = ofQuery
      }
    },
  }
}
