import type { ServerResponse } from 'node:http'
import type { Exchange } from '../../journal/exchange.ts'
import { type LiveReader, type Told, toldOnce } from './live.ts'
import { eventText, heartbeatText } from './live-event.ts'
import type { Selection } from './selection.ts'

/** More than this waiting for one reader, and it is dropped; it may come back with `Last-Event-ID`. */
const mostUnsent = 1024 * 1024
/** Events that wait while the journal is read. */
const mostHeld = 10_000

export type Stream = LiveReader & {
  /**
   * Tells first what came since the reader was here last, or that this can't be told any more; what happens
   * meanwhile waits.
   */
  resume(missed: Promise<readonly Exchange[] | undefined>): void
}

/** Writes to one reader what is for it. */
export function createStream(response: ServerResponse, select: Selection): Stream {
  let held: Told[] | undefined
  const drop = () => void response.destroy()

  const send = (text: string) => {
    if (text === '' || response.writableEnded || response.destroyed) return
    if (response.writableLength + text.length > mostUnsent) drop()
    else response.write(text)
  }
  const textOf = (told: readonly Told[]) => told.map(({ text }) => text()).join('')

  const catchUp = (exchanges: readonly Exchange[] | undefined) => {
    const told = (exchanges ?? []).flatMap(exchange => select(toldOnce({ kind: 'exchange', exchange })))
    const text = textOf(told)
    const isTooMuch = exchanges === undefined || text.length > mostUnsent / 2
    send(isTooMuch ? eventText({ kind: 'gap' }) : text)
    const known = new Set(told.map(exchangeOf))
    const meanwhile = (held ?? []).flatMap(select)
    held = undefined
    send(textOf(meanwhile.filter(one => exchangeOf(one) === undefined || !known.has(exchangeOf(one)))))
  }

  return {
    resume(missed) {
      held = []
      missed.then(catchUp).catch(drop)
    },
    take(told) {
      if (!held) send(textOf(told.flatMap(select)))
      else if (held.length + told.length > mostHeld) drop()
      else held.push(...told)
    },
    beat: () => send(heartbeatText),
    end: () => void response.end(),
  }
}

/** The id of the exchange that an event tells. */
const exchangeOf = ({ event }: Told): string | undefined =>
  event.kind === 'exchange' ? event.exchange.id : undefined
