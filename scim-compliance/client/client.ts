import { Failure, skip } from '../expect.ts'
import type { Answer, Headers, Method, SendOptions } from '../stage.ts'
import type { Exchange } from './exchange.ts'
import { paceOf } from './pace.ts'
import { busyInWords, createPatience, isBusy } from './patience.ts'
import { createPresence } from './presence.ts'
import { createRecorder, type Unmasked } from './record.ts'
import { bytesOf, escaped, headersOf, jsonIn, writes } from './request.ts'
import { headersMaskOf, maskOf, secretsOf } from './secrets.ts'
import { createTransport } from './transport.ts'
import { isUnreachable, NoAnswer, TimedOut, Unreachable, whyIn } from './unreachable.ts'

export type ClientOptions = {
  readonly url: string
  readonly token: string | undefined
  /** Sent with every request; `x-api-key` and the like. */
  readonly headers: Headers
  readonly readOnly: boolean
  readonly rate: number
  readonly timeoutSeconds: number
  /** How often a 429 or 503 is tried again; undefined: a 429 three times, a 503 never. */
  readonly retries: number | undefined
  readonly insecure: boolean
  /** Nobody waits for a busy server any longer. */
  readonly stop?: AbortSignal
}

export type Sending = {
  /** Is given the number of each exchange. */
  readonly noted?: (exchange: number) => void
  /** When it is sent; at the next turn of the pace if nothing is said. */
  readonly turn?: Promise<void>
  /** How often a 429 or 503 is tried again, whatever the options say. */
  readonly retries?: number
  /** It is about load: a refusal is an answer like any other, and nothing is tried again. */
  readonly load?: boolean
}

export type Client = {
  /** Throws `Unreachable`, or a `Failure` when no whole answer came. */
  readonly send: (method: Method, path: string, options?: SendOptions, sending?: Sending) => Promise<Answer>
  /** Comes back when the next request may be sent. */
  readonly turn: () => Promise<void>
  readonly exchanges: readonly Exchange[]
  /** What is to be known of how the server answered, in sentences. */
  readonly notes: () => readonly string[]
  /** Hides the secrets of this client in a text. */
  readonly mask: (text: string) => string
  readonly close: () => void
}

const usualRetries: Readonly<Record<number, number>> = { 429: 3 }
/** How often a server that refuses everything is asked whether it has recovered. */
const mostVisits = 3

/** Speaks to the server, at a pace, and keeps every exchange. */
export function createClient(options: ClientOptions): Client {
  const root = new URL(options.url)
  const mask = maskOf(secretsOf(options))
  const recorder = createRecorder(mask, headersMaskOf(options, mask))
  const transport = createTransport(options)
  const paced = paceOf(options.rate)
  const patience = createPatience(options.stop)
  const turn = async () => {
    await patience.over()
    await paced()
  }

  const once = async (method: Method, path: string, given: SendOptions = {}, { noted }: Sending = {}) => {
    const content = bytesOf(given.body)
    const target = root.pathname.replace(/\/$/, '') + escaped(path)
    const request: Unmasked = {
      body: content,
      headers: headersOf(options, content.length > 0, given.headers ?? {}),
    }
    const started = new Date()
    const from = performance.now()
    const keep = (came: { readonly failure: string } | { readonly response: Raw }) => {
      const milliseconds = performance.now() - from
      const url = root.origin + target
      const exchange = recorder.add({ method, url, started, milliseconds, request, ...came })
      noted?.(exchange)
      return { exchange, milliseconds: Math.round(milliseconds) }
    }
    try {
      const { timeoutSeconds } = options
      const response = await transport.exchange({ method, url: root, target, ...request, timeoutSeconds })
      const { status, headers } = response
      const text = response.body.toString('utf8')
      return { status, headers, text, body: jsonIn(text), ...keep({ response }) }
    } catch (error) {
      const why = whyIn(error)
      const { exchange } = keep({ failure: why })
      if (isUnreachable(error)) throw new Unreachable(`${root.origin} can't be reached: ${mask(why)}.`)
      throw new NoAnswer(
        `an answer to ${method} ${mask(path)}`,
        mask(why),
        exchange,
        error instanceof TimedOut,
      )
    }
  }

  const isThere = async (): Promise<boolean> => {
    let answer: Answer | undefined
    for (let visit = 0; visit < mostVisits; visit++) {
      // Limits are mostly of a minute.
      if (answer) patience.hold(answer, 4)
      await turn()
      answer = await once('GET', '/ServiceProviderConfig').catch(() => undefined)
      if (answer === undefined || !isBusy(answer)) return answer !== undefined
    }
    return false
  }
  const presence = createPresence(root.origin, isThere)

  const heeded = async (...[method, path, given, sending]: Parameters<Client['send']>) => {
    presence.expectSomebody()
    await (sending?.turn ?? turn())
    try {
      const answer = await once(method, path, given, sending)
      if (!isBusy(answer)) presence.answered()
      else if (!sending?.load) await presence.missing(busyInWords(answer.status))
      return answer
    } catch (error) {
      if (error instanceof Failure) await presence.missing(error.got.replace(/^none: /, ''))
      throw error
    }
  }

  const send: Client['send'] = async (method, path, given, sending = {}) => {
    if (options.readOnly && writes(method, path)) skip('It would write, and --read-only was asked for.')
    const retriesOf = ({ status }: Answer) =>
      sending.load ? 0 : (sending.retries ?? options.retries ?? usualRetries[status] ?? 0)
    let answer = await heeded(method, path, given, sending)
    for (let again = 0; isBusy(answer) && again < retriesOf(answer); again++) {
      patience.hold(answer, again)
      answer = await heeded(method, path, given, { ...sending, turn: turn() })
    }
    return answer
  }
  return {
    send,
    turn,
    exchanges: recorder.exchanges,
    notes: patience.notes,
    mask,
    close: transport.close,
  }
}

type Raw = Awaited<ReturnType<ReturnType<typeof createTransport>['exchange']>>
