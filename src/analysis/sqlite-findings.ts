import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { FindingTally } from './analysis.ts'
import type { Finding } from './finding.ts'

type Pair = { readonly tenant: string; readonly finding: string }
type Sums = {
  readonly count: number
  readonly subjects: number
  readonly first: number
  readonly last: number
}
type FindingRow = { readonly id: string; readonly subject: string | null; readonly detail: string }
type EvidenceRow = {
  readonly exchange: string
  readonly at: number
  readonly subject: string | null
  readonly detail: string
}

const shownEvidence = 5

/** The table `findings`. What adds to it runs inside a write; the journal deletes what it forgets. */
export function createSqliteFindings(db: Database) {
  const put = db.prepare<[number, string, string, number, string | null, string]>(
    'insert into findings (seq, finding, tenant, at, subject, detail) values (?, ?, ?, ?, ?, ?)',
  )
  const known = db.prepare<[string, string]>(
    'select 1 from findings where tenant = ? and finding = ? limit 1',
  )
  // Each from the one before it, by the index: there are few kinds, and may be many rows of each.
  const pairAfter = db.prepare<[string, string], Pair>(
    `select tenant, finding from findings where (tenant, finding) > (?, ?)
      order by tenant, finding limit 1`,
  )
  const sums = db.prepare<[string, string], Sums>(
    `select count(*) as count, count(distinct subject) as subjects, min(at) as first, max(at) as last
      from findings where tenant = ? and finding = ?`,
  )
  const evidence = db.prepare<[string, string], EvidenceRow>(
    `select exchanges.id as exchange, findings.at, subject, detail
      from findings join exchanges using (seq) where findings.tenant = ? and finding = ?
      order by seq desc, key desc limit ${shownEvidence}`,
  )

  const ofExchange = db.prepare<[string], FindingRow>(
    `select finding as id, subject, detail from findings
      where seq = (select seq from exchanges where id = ?) order by key`,
  )

  const pairsOf = (tenant: string | undefined): readonly Pair[] => {
    const pairs: Pair[] = []
    let pair = pairAfter.get(tenant ?? '', '')
    while (pair && (tenant === undefined || pair.tenant === tenant)) {
      pairs.push(pair)
      pair = pairAfter.get(pair.tenant, pair.finding)
    }
    return pairs
  }

  return {
    put(seq: number, tenant: string, at: number, { id, subject, detail }: Finding): void {
      put.run(seq, id, tenant, at, subject ?? null, detail)
    },
    /** Whether it was found at this tenant before. */
    knows: (tenant: string, id: string): boolean => known.get(tenant, id) !== undefined,
    /** What was found about one exchange, in the order of finding. */
    about: (exchange: string): readonly Finding[] =>
      ofExchange
        .all(exchange)
        .map(({ subject, ...rest }) => ({ ...rest, ...(subject !== null && { subject }) })),
    /** What was found, kind by kind, so that requests needn't wait for all of it. */
    async tallies(tenant?: string): Promise<readonly FindingTally[]> {
      const tallies: FindingTally[] = []
      for (const { tenant: owner, finding } of pairsOf(tenant)) {
        const found = sums.get(owner, finding)
        // It may have been forgotten since.
        if (found && found.count > 0) {
          const newest = evidence.all(owner, finding).map(evidenceOf)
          tallies.push({ id: finding, tenant: owner, ...found, evidence: newest })
        }
        await nextTurn()
      }
      return tallies.sort((one, other) => other.last - one.last)
    },
  }
}

const evidenceOf = ({ subject, ...rest }: EvidenceRow): FindingTally['evidence'][number] => ({
  ...rest,
  ...(subject !== null && { subject }),
})
