import type { EngineLog } from '../../domain/ports/engine.ts'
import type { Lane } from './connect.ts'
import { ConnectionLostError } from './connection.ts'
import { prepared } from './statement.ts'

type Readiness = {
  open(): Promise<void>
  /** A request may need a connection, so the next look checks whether one responds. */
  noteRequest(): void
  isReady(): boolean
  close(): void
}

type ReadinessOptions = {
  readonly lanes: readonly Lane[]
  /** One of those that write and one of those that read are checked at a time; none whose statements may take long. */
  readonly checked: readonly (readonly Lane[])[]
  readonly count: number
  readonly isServing: () => boolean
  readonly log: Pick<EngineLog, 'info' | 'warn'>
}

const check = prepared('select 1 as one')

/** Milliseconds. A look sends statements only after a request. TCP keepalive ends idle connections that are lost. */
const interval = 500
/** Milliseconds. Some statements and the transactions before them take seconds. */
const responseLimit = 10_000
/** Milliseconds. Statements are limited to 30 seconds: the other end has gone without closing the connection. */
const lostAfter = 40_000
/** Milliseconds. */
const openingLimit = 2000

/**
 * Keeps all connections of an instance open, and checks whether they respond. Requests whose connection is missing fail, although the
 * database responds to others: that of a role with a connection limit, or behind a pool that is too small.
 */
export function createReadiness({ lanes, checked, count, isServing, log }: ReadinessOptions): Readiness {
  let isComplete = false
  let openingSince: number | undefined
  let failure: unknown
  let reported: string | undefined
  let turn = 0
  let isNeeded = false
  const pending = new Map<Lane, number>()

  const missing = () => lanes.filter(lane => !lane.opened())

  const openMissing = async () => {
    const all = missing()
    // While there are no free connections, one attempt at a time suffices.
    const attempted = failure === undefined ? all : all.slice(0, 1)
    openingSince = performance.now()
    const results = await Promise.allSettled(attempted.map(lane => lane.connection()))
    openingSince = undefined
    failure = results.find(result => result.status === 'rejected')?.reason
    isComplete = missing().length === 0
    // After the first attempt that succeeds again, the next look opens the others.
    if (isServing() && (isComplete || failure !== undefined)) report()
  }

  const report = () => {
    const reason = failure instanceof Error ? failure.message : undefined
    if (reason !== undefined && reason !== reported) {
      const isPooled = lanes.some(lane => lane.opened()?.isPooled)
      const remedy = isPooled
        ? `Behind PgBouncer, default_pool_size has to be at least ${count} for each instance.`
        : failure instanceof ConnectionLostError
          ? ''
          : `An instance needs ${count} connections.`
      log.warn(
        `this instance is not ready: ${missing().length} of its connections to the database cannot be opened. ${reason} ${remedy}`.trim(),
      )
    }
    if (reason === undefined && reported !== undefined) {
      log.info(`all ${count} connections to the database are open: this instance is ready`)
    }
    reported = reason
  }

  const checkOne = (lane: Lane) => {
    const connection = lane.opened()
    if (!connection || pending.has(lane)) return
    pending.set(lane, performance.now())
    const end = () => pending.delete(lane)
    connection.query(check).then(end, end)
  }
  const slowerThan = (limit: number): readonly Lane[] => {
    const now = performance.now()
    return [...pending].flatMap(([lane, began]) => (now - began > limit ? [lane] : []))
  }

  const look = () => {
    for (const lane of slowerThan(lostAfter)) lane.reset()
    if (openingSince !== undefined || !isServing()) return
    // Those that were missing may have been opened by their use.
    if (missing().length > 0 || !isComplete) {
      void openMissing()
      return
    }
    if (!isNeeded && pending.size === 0) return
    isNeeded = false
    turn++
    for (const group of checked) {
      const lane = group[turn % group.length]
      if (lane) checkOne(lane)
    }
  }
  const timer = setInterval(look, interval).unref()

  return {
    open: openMissing,
    noteRequest() {
      isNeeded = true
    },
    isReady() {
      isNeeded = true
      const isOpening = openingSince !== undefined && performance.now() - openingSince > openingLimit
      return isComplete && !isOpening && slowerThan(responseLimit).length === 0
    },
    close: () => clearInterval(timer),
  }
}
