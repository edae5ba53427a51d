import type { Leader, Term } from '../../../domain/ports/leader.ts'
import type { Statements } from '../connect.ts'
import { prepared, type Query } from '../statement.ts'
import { coalesce, type Hints } from './hints.ts'

/**
 * The rows of `leases`. The leader holds all of them: earlier releases have one lease for each work, and their instances get none
 * while there is a leader, nor does one of this release become the leader while they hold any.
 */
export const leaseNames = ['leader', 'analysis', 'housekeeping', 'removed-tenants', 'text-index', 'webhooks']

/** The holder of leases after the table was emptied: an instance that led before may still do so. */
export const unknownHolder = 'unknown'

// A locked row is skipped: its holder is writing, or another instance is becoming the leader.
const acquire = prepared(`
  with free as (
    select name from leases where holder is null or holder = $1 or until < clock_timestamp()
    order by name for update skip locked)
  update leases
  set holder = $1, number = number + 1, until = clock_timestamp() + $2::double precision * interval '1 ms'
  from free where leases.name = free.name and (select count(*) from free) = (select count(*) from leases)
  returning leases.name, leases.number`)
const release = prepared('update leases set holder = null where holder = $1')
// A server that lacks commits gives numbers again after a failover, so the holder is compared, too.
const isLeading = prepared(`
  select number from leases
  where name = 'leader' and number = $1 and holder is not null and ($2::text is null or holder = $2) for key share`)

/**
 * Returns a row if the term is not over, and keeps it from ending until the end of the transaction; no row if it is. To be the first
 * query of a transaction that only the leader may commit. The leader can renew its lease meanwhile.
 */
export const leaderGuard = ({ number, holder }: Term): Query => ({
  ...isLeading,
  values: [number, holder ?? null],
})

type LeaderOptions = {
  readonly instance: { readonly id: string; isServing(): boolean }
  readonly statements: Statements
  /** Milliseconds. */
  readonly times: { readonly lease: number }
  readonly monotonic: () => number
  readonly hints: Pick<Hints, 'send'>
  readonly onError: (error: unknown) => void
}

type Renewal = {
  readonly term: number
  readonly isLeading: boolean
  readonly isFree: boolean
  /** When the statement began, by the own clock. */
  readonly began: number
}

export type ClusterLeader = Leader & {
  term(): number
  renewed(renewal: Renewal): void
  look(): void
  /** Ends the term: the database may lack its lease, and what the work has read. */
  restart(): void
  close(): Promise<void>
}

type Work = Parameters<Leader['lead']>[0]
type Running = { readonly end: AbortController; readonly ended: Promise<void> }
type CurrentTerm = {
  readonly number: number
  readonly end: AbortController
  readonly running: Map<Work, Running>
  timer: NodeJS.Timeout
}

export function createLeader({
  instance,
  statements,
  times,
  monotonic,
  hints,
  onError,
}: LeaderOptions): ClusterLeader {
  const works = new Set<Work>()
  let current: CurrentTerm | undefined
  let isClosed = false

  const endAfterLease = (began: number, end: AbortController) =>
    setTimeout(() => end.abort(), Math.max(0, began + times.lease - monotonic())).unref()

  const run = async (work: Work, term: CurrentTerm, signal: AbortSignal) => {
    try {
      await work({ number: term.number, holder: instance.id }, signal)
    } catch (error) {
      if (signal.aborted) return
      onError(error)
      term.end.abort()
    }
  }
  const start = (work: Work, term: CurrentTerm) => {
    const end = new AbortController()
    term.end.signal.addEventListener('abort', () => end.abort(), { once: true })
    term.running.set(work, { end, ended: run(work, term, end.signal) })
  }

  const begin = async () => {
    if (!instance.isServing()) return
    const began = monotonic()
    const rows = await statements.query<{ readonly name: string; readonly number: number }>(acquire, [
      instance.id,
      times.lease,
    ])
    const number = rows.find(({ name }) => name === 'leader')?.number
    if (number === undefined) return
    const end = new AbortController()
    current = { number, end, running: new Map(), timer: endAfterLease(began, end) }
    for (const work of works) start(work, current)
  }

  const finish = async (term: CurrentTerm) => {
    clearTimeout(term.timer)
    term.end.abort()
    await Promise.all([...term.running.values()].map(({ ended }) => ended))
    current = undefined
    // Without the database, the lease ends by itself.
    if (instance.isServing()) await statements.query(release, [instance.id]).catch(() => {})
  }

  const look = coalesce(async () => {
    const isOver = current?.end.signal.aborted === true || works.size === 0 || isClosed
    if (current && isOver) {
      await finish(current)
      if (works.size === 0 || isClosed) hints.send('leases')
    }
    if (!current && works.size > 0 && !isClosed) await begin()
  })
  const lookSoon = () => {
    look().catch(() => {})
  }

  return {
    lead(work) {
      // The same function may be given twice.
      const own: Work = (term, signal) => work(term, signal)
      works.add(own)
      if (current && !current.end.signal.aborted) start(own, current)
      else lookSoon()
      return async () => {
        works.delete(own)
        const running = current?.running.get(own)
        running?.end.abort()
        await running?.ended
        current?.running.delete(own)
        // Gives up what a look under way may have got.
        if (works.size === 0) await look().catch(() => {})
      }
    },
    term: () => (current && !current.end.signal.aborted ? current.number : -1),
    renewed({ term, isLeading, isFree, began }) {
      if (current && current.number === term) {
        if (isLeading) {
          clearTimeout(current.timer)
          current.timer = endAfterLease(began, current.end)
        } else current.end.abort()
      }
      if (current ? current.end.signal.aborted : isFree) lookSoon()
    },
    look: lookSoon,
    restart() {
      current?.end.abort()
      lookSoon()
    },
    async close() {
      isClosed = true
      current?.end.abort()
      await look().catch(() => {})
    },
  }
}
