import { type Analysis, type Cycle, maxClients, recentCycleCount } from '../../domain/ports/analysis.ts'
import { type CycleRow, toCycle, toCycleRow } from '../common/analysis-rows.ts'
import type { Reads } from './connect.ts'
import type { Connection } from './connection.ts'
import { isOfServer, parseCursor, toCursor } from './id-cursor.ts'
import { prepared, type Query, type Statement } from './statement.ts'
import { toStorableJson } from './storable.ts'

const columns = 'id, tenant, started, last, summary'

const withId = prepared(`select ${columns} from cycles where id = $1 limit 1`)
const page = prepared(
  `select ${columns} from cycles where id < $1 and ${isOfServer('id')} order by id desc limit $2`,
)
const pageOfTenant = prepared(
  `select ${columns} from cycles where tenant = $3 and id < $1 order by id desc limit $2`,
)

/** The cycles of one client. A missing token or name is not an equal one to PostgreSQL, so each combination has its statement. */
const ofClient = (hasToken: boolean, hasName: boolean): Statement =>
  prepared(`
    select ${columns} from cycles
    where tenant = $1 and (summary ->> 'client') = $2
      and (summary #>> '{token,id}') ${hasToken ? '= $3' : 'is null and $3::text is null'}
      and left(summary ->> 'userAgent', 256) ${hasName ? '= left($4, 256)' : 'is null'}
      and (summary ->> 'userAgent') ${hasName ? '= $4' : 'is null and $4::text is null'}
      and ((summary ->> 'client') = 'entra' or (summary #>> '{recognized,product}') is not distinct from $5)
      and (summary ->> 'kind') <> 'on-demand'
    order by id desc limit ${recentCycleCount}`)
const recent = {
  neither: ofClient(false, false),
  token: ofClient(true, false),
  name: ofClient(false, true),
  both: ofClient(true, true),
}

const newestOf = prepared(`
  select newest.* from unnest($2::text[]) client, unnest($3::text[]) kind, lateral (
    select ${columns} from cycles
    where tenant = $1 and (summary ->> 'client') = client and (summary ->> 'kind') = kind
    order by id desc limit 1) newest
  order by newest.id desc limit 1`)
/** What distinguishes clients, as `cycleClientKey` does. */
const clientColumns = `tenant, summary #>> '{token,id}', summary ->> 'client', summary ->> 'userAgent',
  summary #>> '{recognized,product}', is_other`

const newestOfClients = prepared(`
  select ${columns} from (
    select ${columns} from (
      select distinct on (${clientColumns}) *
      from (select *, (summary ->> 'dialect') is not distinct from 'other' as is_other from cycles
        where ${isOfServer('id')}) as cycles
      order by ${clientColumns}, id desc
    ) as newest order by id desc limit ${maxClients}
  ) as newest order by id`)

/** Reads the table `cycles`. */
export function createCycleReader(reads: Pick<Reads, 'query'>) {
  const recentStatement = ({ token, userAgent }: Cycle): Statement => {
    if (token) return userAgent === undefined ? recent.token : recent.both
    return userAgent === undefined ? recent.neither : recent.name
  }

  return {
    async find(id) {
      const [row] = await reads.query<CycleRow>(withId, [id])
      return row && toCycle(row)
    },
    async page({ tenant, limit, cursor }) {
      const end = parseCursor(cursor)
      const rows = await (tenant === undefined
        ? reads.query<CycleRow>(page, [end, limit + 1])
        : reads.query<CycleRow>(pageOfTenant, [end, limit + 1, tenant]))
      const pageRows = rows.slice(0, limit)
      const oldest = pageRows.at(-1)
      return {
        items: pageRows.map(toCycle),
        ...(rows.length > limit && oldest && { next: toCursor(oldest.id) }),
      }
    },
    async recent(cycle) {
      const { tenant, client, token, userAgent, recognized } = cycle
      const values = [tenant, client, token?.id ?? null, userAgent ?? null, recognized?.product ?? null]
      return (await reads.query<CycleRow>(recentStatement(cycle), values)).map(toCycle)
    },
    async newestOf(tenant, clients, kinds) {
      const [row] = await reads.query<CycleRow>(newestOf, [tenant, clients, kinds])
      return row && toCycle(row)
    },
  } satisfies {
    readonly find: Analysis['cycle']
    readonly page: Analysis['cycles']
    readonly recent: Analysis['recentCycles']
    readonly newestOf: Analysis['newestCycle']
  }
}

/** The newest cycle of each client, oldest first. */
export const newestCycles: Query = { ...newestOfClients, values: [] }

const put = prepared(`
  insert into cycles (id, tenant, started, last, summary)
  select id, tenant, started, last, summary::jsonb
  from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[]) as given(id, tenant, started, last, summary)
  on conflict (tenant, id) do update set started = excluded.started, last = excluded.last, summary = excluded.summary`)

/** Cycles have different ids. */
export const putCycles = async (connection: Connection, cycles: readonly Cycle[]): Promise<void> => {
  const rows = cycles.map(toCycleRow)
  await connection.query(put, [
    rows.map(({ id }) => id),
    rows.map(({ tenant }) => tenant),
    rows.map(({ started }) => started),
    rows.map(({ last }) => last),
    rows.map(({ summary }) => toStorableJson(JSON.stringify(summary))),
  ])
}

/** Exchanges are deleted in the order of their ids, so cycles before the oldest exchange have none. */
export const deleteOldCycles = prepared(`
  with deleted as (
    delete from cycles where ${isOfServer('id')} and (
      not exists (select 1 from exchanges where ${isOfServer('id')})
      or last < (select at from exchanges where ${isOfServer('id')} order by id limit 1))
    returning 1)
  select count(*) as deleted from deleted`)
