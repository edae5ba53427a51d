import type { Database } from 'better-sqlite3'
import type { ExchangeNotes } from '../journal/exchange.ts'
import type { Analysis } from './analysis.ts'
import type { Cycle } from './cycle.ts'
import type { Finding, FindingOrigin } from './finding.ts'
import type { SetupStep } from './setup-step.ts'
import { createSqliteCycles } from './sqlite-cycles.ts'
import { createSqliteFindings } from './sqlite-findings.ts'
import { createSqliteSetup } from './sqlite-setup.ts'

/** Where the analysis is kept. What changes it runs inside a write. */
export interface AnalysisStore extends Analysis {
  /** The number of the newest exchange that has been analysed; 0 before the first. */
  newestAnalysed(): number
  /** Whether the journal still has the exchange of this number. */
  isKept(seq: number): boolean
  putNotes(seq: number, notes: ExchangeNotes): void
  putFinding(seq: number, tenant: string, origin: FindingOrigin, at: number, finding: Finding): void
  /** Whether it was found at this tenant before, in requests of such a origin. */
  knowsFinding(tenant: string, origin: FindingOrigin, id: string): boolean
  putCycle(cycle: Cycle): void
  /** Writes a step of the set-up down; answers false where it was before. */
  putSetupStep(tenant: string, step: SetupStep): boolean
  /** Forgets the steps that a tenant's clients have done. */
  clearSetup(tenant: string): void
  /** The newest cycle of each client, oldest first. */
  newestCycles(): readonly Cycle[]
  /** Forgets cycles of whose exchanges none is kept; answers how many. */
  forgetOldCycles(): number
  /** Forgets a tenant's cycles and the steps of its set-up, or all. What is known about single exchanges goes with them. */
  clear(tenant?: string): void
}

/** The tables `exchange_notes`, `cycles`, `findings` and `setup_steps`. */
export function createSqliteAnalysis(db: Database): AnalysisStore {
  const cycles = createSqliteCycles(db)
  const findings = createSqliteFindings(db)
  const setup = createSqliteSetup(db)
  const putNotes = db.prepare<[number, string | null, string | null, string, string]>(
    'insert or replace into exchange_notes (seq, cycle, dialect, client, findings) values (?, ?, ?, ?, ?)',
  )
  const kept = db.prepare<[number]>('select 1 from exchanges where seq = ?')
  const newest = db.prepare<[], { seq: number }>('select coalesce(max(seq), 0) as seq from exchange_notes')
  const waiting = db.prepare<[], { count: number }>(
    `select count(*) as count from exchanges
      where seq > (select coalesce(max(seq), 0) from exchange_notes)`,
  )
  return {
    newestAnalysed: () => newest.get()?.seq ?? 0,
    isKept: seq => kept.get(seq) !== undefined,
    putNotes(seq, { cycle, dialect, client, findings }) {
      putNotes.run(seq, cycle ?? null, dialect ?? null, client, JSON.stringify(findings))
    },
    putFinding: findings.put,
    knowsFinding: findings.knows,
    putCycle: cycles.put,
    newestCycles: cycles.newest,
    forgetOldCycles: cycles.forgetOld,
    putSetupStep: setup.put,
    setupSteps: setup.steps,
    clearSetup: setup.clear,
    clear(tenant) {
      cycles.clear(tenant)
      setup.clear(tenant)
    },
    cycles: cycles.page,
    cycle: cycles.find,
    recentCycles: cycles.recent,
    newestCycleOf: cycles.newestOf,
    findings: findings.tallies,
    findingCounts: findings.counts,
    about: findings.about,
    waiting: () => waiting.get()?.count ?? 0,
  }
}
