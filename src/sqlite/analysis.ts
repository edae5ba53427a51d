import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { ClientKind } from '../journal/exchange.ts'
import {
  type AnalysisStore,
  type AnalyzedBatch,
  type AnalyzedExchange,
  type Cycle,
  type CycleKind,
  type CyclePage,
  type CycleQuery,
  findingOrigin,
  maxClients,
  recentCycleCount,
  type SavedBatch,
  type SetupStep,
  type SetupStepId,
} from '../ports/analysis.ts'
import type { Writer } from '../ports/database.ts'
import { CursorError } from '../ports/journal.ts'
import { createFindingRows } from './findings.ts'

type CycleRow = {
  readonly key: number
  readonly id: string
  readonly tenant: string
  readonly started: number
  readonly last: number
  readonly summary: string
}

/** The table `cycles`. Its changes run inside a write. */
function createCycleRows(db: Database) {
  const put = db.prepare<[string, string, number, number, string]>(
    `insert into cycles (id, tenant, started, last, summary) values (?, ?, ?, ?, ?)
      on conflict (id) do update set started = excluded.started, last = excluded.last, summary = excluded.summary`,
  )
  const withId = db.prepare<[string], CycleRow>('select * from cycles where id = ?')
  const page = db.prepare<[number, number], CycleRow>(
    'select * from cycles where key < ? order by key desc limit ?',
  )
  const pageOfTenant = db.prepare<[string, number, number], CycleRow>(
    'select * from cycles where tenant = ? and key < ? order by key desc limit ?',
  )
  const ofClient = db.prepare<[string, string | null, string, string | null], CycleRow>(
    `select * from cycles where tenant = ? and summary ->> '$.token.id' is ?
      and summary ->> '$.client' = ? and summary ->> '$.userAgent' is ?
      order by key desc limit ${recentCycleCount}`,
  )
  const newestOf = db.prepare<[{ tenant: string; clients: string; kinds: string }], CycleRow>(
    `select * from cycles where key = (
      select max((
        select max(key) from cycles
        where tenant = @tenant and summary ->> '$.client' = client.value and summary ->> '$.kind' = kind.value
      )) from json_each(@clients) client, json_each(@kinds) kind
    )`,
  )
  const newest = db.prepare<[], CycleRow>(
    `select * from cycles where key in (
      select max(key) as newest from cycles
      group by tenant, summary ->> '$.token.id', summary ->> '$.client', summary ->> '$.userAgent',
        summary ->> '$.dialect' is 'other'
      order by newest desc limit ${maxClients}
    ) order by key`,
  )
  // Exchanges are deleted in the order of their numbers, so cycles before the oldest exchange have none.
  const forgetOld = db.prepare<[]>(
    `delete from cycles where not exists (select 1 from exchanges)
      or last < (select at from exchanges order by seq limit 1)`,
  )
  const deleteAll = db.prepare<[]>('delete from cycles')
  const deleteOf = db.prepare<[string]>('delete from cycles where tenant = ?')

  return {
    put({ id, tenant, started, last, ...summary }: Cycle): void {
      put.run(id, tenant, started, last, JSON.stringify(summary))
    },
    find(id: string): Cycle | undefined {
      const row = withId.get(id)
      return row && toCycle(row)
    },
    page(query: CycleQuery): CyclePage {
      const { tenant, limit } = query
      const end = parseCycleCursor(query)
      const rows = tenant === undefined ? page.all(end, limit + 1) : pageOfTenant.all(tenant, end, limit + 1)
      const pageRows = rows.slice(0, limit)
      const oldest = pageRows.at(-1)
      return {
        items: pageRows.map(toCycle),
        ...(rows.length > limit && oldest && { next: cycleCursor(oldest.key) }),
      }
    },
    recent: ({ tenant, token, client, userAgent }: Cycle): readonly Cycle[] =>
      ofClient.all(tenant, token?.id ?? null, client, userAgent ?? null).map(toCycle),
    /** The newest one of these kinds, by a tenant's clients of these kinds. */
    newestOf(tenant: string, clients: readonly ClientKind[], kinds: readonly CycleKind[]): Cycle | undefined {
      const parameters = { tenant, clients: JSON.stringify(clients), kinds: JSON.stringify(kinds) }
      const row = newestOf.get(parameters)
      return row && toCycle(row)
    },
    /** The newest one of each client, oldest first. */
    newest: (): readonly Cycle[] => newest.all().map(toCycle),
    /** Deletes cycles without remaining exchanges. Returns the number of deleted cycles. */
    forgetOld: (): number => forgetOld.run().changes,
    clear(tenant?: string): void {
      if (tenant === undefined) deleteAll.run()
      else deleteOf.run(tenant)
    },
  }
}

const toCycle = ({ id, tenant, started, last, summary }: CycleRow): Cycle => ({
  id,
  tenant,
  started,
  last,
  ...JSON.parse(summary),
})

const cycleCursor = (key: number) => Buffer.from(String(key)).toString('base64url')

/** The key before which the page ends. */
function parseCycleCursor({ cursor }: CycleQuery): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const key = Number(Buffer.from(cursor, 'base64url').toString())
  if (!Number.isSafeInteger(key) || key < 1 || cycleCursor(key) !== cursor) throw new CursorError()
  return key
}

type SetupStepRow = {
  readonly id: SetupStepId
  readonly at: number | null
  readonly tenantTime: number
  readonly exchange: string | null
  readonly userAgent: string | null
}

/** The table `setup_steps`. Its changes run inside a write. */
function createSetupRows(db: Database) {
  const put = db.prepare<[string, string, number | null, number, string | null, string | null]>(
    `insert or ignore into setup_steps (tenant, step, at, tenant_time, exchange, user_agent)
      values (?, ?, ?, ?, ?, ?)`,
  )
  const ofTenant = db.prepare<[string], SetupStepRow>(
    `select step as id, at, tenant_time as tenantTime, user_agent as userAgent,
      (select id from exchanges where id = setup_steps.exchange) as exchange
      from setup_steps where tenant = ?`,
  )
  const idsOf = db.prepare<[string], { tenant: string; step: SetupStepId }>(
    'select tenant, step from setup_steps where tenant in (select value from json_each(?))',
  )
  const deleteAll = db.prepare<[]>('delete from setup_steps')
  const deleteOf = db.prepare<[string]>('delete from setup_steps where tenant = ?')

  return {
    /** Stores a step. Returns false when it is stored already. */
    put(tenant: string, { id, at, tenantTime, exchange, userAgent }: SetupStep): boolean {
      const { changes } = put.run(tenant, id, at ?? null, tenantTime, exchange ?? null, userAgent ?? null)
      return changes > 0
    },
    /** The completed steps, with the exchanges that are still in the journal. */
    steps: (tenant: string): readonly SetupStep[] => ofTenant.all(tenant).map(toSetupStep),
    /** The ids of the completed steps of several tenants. */
    completed(tenants: readonly string[]): ReadonlyMap<string, readonly SetupStepId[]> {
      const byTenant = Map.groupBy(idsOf.all(JSON.stringify(tenants)), ({ tenant }) => tenant)
      return new Map([...byTenant].map(([tenant, rows]) => [tenant, rows.map(({ step }) => step)]))
    },
    clear(tenant?: string): void {
      if (tenant === undefined) deleteAll.run()
      else deleteOf.run(tenant)
    },
  }
}

const toSetupStep = ({ id, at, tenantTime, exchange, userAgent }: SetupStepRow): SetupStep => ({
  id,
  tenantTime,
  ...(at !== null && { at }),
  ...(exchange !== null && { exchange }),
  ...(userAgent !== null && { userAgent }),
})

export type SqliteAnalysis = AnalysisStore & {
  /**
   * Deletes the cycles and setup steps of a tenant, or of all, and starts a new generation. To be called inside the
   * write that deletes the exchanges, with which notes and findings are deleted.
   */
  readonly clear: (tenant?: string) => void
}

/** The tables `exchange_notes`, `cycles`, `findings` and `setup_steps`. */
export function createSqliteAnalysis(db: Database, writer: Writer): SqliteAnalysis {
  const cycles = createCycleRows(db)
  const findings = createFindingRows(db)
  const setup = createSetupRows(db)
  const saveBatch = createBatchSaver(db, { cycles, findings, setup })
  const newest = db.prepare<[], { seq: number }>('select coalesce(max(seq), 0) as seq from exchange_notes')
  const pending = db.prepare<[], { count: number }>(
    `select count(*) as count from exchanges
      where seq > (select coalesce(max(seq), 0) from exchange_notes)`,
  )
  // This process is the only one that writes (`openSqlite`), and it reads the state anew when it starts.
  let generation = 1

  return {
    state: async () => ({
      generation,
      lastAnalyzed: newest.get()?.seq ?? 0,
      newestCycles: cycles.newest(),
    }),
    completedSteps: async tenants => setup.completed(tenants),
    saveBatch: (batch, options) =>
      writeWithNextCommit(writer, options.maxDelay, () =>
        options.generation === generation ? saveBatch(batch) : undefined,
      ),
    deleteOldCycles: () => writeWithNextCommit(writer, 0, cycles.forgetOld),
    clearSetup: tenant =>
      writer.write(() => {
        generation++
        setup.clear(tenant)
      }),
    clear(tenant) {
      generation++
      cycles.clear(tenant)
      setup.clear(tenant)
    },
    cycles: async query => cycles.page(query),
    cycle: async id => cycles.find(id),
    recentCycles: async of => cycles.recent(of),
    newestCycle: async (tenant, clients, kinds) => cycles.newestOf(tenant, clients, kinds),
    setupSteps: async tenant => setup.steps(tenant),
    findings: findings.groups,
    findingCounts: findings.counts,
    findingsAbout: async exchange => findings.about(exchange),
    pendingCount: async () => pending.get()?.count ?? 0,
  }
}

type AnalysisRows = {
  readonly cycles: ReturnType<typeof createCycleRows>
  readonly findings: ReturnType<typeof createFindingRows>
  readonly setup: ReturnType<typeof createSetupRows>
}

/** Stores a batch. Runs inside a write. */
function createBatchSaver(
  db: Database,
  { cycles, findings, setup }: AnalysisRows,
): (batch: AnalyzedBatch) => SavedBatch {
  const putNotes = db.prepare<[number, string | null, string | null, string, string]>(
    'insert into exchange_notes (seq, cycle, dialect, client, findings) values (?, ?, ?, ?, ?)',
  )
  const pendingExchange = db.prepare<[number]>(
    `select 1 from exchanges where seq = ?
      and not exists (select 1 from exchange_notes where exchange_notes.seq = exchanges.seq)`,
  )

  const saveNotes = ({ seq, exchange }: AnalyzedExchange) => {
    const { cycle, dialect, client, findings } = exchange.notes
    putNotes.run(seq, cycle ?? null, dialect ?? null, client, JSON.stringify(findings))
  }

  /** Returns the findings that are new for the tenant. */
  const saveFindings = ({ seq, exchange, findings: found }: AnalyzedExchange): SavedBatch['newFindings'] => {
    const { at, tenant, notes } = exchange
    if (tenant === undefined) return []
    const origin = findingOrigin(notes.client)
    return found.flatMap(finding => {
      const isNew = !findings.exists(tenant, origin, finding.id)
      findings.put(seq, tenant, origin, at, finding)
      return isNew ? [{ exchange, finding }] : []
    })
  }

  return batch => {
    const items = batch.items.filter(({ seq }) => pendingExchange.get(seq) !== undefined)
    for (const item of items) saveNotes(item)
    for (const cycle of batch.cycles) cycles.put(cycle)
    const newFindings = items.flatMap(saveFindings)
    const steps = items.flatMap(({ exchange: { tenant }, steps }) =>
      tenant === undefined ? [] : steps.map(step => ({ tenant, step })),
    )
    const newSteps = [...steps, ...batch.steps].filter(({ tenant, step }) => setup.put(tenant, step))
    return { items, newFindings, newSteps }
  }
}

type Outcome<Result> = { readonly value: Result } | { readonly error: unknown }

/**
 * Runs a job within the next commit of any writer, so that it causes no extra disk write. Commits separately after
 * `patience` milliseconds. Rejects with the error of the job.
 */
async function writeWithNextCommit<Result>(
  writer: Pick<Writer, 'defer' | 'flush'>,
  patience: number,
  job: () => Result,
): Promise<Result> {
  let outcome: Outcome<Result> | undefined
  const written = new Promise<void>(resolve => {
    writer.defer(() => {
      outcome = runJob(job)
      resolve()
      // Makes the writer roll the job back.
      if ('error' in outcome) throw outcome.error
    })
  })
  const waited = new AbortController()
  await Promise.race([written, delay(patience, undefined, { signal: waited.signal }).catch(() => {})])
  waited.abort()
  if (!outcome) await writer.flush()
  if (!outcome) throw new Error('The database did not run the job.')
  if ('error' in outcome) throw outcome.error
  return outcome.value
}

function runJob<Result>(job: () => Result): Outcome<Result> {
  try {
    return { value: job() }
  } catch (error) {
    return { error }
  }
}
