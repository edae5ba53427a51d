import type { Database } from 'better-sqlite3'
import type { ExchangeNotes } from '../journal/exchange.ts'
import type { Analysis } from './analysis.ts'
import type { Cycle } from './cycle.ts'
import type { Finding } from './finding.ts'
import { createSqliteCycles } from './sqlite-cycles.ts'
import { createSqliteFindings } from './sqlite-findings.ts'

/** Where the analysis is kept. What changes it runs inside a write. */
export interface AnalysisStore extends Analysis {
  /** The number of the newest exchange that has been analysed; 0 before the first. */
  newestAnalysed(): number
  /** Whether the journal still has the exchange of this number. */
  isKept(seq: number): boolean
  putNotes(seq: number, notes: ExchangeNotes): void
  putFinding(seq: number, tenant: string, at: number, finding: Finding): void
  /** Whether it was found at this tenant before. */
  knowsFinding(tenant: string, id: string): boolean
  putCycle(cycle: Cycle): void
  /** The newest cycle of each tenant and token. */
  newestCycles(): readonly Cycle[]
  /** Forgets cycles of whose exchanges none is kept; answers how many. */
  forgetOldCycles(): number
  /** Forgets a tenant's cycles, or all. What is known about single exchanges goes with them. */
  clear(tenant?: string): void
}

/** The tables `exchange_notes`, `cycles` and `findings`. */
export function createSqliteAnalysis(db: Database): AnalysisStore {
  const cycles = createSqliteCycles(db)
  const findings = createSqliteFindings(db)
  const putNotes = db.prepare<[number, string | null, string | null, string]>(
    'insert or replace into exchange_notes (seq, cycle, dialect, findings) values (?, ?, ?, ?)',
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
    putNotes(seq, { cycle, dialect, findings }) {
      putNotes.run(seq, cycle ?? null, dialect ?? null, JSON.stringify(findings))
    },
    putFinding: findings.put,
    knowsFinding: findings.knows,
    putCycle: cycles.put,
    newestCycles: cycles.newest,
    forgetOldCycles: cycles.forgetOld,
    clear: cycles.clear,
    cycles: cycles.page,
    cycle: cycles.find,
    recentCycles: cycles.recent,
    findings: findings.tallies,
    findingCounts: findings.counts,
    about: findings.about,
    waiting: () => waiting.get()?.count ?? 0,
  }
}
