import type { Leases } from '../../ports/leases.ts'
import type { Connection, DatabaseLocation } from '../connection.ts'
import { prepared } from '../statement.ts'
import { type Bulletin, createBulletin } from './bulletin.ts'
import { createRegister, type HeldRows } from './held-rows.ts'
import { createHints } from './hints.ts'
import { type ClusterTimes, createInstance, defaultTimes } from './instance.ts'
import { createLeases } from './leases.ts'
import { openStatements, openTransactions, type Statements } from './statements.ts'

type ClusterOptions = {
  /** False where notifications do not arrive: instances find changes by polling alone. */
  readonly isListening?: boolean
  readonly times?: ClusterTimes
  /** Milliseconds since any moment. */
  readonly monotonic?: () => number
  /** Called when work that needed a lease fails. */
  readonly onError?: (error: unknown) => void
}

/** What happened in one instance, for the clients of the others. */
export type ClusterEvent = { readonly kind: string }

/** A change of held rows. It gives them the number `epoch`. Nothing is changed if it returns undefined. */
type Change<Result> = (connection: Connection, epoch: number) => Promise<Result | undefined>

/** The instances over one database, seen from one of them. */
export type Cluster = {
  /** The id of this instance. */
  readonly instance: string
  /** Holds the rows of a table in memory from `join` on. */
  hold<Row>(rows: HeldRows<Row>): void
  /** Reads the held rows, and begins to serve requests. Throws `DatabaseError`. */
  join(): Promise<void>
  /** Whether this instance holds what was acknowledged. Without the database, that ends after two seconds. */
  isServing(): boolean
  /** Milliseconds since 1970, by the clock that all instances share. */
  now(): number
  /**
   * Changes held rows. Changes of all instances run one after another. Resolves once every instance that serves requests holds
   * the changed rows.
   */
  change<Result>(work: Change<Result>): Promise<Result | undefined>
  /** Reads what other instances have changed. They are read at intervals anyway. */
  look(): Promise<void>
  readonly leases: Leases
  readonly bulletin: Bulletin<ClusterEvent>
  /** Single statements, which may wait for those of other instances. */
  readonly statements: Statements
  close(): Promise<void>
  /** Stops as if the process was killed. For tests. */
  abandon(): Promise<void>
}

/** Milliseconds that a statement waits for those of other instances: longer than the time limit for locks. */
const waitLimit = 10_000

/** Locks the row, so changes commit in the order of their numbers. */
const nextEpoch = prepared('update epochs set n = n + 1 returning n')
const forgetRemovals = prepared('delete from removals where epoch <= $1')

export function createCluster(
  location: DatabaseLocation,
  {
    isListening = true,
    times = defaultTimes,
    monotonic = () => performance.now(),
    onError = () => {},
  }: ClusterOptions = {},
): Cluster {
  // None of the first ones waits for another instance, so the lease is always renewed.
  const control = openStatements(location, times.lease)
  const statements = openStatements(location, waitLimit)
  const transactions = openTransactions(location)
  const register = createRegister(control)
  const instance = createInstance({ statements: control, register, times, monotonic })
  const sendHint = () => hints.send()
  const leases = createLeases({ instance, statements: control, times, monotonic, sendHint, onError })
  const bulletin = createBulletin<ClusterEvent>({ instance, statements, sendHint })
  let hasJoined = false
  const hints = createHints({
    location,
    statements: control,
    isListening,
    onHint() {
      leases.look()
      if (!hasJoined) return
      instance.look().catch(() => {})
      bulletin.look().catch(() => {})
    },
  })
  const bulletinTimer = setInterval(() => {
    if (hasJoined) bulletin.look().catch(() => {})
  }, 2 * times.poll).unref()

  const closeConnections = async () => {
    clearInterval(bulletinTimer)
    await hints.close()
    await Promise.all([control.close(), statements.close(), transactions.close()])
  }

  return {
    instance: instance.id,
    hold: register.add,
    async join() {
      await instance.join()
      await bulletin.look()
      hasJoined = true
    },
    isServing: instance.isServing,
    now: instance.now,
    async change<Result>(work: Change<Result>) {
      const done = await transactions.run(async connection => {
        const [row] = await connection.query<{ readonly n: number }>(nextEpoch)
        if (!row) throw new Error('The table epochs is empty.')
        const result = await work(connection, row.n)
        return result === undefined ? undefined : { result, epoch: row.n }
      })
      if (!done) return undefined
      hints.send()
      await instance.look()
      await instance.everyoneHasSeen(done.epoch)
      // Instances that come later read all rows.
      statements.query(forgetRemovals, [done.epoch]).catch(() => {})
      return done.result
    },
    look: instance.look,
    leases,
    bulletin,
    statements,
    async close() {
      await leases.close()
      await bulletin.close()
      await instance.leave()
      await closeConnections()
    },
    async abandon() {
      instance.abandon()
      await closeConnections()
    },
  }
}
