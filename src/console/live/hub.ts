import { clearInterval, setImmediate, setInterval } from 'node:timers'
import type { FastifyInstance } from 'fastify'
import type { LiveEventData } from '../../domain/contract/events.ts'
import type { Change } from '../../domain/contract/operation.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type {
  AnalysisEvent,
  Cycle,
  Finding,
  FindingKind,
  FindingOrigin,
  SetupStep,
} from '../../domain/ports/analysis.ts'
import type { CycleState } from '../../insight/analysis/cycles.ts'
import { getFindingKind } from '../../insight/analysis/diagnosis/diagnose.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { currentCycleState, viewCycle } from '../views/cycle.ts'
import { viewExchange, viewNotes } from '../views/exchange.ts'

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

type ConsoleChange = {
  readonly what: Change
  readonly tenant?: string
}

const tenantParameter = (part: unknown): string | undefined => {
  const name = typeof part === 'object' && part !== null && 'tenant' in part ? part.tenant : undefined
  return typeof name === 'string' ? name : undefined
}

const isPreview = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'preview' in body && body.preview === true

export function announceChanges(app: FastifyInstance, publish: (change: ConsoleChange) => void): void {
  app.addHook('onResponse', async ({ routeOptions, params, body }, { statusCode }) => {
    const what = routeOptions.config.changes
    if (what === undefined || statusCode >= 300 || isPreview(body)) return
    const tenant = tenantParameter(params) ?? tenantParameter(body)
    publish({ what, ...compact({ tenant }) })
  })
}

export type LiveEvent =
  | { readonly kind: 'hello'; readonly version: string; readonly at: string }
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  | { readonly kind: 'analyzed'; readonly items: readonly Exchange[] }
  | { readonly kind: 'cycle'; readonly cycle: Cycle; readonly state: CycleState }
  | {
      readonly kind: 'finding'
      readonly tenant: string
      readonly exchange: string
      readonly finding: Finding
      readonly origin: FindingOrigin
      readonly title: string
      readonly severity: FindingKind['severity']
    }
  | { readonly kind: 'setup-step'; readonly tenant: string; readonly step: SetupStep }
  | ({ readonly kind: 'changed' } & ConsoleChange)
  | { readonly kind: 'gap' }

/** An event in the stream format (HTML Living Standard §9.2). JSON contains no line breaks. */
export const serializeEvent = (event: LiveEvent): string =>
  `event: ${event.kind}\n${event.kind === 'exchange' ? `id: ${event.exchange.id}\n` : ''}data: ${JSON.stringify(eventData(event))}\n\n`

function eventData(event: LiveEvent): LiveEventData[keyof LiveEventData] {
  switch (event.kind) {
    case 'hello':
      return { version: event.version, at: event.at } satisfies LiveEventData['hello']
    case 'exchange':
      return viewExchange(event.exchange) satisfies LiveEventData['exchange']
    case 'analyzed':
      return { items: event.items.map(viewAnalysis) } satisfies LiveEventData['analyzed']
    case 'cycle':
      return viewCycle(event.cycle, event.state) satisfies LiveEventData['cycle']
    case 'finding': {
      const { kind: _kind, finding, ...rest } = event
      return { ...rest, id: finding.id, subject: finding.subject } satisfies LiveEventData['finding']
    }
    case 'setup-step':
      return { tenant: event.tenant, step: event.step.id } satisfies LiveEventData['setup-step']
    case 'changed': {
      const { kind: _kind, ...change } = event
      return change satisfies LiveEventData['changed']
    }
    case 'gap':
      return {} satisfies LiveEventData['gap']
  }
}

const viewAnalysis = ({ id, notes }: Exchange) => ({ id, ...viewNotes(notes) })

/** A comment, which clients ignore; it keeps proxies from closing an idle connection. */
export const heartbeatText = ': still here\n\n'
