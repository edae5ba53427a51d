import type { ServerResponse } from 'node:http'
import type { Exchange } from '../../journal/exchange.ts'
import type { LiveReader, Told } from './live.ts'
import { eventText, heartbeatText, type LiveEvent } from './live-event.ts'

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

/** Writes to one reader the events that it wants. */
export function createStream(response: ServerResponse, wants: (event: LiveEvent) => boolean): Stream {
  let held: Told[] | undefined
  const drop = () => void response.destroy()

  const send = (text: string) => {
    if (text === '' || response.writableEnded || response.destroyed) return
    if (response.writableLength + text.length > mostUnsent) drop()
    else response.write(text)
  }
  const sendAll = (told: readonly Told[]) =>
    send(
      told
        .filter(({ event }) => wants(event))
        .map(({ text }) => text())
        .join(''),
    )

  const catchUp = (exchanges: readonly Exchange[] | undefined) => {
    const text = exchanges && textOfMissed(exchanges)
    send(text ?? eventText({ kind: 'gap' }))
    const known = new Set(exchanges?.map(({ id }) => id))
    const meanwhile = held ?? []
    held = undefined
    sendAll(meanwhile.filter(({ event }) => event.kind !== 'exchange' || !known.has(event.exchange.id)))
  }
  const textOfMissed = (exchanges: readonly Exchange[]): string | undefined => {
    const events = exchanges.map((exchange): LiveEvent => ({ kind: 'exchange', exchange }))
    const text = events.filter(wants).map(eventText).join('')
    return text.length > mostUnsent / 2 ? undefined : text
  }

  return {
    resume(missed) {
      held = []
      missed.then(catchUp).catch(drop)
    },
    take(told) {
      if (!held) sendAll(told)
      else if (held.length + told.length > mostHeld) drop()
      else held.push(...told)
    },
    beat: () => send(heartbeatText),
    end: () => void response.end(),
  }
}
