import type { CheckContext, ScimResponse } from '../check.ts'
import type { Client } from '../client/client.ts'
import { StoppedResponding } from '../client/reachability.ts'
import { Failure, skip } from '../expect.ts'

/** A check was stopped on its way. */
export class Stopped extends Error {}

type Sent = Parameters<CheckContext['send']>

export type SenderOptions = {
  readonly client: Client
  /** Ended when no check is to send anything any more. */
  readonly stop: AbortSignal
  /** The user wants fewer requests a second than a check about load needs. */
  readonly keepsPace: boolean
  readonly load: boolean
  /** What came of a request; undefined when no whole answer did. */
  readonly heard: (sent: Sent, answer: ScimResponse | undefined) => void
}

export type Sender = {
  readonly send: CheckContext['send']
  /** Numbers of the exchanges so far. */
  readonly exchanges: readonly number[]
  /** An answer that this check goes by, though another may have asked for it. */
  readonly saw: (answer: ScimResponse) => void
  /** Whether the server refused anything because of how much it was asked. */
  readonly wasThrottled: () => boolean
  /** Sends nothing more, and comes back when all that was sent has come to its end. */
  readonly end: () => Promise<void>
}

/** Sends what one check asks for. */
export function createSender({ client, stop, keepsPace, load, heard }: SenderOptions): Sender {
  const exchanges: number[] = []
  const underWay = new Map<Promise<ScimResponse>, Sent>()
  let turn: Promise<void> | undefined
  let ended = false
  let throttled = false

  /** What a check sends at once goes out at once: the pace is for what lies between. */
  const nextTurn = (): Promise<void> => {
    const joins = load || (underWay.size > 0 && !keepsPace)
    turn = joins && turn ? turn : client.turn()
    return turn
  }
  const perform = async (...sent: Sent): Promise<ScimResponse> => {
    if (ended || stop.aborted) throw new Stopped('The run was stopped.')
    const [method, path, options] = sent
    if (keepsPace && method !== 'GET' && [...underWay.values()].some(([other]) => other !== 'GET'))
      skip(minRateMessage)
    let isUnanswered = false
    const noted = (exchange: number) => {
      exchanges.push(exchange)
      isUnanswered = client.exchanges[exchange - 1]?.response === undefined
    }
    try {
      const answer = await client.send(method, path, options, { noted, load, turn: nextTurn() })
      throttled ||= answer.status === 429
      heard(sent, answer)
      return answer
    } catch (error) {
      // Without a connection nothing was sent.
      if (isUnanswered && (error instanceof Failure || error instanceof StoppedResponding))
        heard(sent, undefined)
      throw error
    }
  }
  const send: CheckContext['send'] = (...sent) => {
    const answer = perform(...sent)
    underWay.set(answer, sent)
    const done = () => underWay.delete(answer)
    answer.then(done, done)
    return answer
  }
  const saw = ({ exchange }: ScimResponse) => {
    if (!exchanges.includes(exchange)) exchanges.push(exchange)
  }
  const end = async () => {
    ended = true
    await Promise.allSettled(underWay.keys())
  }
  return { send, exchanges, saw, wasThrottled: () => throttled, end }
}

/** What Entra asks for, and a little more. */
export const minRate = 30
export const minRateMessage = `Its requests go out at once: it needs --rate ${minRate}.`
