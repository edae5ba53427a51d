import type { CheckContext, ScimResponse } from '../check.ts'
import type { Client } from '../client/client.ts'
import { StoppedResponding } from '../client/reachability.ts'
import { Failure, skip } from '../expect.ts'

export class Stopped extends Error {}

type Sent = Parameters<CheckContext['send']>

export type SenderOptions = {
  readonly client: Client
  /** Aborted when no check may send further requests. */
  readonly stop: AbortSignal
  /** The requested rate is below that of a load check. */
  readonly keepsPace: boolean
  readonly load: boolean
  /** The result of a request; undefined without a complete response. */
  readonly heard: (sent: Sent, answer: ScimResponse | undefined) => void
}

export function createSender({ client, stop, keepsPace, load, heard }: SenderOptions) {
  const exchanges: number[] = []
  const underWay = new Map<Promise<ScimResponse>, Sent>()
  let turn: Promise<void> | undefined
  let ended = false
  let throttled = false

  /** Concurrent requests of a check are sent at once: the pace applies between them. */
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
      // Without a connection, nothing was sent.
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
  const elsewhere: CheckContext['elsewhere'] = (url, form) => {
    if (ended || stop.aborted) throw new Stopped('The run was stopped.')
    return client.elsewhere(url, form, exchange => exchanges.push(exchange))
  }
  /** Adds a response that this check uses, although another check may have sent the request. */
  const saw = ({ exchange }: ScimResponse) => {
    if (!exchanges.includes(exchange)) exchanges.push(exchange)
  }
  /** Sends nothing more, and resolves when all requests have ended. */
  const end = async () => {
    ended = true
    await Promise.allSettled(underWay.keys())
  }
  return { send, elsewhere, exchanges, saw, wasThrottled: () => throttled, end }
}

/** Entra's rate, and a little more. */
export const minRate = 30
export const minRateMessage = `The check sends requests concurrently: it needs --rate ${minRate}.`
