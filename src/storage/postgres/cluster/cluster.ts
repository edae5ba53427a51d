import type { Leader } from '../../../domain/ports/leader.ts'
import { createLane, createSerialLane, type Lane, openStatements, type Statements } from '../connect.ts'
import { type Connection, type DatabaseLocation, openConnection } from '../connection.ts'
import { newestMigration } from '../migrations.ts'
import { createRegister, type Epoch, forgetBefore, type HeldRows, takeEpoch } from './held-rows.ts'
import { type Bulletin, createBulletin, createHints, type Hints } from './hints.ts'
import { type ClusterTimes, createInstance, defaultTimes } from './instance.ts'
import { createLeader } from './leader.ts'

type ClusterOptions = {
  /** False where notifications do not arrive: instances find changes by polling alone. */
  readonly isListening?: boolean
  readonly times?: ClusterTimes
  readonly migration?: string
  /** Milliseconds since any moment. */
  readonly monotonic?: () => number
  /** Called when work of the leader fails, and when rows cannot be held, so that this instance cannot serve. */
  readonly onError?: (error: unknown) => void
  readonly onOutage?: () => void
}

export type ClusterEvent = { readonly kind: string }

type WrittenJournal = {
  flush(): Promise<void>
  /** Exchanges with an earlier time are written. Milliseconds since 1970. */
  writtenUntil(): number
}

/** Returns undefined if nothing changed. `epoch` is the number that changed rows get. */
type Change<Result> = (connection: Connection, epoch: number) => Promise<Result | undefined>

export type Cluster = {
  readonly instance: string
  /** The rows are held from `join` on. */
  hold<Row>(rows: HeldRows<Row>): void
  /** Throws `DatabaseError`. */
  join(): Promise<void>
  isServing(): boolean
  /** Milliseconds since 1970, by the clock that all instances share. */
  now(): number
  /** How far `now` may be off, in milliseconds. */
  clockError(): number
  reportWritten(journal: WrittenJournal): void
  /**
   * Changes held rows in a transaction. `lock` runs first. From then on, changes of all instances run one after another. Resolves
   * once every instance that serves requests holds the changed rows.
   */
  change<Result>(
    work: Change<Result>,
    lock?: (connection: Connection) => Promise<unknown>,
  ): Promise<Result | undefined>
  /**
   * A change in another transaction, for the end of one that takes long: changes of all instances wait until it commits. After
   * the commit, `acknowledge` waits until every instance that serves requests holds the changed rows. It throws
   * `ConnectionLostError` if the database has lost the change in a failover.
   */
  nextEpoch(connection: Connection): Promise<Epoch>
  acknowledge(epoch: Epoch): Promise<void>
  look(): Promise<void>
  /**
   * Adds a listener for failovers and restarts of the database: it may lack commits of the last moments that this instance knows.
   * Held rows were read again by then. Whatever else is held in memory has to be.
   */
  onLostCommits(listener: () => void): void
  readonly leader: Leader
  readonly bulletin: Bulletin<ClusterEvent>
  readonly hints: Pick<Hints, 'send' | 'subscribe' | 'isConnected'>
  readonly statements: Statements
  readonly lanes: readonly Lane[]
  databaseName(): Promise<string>
  reset(): void
  close(): Promise<void>
}

/** Milliseconds that a statement waits for those of other instances: longer than the time limit for locks. */
const waitLimit = 10_000

export function createCluster(
  location: DatabaseLocation,
  {
    isListening = true,
    times = defaultTimes,
    migration = newestMigration(),
    monotonic = () => performance.now(),
    onError = () => {},
    onOutage = () => {},
  }: ClusterOptions = {},
): Cluster {
  // None of the first ones takes long or waits for another instance, so the lease is always renewed.
  const control = openStatements(location, times.lease)
  const statements = openStatements(location, waitLimit)
  const transactions = createSerialLane(createLane(() => openConnection(location)))
  const register = createRegister(statements)
  const lostCommitsListeners: (() => void)[] = []
  const instance = createInstance({
    statements: control,
    register,
    leader: {
      term: () => leader.term(),
      renewed: renewal => leader.renewed(renewal),
      restart: () => leader.restart(),
      look: () => leader.look(),
    },
    bulletin: {
      readUntil: () => bulletin.readUntil(),
      renewed: (hasEvents, now) => bulletin.renewed(hasEvents, now),
    },
    onNews: topic => hints.receive(topic),
    isHinted: () => hints.isConnected(),
    times,
    migration,
    monotonic,
    onError,
    onOutage() {
      transactions.reset()
      onOutage()
    },
    onLostCommits() {
      // Connections to a server that is gone may get no response, and no end either.
      transactions.reset()
      statements.lane.reset()
      leader.restart()
      for (const listener of lostCommitsListeners) listener()
    },
  })
  const hints = createHints({ location, instance: instance.id, statements: control, isListening })
  const leader = createLeader({ instance, statements: control, times, monotonic, hints, onError })
  const bulletin = createBulletin<ClusterEvent>({ instance, statements, hints })

  let hasJoined = false
  const readEvents = () => {
    // The next renewal finds them.
    if (hasJoined) bulletin.look().catch(() => {})
  }
  hints.subscribe('leases', leader.look)
  hints.subscribe('events', readEvents)
  hints.subscribe('rows', () => {
    if (hasJoined) void instance.lookOrReport()
  })

  const acknowledge = async (epoch: Epoch) => {
    hints.send('rows')
    await instance.look()
    await instance.everyoneHasSeen(epoch)
    // Instances that come later read all rows.
    forgetBefore(statements, epoch).catch(() => {})
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
    clockError: instance.clockError,
    reportWritten({ flush, writtenUntil }) {
      instance.reportWritten(writtenUntil)
      hints.subscribe('written', async () => {
        await flush().catch(() => {})
        if (hasJoined) await instance.renewNow()
      })
    },
    async change<Result>(work: Change<Result>, lock?: (connection: Connection) => Promise<unknown>) {
      const { result, epoch } = await transactions.transaction(async connection => {
        await lock?.(connection)
        const epoch = await takeEpoch(connection)
        return { result: await work(connection, epoch.number), epoch }
      })
      if (result !== undefined) await acknowledge(epoch)
      return result
    },
    nextEpoch: takeEpoch,
    acknowledge,
    look: instance.look,
    onLostCommits: listener => void lostCommitsListeners.push(listener),
    leader,
    bulletin,
    hints,
    statements,
    lanes: [control.lane, statements.lane, transactions.lane],
    databaseName: async () => (await control.lane.connection()).name,
    reset: transactions.reset,
    async close() {
      await leader.close()
      await bulletin.close()
      await Promise.all([instance.leave(), hints.close()])
      await Promise.all([control.close(), statements.close(), transactions.close()])
    },
  }
}
