import type { ServerResponse } from 'node:http'
import type { Exchange } from '../../journal/exchange.ts'
import { createMatcher, needsNotes } from '../../journal/search/matches.ts'
import type { Search } from '../../journal/search/parse.ts'
import type { Journal } from '../../ports/journal.ts'
import { heartbeatText, serializeEvent } from './event.ts'
import { type LiveReader, type SerializedEvent, serializeOnce } from './hub.ts'

const maxMissed = 1000
const missedPageSize = 200

/**
 * The exchanges behind this one, oldest first; undefined when it is forgotten, or when too many came since to be
 * told one by one.
 */
export async function readMissed(journal: Journal, id: string): Promise<readonly Exchange[] | undefined> {
  const missed: Exchange[] = []
  let cursor: string | undefined
  do {
    const page = await journal.page({ limit: missedPageSize, ...(cursor !== undefined && { cursor }) })
    const known = page.items.findIndex(exchange => exchange.id === id)
    missed.push(...page.items.slice(0, known < 0 ? undefined : known))
    if (known >= 0) return missed.length <= maxMissed ? missed.reverse() : undefined
    cursor = page.next
  } while (cursor !== undefined && missed.length < maxMissed)
  return undefined
}

/** What of an event a reader is told. */
export type Selection = (told: SerializedEvent) => readonly SerializedEvent[]

export type SelectionOptions = {
  /** The id of the tenant that it is to be about. */
  readonly tenant?: string | undefined
  /** Which exchanges. */
  readonly search: Search
}

/** Which events are for a reader. */
export function createSelection({ tenant, search }: SelectionOptions): Selection {
  const isAbout = (named: string | undefined) => tenant === undefined || named === tenant
  const matches = createMatcher(search)
  const isFound = (exchange: Exchange) => isAbout(exchange.tenant) && matches(exchange)
  // What is searched for may be known only now.
  const isLate = needsNotes(search)
  const analyzed = (told: SerializedEvent, exchanges: readonly Exchange[]): readonly SerializedEvent[] => {
    const items = exchanges.filter(isFound)
    if (items.length === 0) return []
    if (!isLate && items.length === exchanges.length) return [told]
    const late = isLate ? items.map(exchange => serializeOnce({ kind: 'exchange', exchange })) : []
    return [...late, serializeOnce({ kind: 'analyzed', items })]
  }
  return told => {
    const { event } = told
    switch (event.kind) {
      case 'hello':
      case 'gap':
        return [told]
      case 'cycle':
        return isAbout(event.cycle.tenant) ? [told] : []
      case 'finding':
      case 'setup-step':
        return isAbout(event.tenant) ? [told] : []
      case 'analyzed':
        return analyzed(told, event.items)
      case 'changed':
        return event.tenant === undefined || isAbout(event.tenant) ? [told] : []
      case 'exchange':
        return isFound(event.exchange) && (event.exchange.notes || !isLate) ? [told] : []
    }
  }
}

/** More than this waiting for one reader, and it is dropped; it may come back with `Last-Event-ID`. */
const maxBufferedBytes = 1024 * 1024
/** Events that wait while the journal is read. */
const maxHeldEvents = 10_000

export type Stream = LiveReader & {
  /**
   * Tells first what came since the reader was here last, or that this can't be told any more; what happens
   * meanwhile waits.
   */
  resume(missed: Promise<readonly Exchange[] | undefined>): void
}

/** Writes to one reader what is for it. */
export function createStream(response: ServerResponse, select: Selection): Stream {
  let held: SerializedEvent[] | undefined
  const drop = () => void response.destroy()

  const send = (text: string) => {
    if (text === '' || response.writableEnded || response.destroyed) return
    if (response.writableLength + text.length > maxBufferedBytes) drop()
    else response.write(text)
  }
  const textOf = (told: readonly SerializedEvent[]) => told.map(({ text }) => text()).join('')

  const catchUp = (exchanges: readonly Exchange[] | undefined) => {
    const told = (exchanges ?? []).flatMap(exchange => select(serializeOnce({ kind: 'exchange', exchange })))
    const text = textOf(told)
    const isTooMuch = exchanges === undefined || text.length > maxBufferedBytes / 2
    send(isTooMuch ? serializeEvent({ kind: 'gap' }) : text)
    const known = new Set(told.map(eventExchangeId))
    const meanwhile = (held ?? []).flatMap(select)
    held = undefined
    send(
      textOf(meanwhile.filter(one => eventExchangeId(one) === undefined || !known.has(eventExchangeId(one)))),
    )
  }

  return {
    resume(missed) {
      held = []
      missed.then(catchUp).catch(drop)
    },
    receive(told) {
      if (!held) send(textOf(told.flatMap(select)))
      else if (held.length + told.length > maxHeldEvents) drop()
      else held.push(...told)
    },
    heartbeat: () => send(heartbeatText),
    end: () => void response.end(),
  }
}

/** The id of the exchange that an event tells. */
const eventExchangeId = ({ event }: SerializedEvent): string | undefined =>
  event.kind === 'exchange' ? event.exchange.id : undefined
