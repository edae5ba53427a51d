import type { Database } from 'better-sqlite3'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import {
  type AnalysisStore,
  cycleKindOf,
  type FindingCount,
  type FindingGroup,
  type FindingOrigin,
  type TrendPoint,
  trendCycles,
} from '../../domain/ports/analysis.ts'
import {
  type ClearableAnalysis,
  type CycleRow,
  createAnalysisReader,
  type EvidenceRow,
  maxEvidence,
  newestCycles,
  toCycle,
  toEvidence,
} from '../common/analysis.ts'
import { toBatchRows, toSavedBatch } from '../common/plans/analysis.ts'
import { analysisDialect } from './analysis-writer.ts'
import { lastAnalyzed } from './exchange-rows.ts'
import type { JournalDatabase } from './journal.ts'
import { createSessionRanges, type IsListed } from './session-journal.ts'
import { createStatementRunner } from './statements.ts'

/** Rows that one statement counts: 1.5 ms, for it reads their pages. */
const rowsPerCount = 2000

type PendingCount = { readonly count: number; readonly last: number | null }

/** The results of the analysis in SQLite, in the file of the journal. Those of sessions that are not listed are not shown. */
export function createSqliteAnalysis(db: JournalDatabase, isListed?: IsListed): ClearableAnalysis {
  const { reads } = db
  const read = createStatementRunner(reads)
  const reader = createAnalysisReader(analysisDialect, read)
  const { isHidden } = createSessionRanges(reads, isListed)
  const findings = createFindingReader(reads, isHidden)
  const newestAnalyzed = reads.prepare<[], number>(`select ${lastAnalyzed}`).pluck()
  const pendingAfter = reads.prepare<[number], PendingCount>(
    `select count(*) as count, max(seq) as last
      from (select seq from exchanges where seq > ? order by seq limit ${rowsPerCount})`,
  )
  const oldestPending = reads
    .prepare<[], number>(`select at from exchanges where seq > ${lastAnalyzed} order by seq limit 1`)
    .pluck()
  // This process is the only one that writes (`lockDatabase`), and it reads the state anew when it starts.
  let generation = 1
  let deletion: Promise<unknown> = Promise.resolve()

  const startGeneration = async (deleteResults: () => Promise<void>): Promise<void> => {
    generation++
    const done = deleteResults().finally(() => {
      generation++
    })
    deletion = Promise.allSettled([deletion, done])
    await done
  }

  return {
    ...reader,
    ...findings,
    cycles: async query =>
      query.tenant !== undefined && isHidden(query.tenant) ? { items: [] } : reader.cycles(query),
    async state() {
      const rows = read(newestCycles(analysisDialect)) as readonly CycleRow[]
      return { generation, newestCycles: rows.map(toCycle) }
    },
    async saveBatch(batch, continued) {
      await deletion
      if (continued !== generation) return undefined
      return toSavedBatch(batch, await db.call('saveBatch', toBatchRows(batch)))
    },
    deleteOldCycles: () => db.call('deleteOldCycles'),
    clearSetup: tenant => startGeneration(() => db.call('clearSetup', tenant)),
    clear: (tenant, ready = Promise.resolve()) =>
      startGeneration(async () => {
        const [newest] = await Promise.all([db.call('newest'), ready])
        await db.call('clear', tenant, newest)
      }),
    async pendingCount() {
      let total = 0
      let after: number | undefined = newestAnalyzed.get()
      while (after !== undefined) {
        const found = pendingAfter.get(after)
        total += found?.count ?? 0
        after = found?.count === rowsPerCount ? (found.last ?? undefined) : undefined
        if (sharedSlices.isOver()) await sharedSlices.next()
      }
      return total
    },
    oldestPending: async () => oldestPending.get(),
  }
}

type FindingKey = { readonly tenant: string; readonly finding: string; readonly origin: FindingOrigin }
type FindingSums = Pick<FindingGroup, 'count' | 'subjects' | 'first' | 'last' | 'trend'>
type SummedRow = readonly [seq: number, key: number, at: number, subject: string | null]

const rowsPerRead = 2000

function createFindingReader(db: Database, isHidden: (tenant: string) => boolean = () => false) {
  // Reads each key after the previous one in the index: there are few keys, possibly with many rows each.
  const groupAfter = db.prepare<[string, string, string], FindingKey>(
    `select tenant, finding, origin from findings where (tenant, finding, origin) > (?, ?, ?)
      order by tenant, finding, origin limit 1`,
  )
  const rowsAfter = db
    .prepare<[string, string, string, number, number], SummedRow>(
      `select seq, key, at, subject from findings
        where tenant = ? and finding = ? and origin = ? and (seq, key) > (?, ?)
        order by seq, key limit ${rowsPerRead}`,
    )
    .raw()
  const number = db
    .prepare<[string, string, string], number>(
      'select count(*) from findings where tenant = ? and finding = ? and origin = ?',
    )
    .pluck()
  const evidence = db.prepare<[string, string, string], EvidenceRow>(
    `select exchanges.id as exchange, findings.at, exchanges.details ->> '$.tenantTime' as tenantTime, subject, detail,
        notes.client, product, evidence
      from findings join exchanges using (seq) left join exchange_notes as notes using (seq) where findings.tenant = ? and finding = ? and origin = ?
      order by seq desc, key desc limit ${maxEvidence}`,
  )
  const ownOccurrence = db.prepare<[string, string, string]>(
    `select 1 from findings join exchanges using (seq)
      where findings.tenant = ? and finding = ? and origin = ? and details ->> '$.fault' is null
      order by seq desc limit 1`,
  )

  const newestCycles = db.prepare<[string, string], Omit<TrendPoint, 'count'>>(
    `select id as cycle, started from (
      select id, started, key from cycles where tenant = ? and summary ->> '$.kind' = ? order by key desc limit ${trendCycles}
    ) order by started, key`,
  )

  const groupsOf = (tenant: string | undefined): readonly FindingKey[] => {
    const groups: FindingKey[] = []
    let group = groupAfter.get(tenant ?? '', '', '')
    while (group && (tenant === undefined || group.tenant === tenant)) {
      if (!isHidden(group.tenant)) groups.push(group)
      group = groupAfter.get(group.tenant, group.finding, group.origin)
    }
    return groups
  }

  const sumsOf = async ({ tenant, finding, origin }: FindingKey): Promise<FindingSums> => {
    const cycles = newestCycles.all(tenant, cycleKindOf(origin))
    const counts = cycles.map(() => 0)
    const subjects = new Set<string>()
    let count = 0
    let first = Number.POSITIVE_INFINITY
    let last = 0
    let rows: readonly SummedRow[] = []
    do {
      const [seq, key] = rows.at(-1) ?? [0, 0]
      rows = rowsAfter.all(tenant, finding, origin, seq, key)
      for (const [, , at, subject] of rows) {
        if (subject !== null) subjects.add(subject)
        first = Math.min(first, at)
        last = Math.max(last, at)
        const nth = cycles.findLastIndex(({ started }) => started <= at)
        if (nth >= 0) counts[nth] = (counts[nth] ?? 0) + 1
      }
      count += rows.length
      if (sharedSlices.isOver()) await sharedSlices.next()
    } while (rows.length === rowsPerRead)
    const trend = cycles.map((cycle, nth) => ({ ...cycle, count: counts[nth] ?? 0 }))
    return { count, subjects: subjects.size, first, last, trend }
  }

  return {
    async findingCounts() {
      const counts: FindingCount[] = []
      for (const { tenant, finding: id, origin } of groupsOf(undefined)) {
        counts.push({ tenant, id, origin, count: number.get(tenant, id, origin) ?? 0 })
        if (sharedSlices.isOver()) await sharedSlices.next()
      }
      return counts.filter(({ count }) => count > 0)
    },
    async findings(tenant) {
      const groups: FindingGroup[] = []
      for (const group of groupsOf(tenant)) {
        const found = await sumsOf(group)
        const newest = evidence.all(group.tenant, group.finding, group.origin).map(toEvidence)
        if (newest.length === 0 || found.count === 0) continue
        const { finding: id, ...rest } = group
        const isInjected = ownOccurrence.get(group.tenant, id, group.origin) === undefined
        groups.push({ id, ...rest, ...found, ...(isInjected && { injected: true }), evidence: newest })
      }
      return groups.sort((one, other) => other.last - one.last)
    },
  } satisfies Pick<AnalysisStore, 'findingCounts' | 'findings'>
}
