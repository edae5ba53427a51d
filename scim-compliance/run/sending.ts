import type { Client } from '../client/client.ts'
import { GivenUp } from '../client/unreachable.ts'
import { Failure } from '../expect.ts'
import type { Answer, Stage } from '../stage.ts'

/** A check was stopped on its way. */
export class Stopped extends Error {}

type Sent = Parameters<Stage['send']>

export type Sending = {
  readonly client: Client
  /** Ended when no check is to send anything any more. */
  readonly stop: AbortSignal
  /** What came of a request; undefined when no whole answer did. */
  readonly heard: (sent: Sent, answer: Answer | undefined) => void
}

export type Sender = {
  readonly send: Stage['send']
  /** Numbers of the exchanges so far. */
  readonly exchanges: readonly number[]
  /** Whether the server refused anything because of how much it was asked. */
  readonly wasThrottled: () => boolean
  /** Sends nothing more, and comes back when all that was sent has come to its end. */
  readonly end: () => Promise<void>
}

/** Sends what one check asks for. */
export function createSender({ client, stop, heard }: Sending): Sender {
  const exchanges: number[] = []
  const underWay = new Set<Promise<Answer>>()
  let ended = false
  let throttled = false

  const perform = async (...sent: Sent): Promise<Answer> => {
    if (ended || stop.aborted) throw new Stopped('The run was stopped.')
    const [method, path, options] = sent
    let isUnanswered = false
    const noted = (exchange: number) => {
      exchanges.push(exchange)
      isUnanswered = client.exchanges[exchange - 1]?.response === undefined
    }
    try {
      const answer = await client.send(method, path, options, { noted })
      throttled ||= answer.status === 429
      heard(sent, answer)
      return answer
    } catch (error) {
      // Without a connection nothing was sent.
      if (isUnanswered && (error instanceof Failure || error instanceof GivenUp)) heard(sent, undefined)
      throw error
    }
  }
  const send: Stage['send'] = (...sent) => {
    const answer = perform(...sent)
    underWay.add(answer)
    const done = () => underWay.delete(answer)
    answer.then(done, done)
    return answer
  }
  const end = async () => {
    ended = true
    await Promise.allSettled(underWay)
  }
  return { send, exchanges, wasThrottled: () => throttled, end }
}
