import type { ServerResponse } from 'node:http'
import type { Exchange } from '../../domain/journal/exchange.ts'
import { createMatcher, needsNotes } from '../../domain/journal/search/matches.ts'
import { isFieldTerm, type Search } from '../../domain/journal/search/parse.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import { compact } from '../../scim/json.ts'
import { heartbeatText, type LiveReader, type SerializedEvent, serializeEvent, serializeOnce } from './hub.ts'

const maxMissed = 1000
const missedPageSize = 200

/** Oldest first. Undefined if the journal no longer has the exchange, or if there are too many to send. */
export async function readMissed(
  journal: Pick<Journal, 'page'>,
  id: string,
  search: Search,
): Promise<readonly Exchange[] | undefined> {
  const bodies = search.every(isFieldTerm) ? 'errors' : 'all'
  const missed: Exchange[] = []
  let cursor: string | undefined
  do {
    const page = await journal.page({ limit: missedPageSize, bodies, ...compact({ cursor }) })
    const known = page.items.findIndex(exchange => exchange.id === id)
    missed.push(...page.items.slice(0, known < 0 ? undefined : known))
    if (known >= 0) return missed.length <= maxMissed ? missed.reverse() : undefined
    cursor = page.next
  } while (cursor !== undefined && missed.length < maxMissed)
  return undefined
}

type Selection = (event: SerializedEvent) => readonly SerializedEvent[]

type SelectionOptions = {
  readonly tenant?: string | undefined
  readonly search: Search
}

export function createSelection({ tenant, search }: SelectionOptions): Selection {
  const isAbout = (named: string | undefined) => tenant === undefined || named === tenant
  const matches = createMatcher(search)
  const isFound = (exchange: Exchange) => isAbout(exchange.tenant) && matches(exchange)
  // The search may need the analysis, which is complete only now.
  const isLate = needsNotes(search)
  const analyzed = (
    serialized: SerializedEvent,
    exchanges: readonly Exchange[],
  ): readonly SerializedEvent[] => {
    const items = exchanges.filter(isFound)
    if (items.length === 0) return []
    if (!isLate && items.length === exchanges.length) return [serialized]
    const late = isLate ? items.map(exchange => serializeOnce({ kind: 'exchange', exchange })) : []
    return [...late, serializeOnce({ kind: 'analyzed', items })]
  }
  return serialized => {
    const { event } = serialized
    switch (event.kind) {
      case 'hello':
      case 'gap':
        return [serialized]
      case 'cycle':
        return isAbout(event.cycle.tenant) ? [serialized] : []
      case 'finding':
      case 'setup-step':
        return isAbout(event.tenant) ? [serialized] : []
      case 'analyzed':
        return analyzed(serialized, event.items)
      case 'changed':
        return event.tenant === undefined || isAbout(event.tenant) ? [serialized] : []
      case 'exchange':
        return isFound(event.exchange) && (event.exchange.notes || !isLate) ? [serialized] : []
    }
  }
}

/** A reader with more unsent bytes is disconnected; it can resume with `Last-Event-ID`. */
const maxBufferedBytes = 1024 * 1024
const maxBufferedEvents = 10_000

type Stream = LiveReader & {
  /** Sends missed exchanges first, or `gap` if they cannot be sent; new events wait meanwhile. */
  resume(missed: Promise<readonly Exchange[] | undefined>): void
}

export function createStream(response: ServerResponse, select: Selection): Stream {
  let buffered: SerializedEvent[] | undefined
  const drop = () => void response.destroy()

  const send = (text: string) => {
    if (text === '' || response.writableEnded || response.destroyed) return
    if (response.writableLength + text.length > maxBufferedBytes) drop()
    else response.write(text)
  }
  const textOf = (events: readonly SerializedEvent[]) => events.map(({ text }) => text()).join('')

  const catchUp = (exchanges: readonly Exchange[] | undefined) => {
    const missedEvents = (exchanges ?? []).flatMap(exchange =>
      select(serializeOnce({ kind: 'exchange', exchange })),
    )
    const text = textOf(missedEvents)
    const isTooMuch = exchanges === undefined || text.length > maxBufferedBytes / 2
    send(isTooMuch ? serializeEvent({ kind: 'gap' }) : text)
    const known = new Set(missedEvents.map(eventExchangeId))
    const meanwhile = (buffered ?? []).flatMap(select)
    buffered = undefined
    send(
      textOf(meanwhile.filter(one => eventExchangeId(one) === undefined || !known.has(eventExchangeId(one)))),
    )
  }

  return {
    resume(missed) {
      buffered = []
      missed.then(catchUp).catch(drop)
    },
    receive(events) {
      if (!buffered) send(textOf(events.flatMap(select)))
      else if (buffered.length + events.length > maxBufferedEvents) drop()
      else buffered.push(...events)
    },
    heartbeat: () => send(heartbeatText),
    end: () => void response.end(),
  }
}

const eventExchangeId = ({ event }: SerializedEvent): string | undefined =>
  event.kind === 'exchange' ? event.exchange.id : undefined
