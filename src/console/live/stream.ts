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
  const textOf = (told: readonly Told[]) =>
    told
      .flatMap(select)
      .map(({ text }) => text())
      .join('')

  const catchUp = (exchanges: readonly Exchange[] | undefined) => {
    const text = exchanges && textOfMissed(exchanges)
    send(text ?? eventText({ kind: 'gap' }))
    const known = new Set(exchanges?.map(({ id }) => id))
    const meanwhile = held ?? []
    held = undefined
    send(textOf(meanwhile.filter(({ event }) => event.kind !== 'exchange' || !known.has(event.exchange.id))))
  }
  const textOfMissed = (exchanges: readonly Exchange[]): string | undefined => {
    const text = textOf(exchanges.map(exchange => toldOnce({ kind: 'exchange', exchange })))
    return text.length > mostUnsent / 2 ? undefined : text
  }

  return {
    resume(missed) {
      held = []
      missed.then(catchUp).catch(drop)
    },
    take(told) {
      if (!held) send(textOf(told))
      else if (held.length + told.length > mostHeld) drop()
      else held.push(...told)
    },
    beat: () => send(heartbeatText),
    end: () => void response.end(),
  }
}
