import { hash } from 'node:crypto'
import { whenAborted } from '../../../domain/ports/leader.ts'
import type { Statements } from '../connect.ts'
import { type Connection, type DatabaseLocation, openConnection } from '../connection.ts'
import { prepared } from '../statement.ts'

export type HintTopic = (typeof topics)[number]

const topics = ['rows', 'leases', 'events', 'journal', 'deliveries', 'uses', 'chores', 'written'] as const

/**
 * Notifications that make the other instances look for news at once, instead of after the next renewal of their lease. Any of them
 * may be lost.
 */
export type Hints = {
  send(topic: HintTopic): void
  receive(topic: HintTopic): void
  isConnected(): boolean
  /** The listener is also called when hints may have been lost. Returns a function that unsubscribes. */
  subscribe(topic: HintTopic, listener: () => void): () => void
  close(): Promise<void>
}

type HintsOptions = {
  readonly location: DatabaseLocation
  readonly instance: string
  /** Sends the notifications. Not inside transactions that write: their commits would wait for each other. */
  readonly statements: Statements
  /** False for poolers that do not pass notifications on. */
  readonly isListening: boolean
}

/** The maximum number of notifications of an instance per second. Each delays the commits of notifications by others. */
const maxPerSecond = 20
/** Milliseconds until the connection is opened again after it was lost. */
const retryDelay = 500

/** One channel for each schema, with a name that needs no quotes and fits in an identifier. */
const channelOf = ({ schema = 'public' }: DatabaseLocation) =>
  `scimulator_${hash('sha256', schema, 'hex').slice(0, 16)}`

const notify = prepared('select pg_notify($1, $2)')

export function createHints({ location, instance, statements, isListening }: HintsOptions): Hints {
  const channel = channelOf(location)
  const listeners = new Map(topics.map(topic => [topic, new Set<() => void>()] as const))
  const receive = (topic: HintTopic) => {
    for (const listener of listeners.get(topic) ?? []) listener()
  }
  const receiveAll = () => topics.forEach(receive)
  const onNotification = (payload: string) => {
    const [sender, ...sent] = payload.split(' ')
    if (sender !== instance) topics.filter(topic => sent.includes(topic)).forEach(receive)
  }
  const listening = isListening
    ? listen(location, channel, { onNotification, onConnected: receiveAll })
    : { isConnected: () => false, stop: async () => {} }

  const waiting = new Set<HintTopic>()
  const sentAt: number[] = []
  let timer: NodeJS.Timeout | undefined

  const sendWaiting = async () => {
    timer = undefined
    const payload = [instance, ...waiting].join(' ')
    waiting.clear()
    sentAt.push(performance.now())
    if (sentAt.length > maxPerSecond) sentAt.shift()
    // A lost hint delays the others until they poll.
    await statements.query(notify, [channel, payload]).catch(() => {})
  }
  const delay = () => {
    const [oldest = 0] = sentAt
    return sentAt.length < maxPerSecond ? 0 : Math.max(0, oldest + 1000 - performance.now())
  }

  return {
    send(topic) {
      waiting.add(topic)
      timer ??= setTimeout(sendWaiting, delay()).unref()
    },
    receive,
    isConnected: listening.isConnected,
    subscribe(topic, listener) {
      listeners.get(topic)?.add(listener)
      return () => {
        listeners.get(topic)?.delete(listener)
      }
    },
    async close() {
      clearTimeout(timer)
      if (timer) await sendWaiting()
      await listening.stop()
    },
  }
}

export async function atHints(
  subscribe: (listener: () => void) => () => void,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  const aborted = whenAborted(signal)
  let news = Promise.withResolvers<void>()
  const wake = () => news.resolve()
  const unsubscribe = subscribe(wake)
  signal.addEventListener('abort', wake, { once: true })
  while (!signal.aborted) {
    news = Promise.withResolvers()
    // The next term doesn't wait for work that can't be interrupted: its writes name their term, or may be repeated.
    await Promise.race([work(), aborted])
    if (!signal.aborted) await news.promise
  }
  unsubscribe()
}

type ListenOptions = {
  readonly onNotification: (payload: string) => void
  readonly onConnected: () => void
}

function listen(
  location: DatabaseLocation,
  channel: string,
  { onNotification, onConnected }: ListenOptions,
): { readonly isConnected: () => boolean; readonly stop: () => Promise<void> } {
  let isClosed = false
  let isConnected = false
  let timer: NodeJS.Timeout | undefined
  let current: Promise<void> | undefined
  let connection: Connection | undefined

  const retry = () => {
    connection = undefined
    isConnected = false
    if (isClosed) return
    clearTimeout(timer)
    timer = setTimeout(start, retryDelay)
    timer.unref()
  }
  const open = async () => {
    try {
      connection = await openConnection(location, { onNotification, onEnd: retry })
      await connection.execute(`listen ${channel}`)
      isConnected = !connection.hasEnded()
      onConnected()
    } catch {
      await connection?.close().catch(() => {})
      retry()
    }
  }
  const start = () => {
    current = open()
  }

  start()
  return {
    isConnected: () => isConnected,
    async stop() {
      isClosed = true
      clearTimeout(timer)
      await current
      await connection?.close()
    },
  }
}

export type Bulletin<Event> = {
  /** The event may be lost. */
  publish(event: Event): void
  /** Receives the events of the other instances. Listeners must not throw. Returns a function that unsubscribes. */
  subscribe(listener: (event: Event) => void): () => void
  look(): Promise<void>
  readUntil(): number | undefined
  renewed(hasEvents: boolean, now: number): void
  close(): Promise<void>
}

const insert = prepared(`
  insert into bulletin (instance, event) select $1, event::jsonb from unnest($2::text[]) with ordinality as events (event, nth)
  order by nth`)
const removeOld = prepared(`delete from bulletin where at < clock_timestamp() - interval '1 minute'`)
// Transactions commit in another order than that of their ids, so the last seconds are read again.
const readSince = prepared(`
  select id, event, extract(epoch from at) * 1000 as at from bulletin
  where instance <> $1 and at > to_timestamp($2::double precision / 1000)
  order by id`)

/** Milliseconds. */
const overlap = 5000
const retention = 60_000

type BulletinRow<Event> = { readonly id: number; readonly event: Event; readonly at: number }

type BulletinOptions = {
  readonly instance: { readonly id: string; now(): number; isServing(): boolean }
  readonly statements: Statements
  readonly hints: Pick<Hints, 'send'>
}

export function createBulletin<Event>({ instance, statements, hints }: BulletinOptions): Bulletin<Event> {
  const listeners = new Set<(event: Event) => void>()
  /** The times of the events that were passed on. After a failover, ids may be given again. */
  const passedOn = new Map<string, number>()
  let waiting: Event[] = []
  let since: number | undefined
  let removedAt = Number.NEGATIVE_INFINITY

  const send = coalesce(async () => {
    const events = waiting
    waiting = []
    if (events.length === 0) return
    await statements.query(insert, [instance.id, events.map(event => JSON.stringify(event))])
    hints.send('events')
    if (instance.now() - removedAt < retention) return
    removedAt = instance.now()
    await statements.query(removeOld)
  })

  const look = coalesce(async () => {
    const now = instance.now()
    since ??= now
    const rows = await statements.query<BulletinRow<Event>>(readSince, [instance.id, since])
    since = Math.max(since, now - overlap)
    for (const { id, event, at } of rows) {
      const key = `${id} ${at}`
      if (passedOn.has(key)) continue
      passedOn.set(key, at)
      for (const listener of listeners) listener(event)
    }
    for (const [key, at] of passedOn) if (at <= since) passedOn.delete(key)
  })

  return {
    publish(event) {
      waiting.push(event)
      // All of this turn of the event loop share a statement.
      if (waiting.length === 1) setImmediate(() => send().catch(() => {}))
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    look,
    readUntil: () => since,
    renewed(hasEvents, now) {
      // The next renewal tries again.
      if (hasEvents) look().catch(() => {})
      else if (since !== undefined) since = Math.max(since, now - overlap)
    },
    async close() {
      if (instance.isServing()) await send().catch(() => {})
    },
  }
}

/**
 * Runs a job as often as it is requested, once at a time. Requests during a run share the next one, so what happened before a
 * request is seen by the run that its promise waits for.
 */
export function coalesce(job: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  const start = () => {
    const run = job().finally(() => {
      if (running === run) running = undefined
    })
    running = run
    return run
  }

  return () => {
    if (!running && !next) return start()
    next ??= Promise.resolve(running)
      .catch(() => {})
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}
