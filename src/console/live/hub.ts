import { clearInterval, setImmediate, setInterval } from 'node:timers'
import type { AnalysisEvent } from '../../domain/ports/analysis.ts'
import { getFindingKind } from '../../insight/analysis/diagnosis/diagnose.ts'
import type { ConsoleDeps } from '../deps.ts'
import { currentCycleState } from '../views/cycle.ts'
import { type LiveEvent, serializeEvent } from './event.ts'

/** Publishes events until the returned function is called. Called only while there are readers. */
type LiveSource = (publish: (event: LiveEvent) => void) => () => void

/** An event with its text in the stream format, which is serialized once for all readers. */
export type SerializedEvent = { readonly event: LiveEvent; readonly text: () => string }

/** The methods must not throw. */
export type LiveReader = {
  receive(events: readonly SerializedEvent[]): void
  heartbeat(): void
  end(): void
}

export type LiveHub = {
  publish(event: LiveEvent): void
  /** Returns a function that unsubscribes; undefined at the maximum number of readers. */
  subscribe(reader: LiveReader): (() => void) | undefined
  readerCount(): number
  close(): void
}

type LiveHubOptions = {
  readonly sources: readonly LiveSource[]
  readonly maxReaders?: number
  /** Milliseconds between heartbeats. */
  readonly heartbeat?: number
}

/**
 * Events of one turn of the event loop are serialized once and delivered together, so that readers do not slow down
 * provisioning clients. Without readers the hub does not listen to its sources.
 */
export function createLiveHub({ sources, maxReaders = 100, heartbeat = 15_000 }: LiveHubOptions): LiveHub {
  const readers = new Set<LiveReader>()
  let stops: readonly (() => void)[] = []
  let waiting: LiveEvent[] = []
  let closed = false

  const deliver = () => {
    const events = withoutDuplicates(waiting).map(serializeOnce)
    waiting = []
    for (const reader of readers) reader.receive(events)
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

function withoutDuplicates(events: readonly LiveEvent[]): readonly LiveEvent[] {
  const seen = new Set<string>()
  return events.filter(event => {
    if (event.kind !== 'changed') return true
    const text = `${event.what} ${event.tenant}`
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}

export const liveSources = (deps: ConsoleDeps): readonly LiveSource[] => [
  publish => deps.journal.subscribe(({ exchange }) => publish({ kind: 'exchange', exchange: exchange() })),
  analysisSource(deps),
  // A hit changes a fault, too.
  publish => deps.faults.subscribe(() => publish({ kind: 'changed', what: 'faults' })),
]

/** Publishes in the order of the events, although the state of a cycle has to be read. */
function analysisSource(deps: ConsoleDeps): LiveSource {
  return publish => {
    const publishAfter = async (previous: Promise<void>, event: AnalysisEvent) => {
      // A cycle whose state can't be read is left out: its next request causes another event.
      const live = await toLiveEvent(event, deps).catch(() => undefined)
      await previous
      if (live) publish(live)
    }
    let last = Promise.resolve()
    return deps.analysis.subscribe(event => {
      last = publishAfter(last, event)
    })
  }
}

async function toLiveEvent(event: AnalysisEvent, deps: ConsoleDeps): Promise<LiveEvent> {
  switch (event.kind) {
    case 'analyzed':
    case 'setup-step':
      return event
    case 'cycle':
      return { ...event, state: await currentCycleState(event.cycle, deps) }
    case 'finding': {
      const { at: _at, ...rest } = event
      const { title = event.finding.id, severity = 'note' } = getFindingKind(event.finding.id) ?? {}
      return { ...rest, title, severity }
    }
  }
}
