import { getFindingKind } from '../../analysis/diagnosis/diagnose.ts'
import type { AnalysisEvent } from '../../ports/analysis.ts'
import type { ConsoleDeps } from '../deps.ts'
import { currentCycleState } from '../views/cycle.ts'
import { type LiveEvent, serializeEvent } from './event.ts'

/** Where events come from: called while somebody reads; answers how to stop it. */
export type LiveSource = (tell: (event: LiveEvent) => void) => () => void

/** An event, and how it is worded for the wire, which is done once for all. */
export type SerializedEvent = { readonly event: LiveEvent; readonly text: () => string }

/** Somebody who reads along. Its methods must not throw. */
export type LiveReader = {
  /** What happened in one turn of the event loop. */
  receive(told: readonly SerializedEvent[]): void
  /** A sign of life is due. */
  heartbeat(): void
  /** No more will come. */
  end(): void
}

/** Hands events to all that read along. */
export type LiveHub = {
  publish(event: LiveEvent): void
  /** Answers how to leave; undefined when there are as many readers as may be. */
  subscribe(reader: LiveReader): (() => void) | undefined
  readerCount(): number
  /** Ends every reader, and lets none in. */
  close(): void
}

export type LiveHubOptions = {
  readonly sources: readonly LiveSource[]
  readonly maxReaders?: number
  /** Milliseconds between two signs of life. */
  readonly heartbeat?: number
}

/**
 * Events of one turn of the event loop are worded once and handed over together: clients that provision
 * thousands a second must not wait for those who watch. While nobody reads, nothing is listened to.
 */
export function createLiveHub({ sources, maxReaders = 100, heartbeat = 15_000 }: LiveHubOptions): LiveHub {
  const readers = new Set<LiveReader>()
  let stops: readonly (() => void)[] = []
  let waiting: LiveEvent[] = []
  let closed = false

  const deliver = () => {
    const told = withoutDuplicates(waiting).map(serializeOnce)
    waiting = []
    for (const reader of readers) reader.receive(told)
  }

  const publish = (event: LiveEvent) => {
    if (readers.size === 0) return
    if (waiting.length === 0) setImmediate(deliver)
    waiting.push(event)
  }

  const beat = () => {
    for (const reader of readers) reader.heartbeat()
  }

  const listen = () => {
    const timer = setInterval(beat, heartbeat).unref()
    stops = [() => clearInterval(timer), ...sources.map(source => source(publish))]
  }

  const stopListening = () => {
    for (const stop of stops) stop()
    stops = []
  }

  return {
    publish,
    subscribe(reader) {
      if (closed || readers.size >= maxReaders) return undefined
      if (readers.size === 0) listen()
      readers.add(reader)
      return () => {
        if (readers.delete(reader) && readers.size === 0) stopListening()
      }
    },
    readerCount: () => readers.size,
    close() {
      closed = true
      for (const reader of readers) reader.end()
      readers.clear()
      stopListening()
    },
  }
}

/** An event that is worded when somebody wants it, and once. */
export const serializeOnce = (event: LiveEvent): SerializedEvent => {
  let text: string | undefined
  return {
    event,
    text() {
      text ??= serializeEvent(event)
      return text
    },
  }
}

/** Many changes of one kind are one reason to look again. */
function withoutDuplicates(events: readonly LiveEvent[]): readonly LiveEvent[] {
  const told = new Set<string>()
  return events.filter(event => {
    if (event.kind !== 'changed') return true
    const text = `${event.what} ${event.tenant}`
    if (told.has(text)) return false
    told.add(text)
    return true
  })
}

/** All that streams of events tell of, beside what is changed from the console. */
export const liveSources = (deps: ConsoleDeps): readonly LiveSource[] => [
  tell => deps.journal.subscribe(exchange => tell({ kind: 'exchange', exchange })),
  tell => deps.analysis.subscribe(event => tell(toLiveEvent(event, deps))),
  // Those that strike change, too.
  tell => deps.faults.subscribe(() => tell({ kind: 'changed', what: 'faults' })),
]

function toLiveEvent(event: AnalysisEvent, deps: ConsoleDeps): LiveEvent {
  switch (event.kind) {
    case 'analyzed':
    case 'setup-step':
      return event
    case 'cycle':
      return { ...event, state: currentCycleState(event.cycle, deps) }
    case 'finding': {
      const { at: _at, ...rest } = event
      const { title = event.finding.id, severity = 'note' } = getFindingKind(event.finding.id) ?? {}
      return { ...rest, title, severity }
    }
  }
}
