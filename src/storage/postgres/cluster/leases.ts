import type { LeaseHeld, Leases } from '../../../domain/ports/leases.ts'
import { prepared, type Query } from '../statement.ts'
import { coalesce } from './coalesce.ts'
import type { Hints } from './hints.ts'
import type { ClusterTimes, Instance } from './instance.ts'
import type { Statements } from './statements.ts'

// A locked row is skipped: its holder is writing, or another instance is getting the lease.
const acquire = prepared(`
  with free as (
    select name from leases where name = $1 and (holder is null or holder = $2 or until < clock_timestamp())
    for update skip locked)
  update leases
  set holder = $2, number = number + 1, until = clock_timestamp() + $3::double precision * interval '1 ms'
  from free where leases.name = free.name
  returning leases.number`)
const create = prepared(`
  insert into leases (name, number, holder, until) values ($1, 0, null, '-infinity') on conflict (name) do nothing`)
// A server that lacks commits gives numbers again after a failover, so the holder is compared, too.
const isHeld = 'name = $1 and number = $2 and holder = $3'
const renew = prepared(`
  update leases set until = clock_timestamp() + $4::double precision * interval '1 ms' where ${isHeld} returning number`)
const release = prepared(`update leases set holder = null where ${isHeld}`)
const holds = prepared(`
  select number from leases
  where name = $1 and number = $2 and holder is not null and ($3::text is null or holder = $3) for key share`)

/**
 * Returns a row if the lease has not passed on, and keeps it until the end of the transaction; no row if it has. To be the first
 * query of a transaction that only the holder may commit. The holder can renew it meanwhile.
 */
export const leaseGuard = ({ name, number, holder }: LeaseHeld): Query => ({
  ...holds,
  values: [name, number, holder ?? null],
})

type LeasesOptions = {
  readonly instance: Pick<Instance, 'id' | 'isServing'>
  readonly statements: Statements
  readonly times: ClusterTimes
  readonly monotonic: () => number
  /** Makes other instances get what was released. */
  readonly hints: Pick<Hints, 'send'>
  /** Called when work fails. */
  readonly onError: (error: unknown) => void
}

export type ClusterLeases = Leases & {
  /** Gets leases that are free. */
  look(): void
  /** Begins all work again: what this instance knows of the leases, and what their work has read, may be lost. */
  restart(): void
  close(): Promise<void>
}

type Candidate = {
  readonly look: () => Promise<void>
  readonly restart: () => void
  readonly stop: () => Promise<void>
}

export function createLeases(options: LeasesOptions): ClusterLeases {
  const candidates = new Set<Candidate>()
  return {
    hold(name, work) {
      const candidate = createCandidate(options, name, work)
      candidates.add(candidate)
      candidate.look().catch(() => {})
      return () => {
        candidates.delete(candidate)
        return candidate.stop()
      }
    },
    look() {
      for (const { look } of candidates) look().catch(() => {})
    },
    restart() {
      for (const { restart } of candidates) restart()
    },
    async close() {
      const all = [...candidates]
      candidates.clear()
      await Promise.all(all.map(({ stop }) => stop()))
    },
  }
}

type Term = {
  readonly lease: LeaseHeld
  readonly end: AbortController
  readonly work: Promise<void>
  renewedAt: number
  timer: NodeJS.Timeout
}

function createCandidate(
  { instance, statements, times, monotonic, hints, onError }: LeasesOptions,
  name: string,
  work: Parameters<Leases['hold']>[1],
): Candidate {
  let term: Term | undefined
  let isCreated = false
  let isStopped = false
  let poll: NodeJS.Timeout | undefined

  /** The lease ends by the own clock no later than by its row: its time began before the statement that set it. */
  const endAfterLease = (began: number, end: AbortController) =>
    setTimeout(() => end.abort(), Math.max(0, began + times.lease - monotonic())).unref()

  const begin = async () => {
    if (!isCreated) await statements.query(create, [name])
    isCreated = true
    const began = monotonic()
    const [row] = await statements.query<{ readonly number: number }>(acquire, [
      name,
      instance.id,
      times.lease,
    ])
    if (!row) return
    const lease = { name, number: row.number, holder: instance.id }
    const end = new AbortController()
    const current: Term = {
      lease,
      end,
      work: run(lease, end),
      renewedAt: began,
      timer: endAfterLease(began, end),
    }
    term = current
  }

  /** Work that fails gives the lease up. */
  const run = async (lease: LeaseHeld, end: AbortController) => {
    try {
      await work(lease, end.signal)
    } catch (error) {
      if (!end.signal.aborted) onError(error)
      end.abort()
    }
  }

  const renewTerm = async (current: Term) => {
    const began = monotonic()
    const rows = await statements.query(renew, [name, current.lease.number, instance.id, times.lease])
    if (current.end.signal.aborted) return
    if (rows.length === 0) {
      current.end.abort()
      return
    }
    clearTimeout(current.timer)
    current.renewedAt = began
    current.timer = endAfterLease(began, current.end)
  }

  const finish = async (current: Term) => {
    clearTimeout(current.timer)
    current.end.abort()
    await current.work
    term = undefined
    // Without the database, the lease ends by itself.
    if (instance.isServing())
      await statements.query(release, [name, current.lease.number, instance.id]).catch(() => {})
  }

  const look = coalesce(async () => {
    if (term?.end.signal.aborted) await finish(term)
    if (isStopped) return
    if (!term) await begin()
    else if (monotonic() - term.renewedAt >= times.renewal) await renewTerm(term)
  })

  const lookAgain = () => {
    poll = setTimeout(async () => {
      await look().catch(() => {})
      if (!isStopped) lookAgain()
    }, times.renewal)
    poll.unref()
  }
  lookAgain()

  return {
    look,
    restart() {
      isCreated = false
      term?.end.abort()
      look().catch(() => {})
    },
    async stop() {
      isStopped = true
      clearTimeout(poll)
      // Gives up what a look under way may have got.
      term?.end.abort()
      await look().catch(() => {})
      if (term) await finish(term)
      hints.send('leases')
    },
  }
}
