import {
  type Analysis,
  type AnalysisEvents,
  type FindingCount,
  type FindingGroup,
  type SharedAnalysisEvent,
  trendCycles,
} from '../../domain/ports/analysis.ts'
import {
  type AnalysisDialect,
  type ClearableAnalysis,
  type CycleRow,
  createAnalysisReader,
  type EvidenceRow,
  maxEvidence,
  newestCycles,
  toCycle,
  toEvidence,
} from '../common/analysis.ts'
import {
  deleteOldCycles,
  deletions,
  saveBatch,
  setupTables,
  tenantTables,
  toBatchRows,
  toSavedBatch,
} from '../common/plans/analysis.ts'
import type { Cluster } from './cluster/cluster.ts'
import { leaderGuard } from './cluster/leader.ts'
import type { Reads, SerialLane } from './connect.ts'
import { postgresDialect, toStorableJson } from './dialect.ts'
import { isOfServer, parseCursor, recountAll, toCursor } from './exchange-rows.ts'
import type { PostgresJournal } from './journal.ts'
import { deleteSelected } from './journal-pruning.ts'
import { createStatementRunner, prepared, preparedWithNames, toQuery } from './statement.ts'

type PostgresAnalysisOptions = {
  readonly reads: Reads
  readonly lane: SerialLane
  readonly journal: Pick<PostgresJournal, 'flush'>
}

const dialect: AnalysisDialect = {
  ...postgresDialect,
  order: { cycles: 'id', exchanges: 'id' },
  isOfServer,
  toCursor,
  parseCursor,
  cycleKey: 'tenant, id',
  member(path) {
    const names = path.split('.')
    return names.length === 1 ? `(summary ->> '${path}')` : `(summary #>> '{${names}}')`
  },
  indexed: text => `left(${text}, 256)`,
  elements: (list, alias) => `unnest(${list}::text[]) ${alias}(value)`,
  exchangeKey: { tenant: 'text', id: 'text' },
  findingKey: { exchange: 'text', nth: 'integer' },
  ofExchange: { join: 'f.tenant = e.tenant and f.exchange = e.id', order: 'nth' },
  // A deletion of these exchanges waits until their results are stored, and no results are stored after it.
  pending: `join unanalyzed_exchanges u on u.tenant = given.tenant and u.id = given.id order by u.id for update of u`,
  endPending: given =>
    `delete from unanalyzed_exchanges u using ${given} where u.tenant = given.tenant and u.id = given.id`,
}

const generation = prepared('select generation from analysis_generation')
const isGeneration = preparedWithNames(
  'select 1 from analysis_generation where generation = @generation for share',
)
const startGeneration = {
  ...prepared('update analysis_generation set generation = generation + 1'),
  values: [],
}
const pendingCount = prepared('select count(*) as count from unanalyzed_exchanges')
const oldestPending = prepared(`
  select at from (select tenant, id from unanalyzed_exchanges order by id limit 1) as oldest join exchanges using (tenant, id)`)
const newestId = prepared(
  'select id from exchanges where $1::text is null or tenant = $1 order by id desc limit 1',
)
const keepLater = { text: 'insert into later_exchanges select * from exchanges where id > $1' }
const ofTenantUpTo = prepared(
  'select tenant, id from exchanges where tenant = $1 and id <= $2 order by id limit $3',
)

const onDisk = 'set local synchronous_commit = on'

/** `clear` keeps exchanges that other instances have not written yet. */
export function createPostgresAnalysis({ reads, lane, journal }: PostgresAnalysisOptions): ClearableAnalysis {
  const findNewest = async (entry: string | undefined): Promise<string> => {
    await journal.flush()
    const [row] = await lane.run(connection =>
      connection.query<{ readonly id: string }>(newestId, [entry ?? null]),
    )
    return row?.id ?? ''
  }

  const clearTenant = async (entry: string, newest: string): Promise<void> => {
    await deleteSelected(lane, ofTenantUpTo, [entry, newest])
    await lane.transaction(connection =>
      Promise.all([
        connection.execute(onDisk),
        connection.queryAll([startGeneration, ...deletions(tenantTables, entry).map(toQuery)]),
      ]),
    )
  }

  /** Exchanges that were recorded since are analyzed again. */
  const clearAll = (newest: string): Promise<unknown> =>
    lane.transaction(connection =>
      Promise.all([
        connection.execute(`
          ${onDisk};
          lock table exchanges in access exclusive mode;
          create temporary table later_exchanges (like exchanges) on commit drop`),
        connection.query(startGeneration),
        connection.query(keepLater, [newest]),
        connection.execute(`
          truncate exchanges, exchange_notes, unanalyzed_exchanges, findings, cycles, token_clients, setup_steps;
          insert into exchanges select * from later_exchanges;
          ${recountAll('later_exchanges')};
          insert into unanalyzed_exchanges (tenant, id) select tenant, id from later_exchanges`),
      ]),
    )

  return {
    ...createAnalysisReader(dialect, createStatementRunner(reads.query)),
    ...createFindingReader(reads),
    async state() {
      const [[current], newest] = (await reads.snapshot([
        { ...generation, values: [] },
        toQuery(newestCycles(dialect)),
      ])) as [readonly { readonly generation: number }[], readonly CycleRow[]]
      return { generation: current?.generation ?? 0, newestCycles: newest.map(toCycle) }
    },
    saveBatch: (batch, continued, term) =>
      lane.transaction(async connection => {
        let guards = [leaderGuard(term), isGeneration({ generation: continued })]
        const plan = saveBatch(dialect, toBatchRows(batch))
        let step = plan.next([])
        while (!step.done) {
          const rows = await connection.queryAll([...guards, ...step.value.map(toQuery)])
          if (guards.some((_, at) => rows[at]?.length === 0)) return undefined
          step = plan.next(rows.slice(guards.length))
          guards = []
        }
        return toSavedBatch(batch, step.value)
      }),
    async deleteOldCycles() {
      const { values, ...statement } = toQuery(deleteOldCycles(dialect))
      return (await lane.run(connection => connection.query(statement, values))).length
    },
    async clearSetup(tenant) {
      await lane.transaction(connection =>
        connection.queryAll([startGeneration, ...deletions(setupTables, tenant).map(toQuery)]),
      )
    },
    async clear(tenant, ready = Promise.resolve()) {
      const entry = tenant === undefined ? undefined : postgresDialect.indexEntry(tenant)
      const [newest] = await Promise.all([findNewest(entry), ready])
      await (entry === undefined ? clearAll(newest) : clearTenant(entry, newest))
    },
    async pendingCount() {
      const [row] = await reads.query<{ readonly count: number }>(pendingCount)
      return row?.count ?? 0
    },
    async oldestPending() {
      const [row] = await reads.query<{ readonly at: number }>(oldestPending)
      return row?.at
    },
  }
}

type AnalysisBulletin = {
  readonly kind: 'analysis'
  readonly events: readonly SharedAnalysisEvent[]
}

const isOfAnalysis = (event: { readonly kind: string }): event is AnalysisBulletin =>
  event.kind === 'analysis'

export const createAnalysisEvents = ({ bulletin }: Pick<Cluster, 'bulletin'>): AnalysisEvents => ({
  publish(events) {
    const event: AnalysisBulletin = { kind: 'analysis', events }
    bulletin.publish(JSON.parse(toStorableJson(JSON.stringify(event))))
  },
  subscribe: listener =>
    bulletin.subscribe(event => {
      if (isOfAnalysis(event)) listener(event.events)
    }),
})

const groups = prepared(`
  select id, tenant, origin, count, subjects, first, last, coalesce(trend, '[]') as trend, evidence,
    not exists (
      select 1 from findings f join exchanges e on e.tenant = f.tenant and e.id = f.exchange
      where f.tenant = groups.tenant and f.finding = groups.id and f.origin = groups.origin and e.details -> 'fault' is null
    ) as injected
  from (
    select finding as id, tenant, origin, count(*) as count, count(distinct subject) as subjects, min(at) as first, max(at) as last
    from findings where $1::text is null or tenant = $1
    group by tenant, finding, origin
  ) as groups cross join lateral (
    select jsonb_agg(jsonb_build_object('exchange', exchange, 'at', newest.at,
        'tenantTime', coalesce((exchanges.details ->> 'tenantTime')::bigint, newest.at), 'subject', subject, 'detail', detail,
        'client', notes.client, 'product', notes.product, 'evidence', notes.evidence)
      order by exchange desc, nth desc) as evidence
    from (
      select exchange, nth, at, subject, detail from findings
      where tenant = groups.tenant and finding = groups.id and origin = groups.origin
      order by exchange desc, nth desc limit ${maxEvidence}) as newest
    left join exchange_notes as notes on notes.tenant = groups.tenant and notes.id = newest.exchange
    left join exchanges on exchanges.tenant = groups.tenant and exchanges.id = newest.exchange
  ) as evidence cross join lateral (
    select jsonb_agg(jsonb_build_object('cycle', cycle, 'started', started, 'count', (
        select count(*) from findings
        where tenant = groups.tenant and finding = groups.id and origin = groups.origin
          and exchange >= cycle and (next is null or exchange < next))) order by cycle) as trend
    from (
      select id as cycle, started, lead(id) over (order by id) as next from (
        select id, started from cycles
        where tenant = groups.tenant
          and (summary ->> 'kind') = case groups.origin when 'provisioning' then 'cycle' else groups.origin end
        order by id desc limit ${trendCycles}) as newest) as cycles
  ) as trend
  order by last desc, tenant, id, origin`)
const counts = prepared(`
  select finding as id, tenant, origin, count(*) as count from findings
  group by tenant, finding, origin order by tenant, finding, origin`)

type GroupRow = Omit<FindingGroup, 'evidence' | 'injected'> & {
  readonly evidence: readonly EvidenceRow[]
  readonly injected: boolean
}

const createFindingReader = (reads: Pick<Reads, 'query'>) =>
  ({
    findingCounts: () => reads.query<FindingCount>(counts),
    async findings(tenant) {
      const rows = await reads.query<GroupRow>(groups, [tenant ?? null])
      return rows.map(({ evidence, injected, ...group }) => ({
        ...group,
        ...(injected && { injected: true as const }),
        evidence: evidence.map(toEvidence),
      }))
    },
  }) satisfies Pick<Analysis, 'findingCounts' | 'findings'>
