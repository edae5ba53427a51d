import { eventText, type LiveEvent } from './live-event.ts'

/** Where events come from: called while somebody reads; answers how to stop it. */
export type LiveSource = (tell: (event: LiveEvent) => void) => () => void

/** An event, and how it is worded for the wire, which is done once for all. */
export type Told = { readonly event: LiveEvent; readonly text: () => string }

/** Somebody who reads along. Its methods must not throw. */
export type LiveReader = {
  /** What happened in one turn of the event loop. */
  take(told: readonly Told[]): void
  /** A sign of life is due. */
  beat(): void
  /** No more will come. */
  end(): void
}

/** Hands events to all that read along. */
export type Live = {
  tell(event: LiveEvent): void
  /** Answers how to leave; undefined when there are as many readers as may be. */
  join(reader: LiveReader): (() => void) | undefined
  readers(): number
  /** Ends every reader, and lets none in. */
  close(): void
}

export type LiveOptions = {
  readonly sources: readonly LiveSource[]
  readonly most?: number
  /** Milliseconds between two signs of life. */
  readonly heartbeat?: number
}

/**
 * Events of one turn of the event loop are worded once and handed over together: clients that provision
 * thousands a second must not wait for those who watch. While nobody reads, nothing is listened to.
 */
export function createLive({ sources, most = 100, heartbeat = 15_000 }: LiveOptions): Live {
  const readers = new Set<LiveReader>()
  let stops: readonly (() => void)[] = []
  let waiting: LiveEvent[] = []
  let closed = false

  const deliver = () => {
    const told = withoutRepeated(waiting).map(toldOnce)
    waiting = []
    for (const reader of readers) reader.take(told)
  }

  const tell = (event: LiveEvent) => {
    if (readers.size === 0) return
    if (waiting.length === 0) setImmediate(deliver)
    waiting.push(event)
  }

  const beat = () => {
    for (const reader of readers) reader.beat()
  }

  const listen = () => {
    const timer = setInterval(beat, heartbeat).unref()
    stops = [() => clearInterval(timer), ...sources.map(source => source(tell))]
  }

  const stopListening = () => {
    for (const stop of stops) stop()
    stops = []
  }

  return {
    tell,
    join(reader) {
      if (closed || readers.size >= most) return undefined
      if (readers.size === 0) listen()
      readers.add(reader)
      return () => {
        if (readers.delete(reader) && readers.size === 0) stopListening()
      }
    },
    readers: () => readers.size,
    close() {
      closed = true
      for (const reader of readers) reader.end()
      readers.clear()
      stopListening()
    },
  }
}

/** An event that is worded when somebody wants it, and once. */
export const toldOnce = (event: LiveEvent): Told => {
  let text: string | undefined
  return {
    event,
    text() {
      text ??= eventText(event)
      return text
    },
  }
}

/** Many changes of one kind are one reason to look again. */
function withoutRepeated(events: readonly LiveEvent[]): readonly LiveEvent[] {
  const told = new Set<string>()
  return events.filter(event => {
    if (event.kind !== 'changed') return true
    const text = `${event.what} ${event.tenant}`
    if (told.has(text)) return false
    told.add(text)
    return true
  })
}
