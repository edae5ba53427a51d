import type { Database } from 'better-sqlite3'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import {
  cycleKindOf,
  type Finding,
  type FindingCount,
  type FindingGroup,
  type FindingOrigin,
  type TrendPoint,
  trendCycles,
} from '../../domain/ports/analysis.ts'
import {
  type EvidenceRow,
  type FindingRow,
  maxEvidence,
  toEvidence,
  toFinding,
} from '../common/analysis-rows.ts'

/** The key of a group of findings. */
type FindingKey = { readonly tenant: string; readonly finding: string; readonly origin: FindingOrigin }
type FindingSums = Pick<FindingGroup, 'count' | 'subjects' | 'first' | 'last' | 'trend'>
type SummedRow = readonly [seq: number, key: number, at: number, subject: string | null]

/** The number of rows that one statement reads. */
const rowsPerRead = 2000

/** Reads the table `findings`. */
export function createFindingReader(db: Database, isHidden: (tenant: string) => boolean = () => false) {
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

  const ofExchange = db.prepare<[string], FindingRow>(
    `select finding as id, subject, detail from findings
      where seq = (select seq from exchanges where id = ?) order by key`,
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
    /** The findings about one exchange, in order of insertion. */
    about: (exchange: string): readonly Finding[] => ofExchange.all(exchange).map(toFinding),
    /** The number of occurrences per finding: cheaper than `groups`. */
    async counts(): Promise<readonly FindingCount[]> {
      const counts: FindingCount[] = []
      for (const { tenant, finding: id, origin } of groupsOf(undefined)) {
        counts.push({ tenant, id, origin, count: number.get(tenant, id, origin) ?? 0 })
        if (sharedSlices.isOver()) await sharedSlices.next()
      }
      return counts.filter(({ count }) => count > 0)
    },
    /** Groups all findings in steps, so other requests don't have to wait. */
    async groups(tenant?: string): Promise<readonly FindingGroup[]> {
      const groups: FindingGroup[] = []
      for (const group of groupsOf(tenant)) {
        const found = await sumsOf(group)
        const newest = evidence.all(group.tenant, group.finding, group.origin).map(toEvidence)
        // They may have been deleted in the meantime.
        if (newest.length === 0 || found.count === 0) continue
        const { finding: id, ...rest } = group
        const isInjected = ownOccurrence.get(group.tenant, id, group.origin) === undefined
        groups.push({ id, ...rest, ...found, ...(isInjected && { injected: true }), evidence: newest })
      }
      return groups.sort((one, other) => other.last - one.last)
    },
  }
}

/** Writes the table `findings`, within a transaction. A trigger deletes findings with their exchanges. */
export function createFindingWriter(db: Database) {
  const put = db.prepare<[number, string, string, string, number, string | null, string]>(
    'insert into findings (seq, finding, tenant, origin, at, subject, detail) values (?, ?, ?, ?, ?, ?, ?)',
  )
  const known = db.prepare<[string, string, string]>(
    'select 1 from findings where tenant = ? and finding = ? and origin = ? limit 1',
  )

  return {
    put(
      seq: number,
      tenant: string,
      origin: FindingOrigin,
      at: number,
      { id, subject, detail }: Finding,
    ): void {
      put.run(seq, id, tenant, origin, at, subject ?? null, detail)
    },
    /** Whether the tenant has this finding already, in requests of this origin. */
    exists: (tenant: string, origin: FindingOrigin, id: string): boolean =>
      known.get(tenant, id, origin) !== undefined,
  }
}
