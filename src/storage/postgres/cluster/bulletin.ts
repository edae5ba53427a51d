import { prepared } from '../statement.ts'
import { coalesce } from './coalesce.ts'
import type { Hints } from './hints.ts'
import type { Statements } from './statements.ts'

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
