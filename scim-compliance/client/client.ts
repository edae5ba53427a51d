import type { AuthorizationOptions, HttpHeaders, HttpMethod, ScimResponse, SendOptions } from '../check.ts'
import { Failure, skip } from '../expect.ts'
import { createExchangeRecorder, type Exchange, type RawResponse, type Unmasked } from './exchange.ts'
import { createRateLimiter, createRetryPolicy, describeBusy, isBusy, slowNotes } from './pacing.ts'
import {
  connectionError,
  createAvailabilityWatch,
  isUnreachable,
  NoResponse,
  Unreachable,
} from './reachability.ts'
import { bodyBytes, escapedPath, isWrite, parseJson, requestHeaders, userAgent } from './request.ts'
import { createHeadersMask, createMask, findSecrets } from './secrets.ts'
import { createTransport } from './transport.ts'

export type ClientOptions = {
  readonly url: string
  readonly token: string | undefined
  /** Sent with every request, such as `x-api-key`. */
  readonly headers: HttpHeaders
  readonly readOnly: boolean
  readonly rate: number
  readonly timeoutSeconds: number
  /** Retries after a 429 or 503; default: three after a 429, none after a 503. */
  readonly retries: number | undefined
  readonly insecure: boolean
  readonly authorization?: AuthorizationOptions
  /** The maximum time to wait for a busy server. */
  readonly stop?: AbortSignal
}

type Sending = {
  readonly noted?: (exchange: number) => void
  /** When to send it; by default at the next turn of the pace. */
  readonly turn?: Promise<void>
  /** Retries after a 429 or 503; overrides the options. */
  readonly retries?: number
  /** Load test: a rejection is a valid response, and nothing is retried. */
  readonly load?: boolean
}

export type Client = {
  /** Throws `Unreachable`, or a `Failure` if no complete response is received. */
  readonly send: (
    method: HttpMethod,
    path: string,
    options?: SendOptions,
    sending?: Sending,
  ) => Promise<ScimResponse>
  /** To any address, without token and headers of the options. A form is posted; its response may contain a token. */
  readonly elsewhere: (
    url: string,
    form: Readonly<Record<string, string>> | undefined,
    noted: (exchange: number) => void,
  ) => Promise<ScimResponse>
  /** Resolves when the next request may be sent. */
  readonly turn: () => Promise<void>
  readonly exchanges: readonly Exchange[]
  readonly notes: () => readonly string[]
  readonly mask: (text: string) => string
  readonly close: () => void
}

type Noted = Sending['noted']

type Outgoing = Unmasked & {
  readonly method: HttpMethod
  readonly origin: string
  readonly target: string
  readonly isSecret?: boolean
  /** What messages name: the path below the SCIM root, or a URL. */
  readonly place: string
}

const usualRetries: Readonly<Record<number, number>> = { 429: 3 }
/** Attempts to find out whether a server that rejects everything has recovered. */
const mostVisits = 3

export function createClient(options: ClientOptions): Client {
  const root = new URL(options.url)
  const mask = createMask(findSecrets(options))
  const recorder = createExchangeRecorder(mask, createHeadersMask(options, mask))
  const transport = createTransport(options)
  const paced = createRateLimiter(options.rate)
  const patience = createRetryPolicy(options.stop)
  const turn = async () => {
    await patience.over()
    await paced()
  }

  const exchange = async (outgoing: Outgoing, noted?: Noted) => {
    const { method, origin, target, isSecret = false, place, ...request } = outgoing
    const started = new Date()
    const from = performance.now()
    const keep = (came: { readonly failure: string } | { readonly response: RawResponse }) => {
      const milliseconds = performance.now() - from
      const url = origin + target
      const exchange = recorder.add({ method, url, started, milliseconds, request, isSecret, ...came })
      noted?.(exchange)
      return { exchange, milliseconds: Math.round(milliseconds) }
    }
    try {
      const { timeoutSeconds } = options
      const url = new URL(origin)
      const response = await transport.exchange({ method, url, target, ...request, timeoutSeconds })
      const { status, headers } = response
      const text = response.body.toString('utf8')
      return { status, headers, text, body: parseJson(text), ...keep({ response }) }
    } catch (error) {
      const why = connectionError(error)
      const { exchange } = keep({ failure: why })
      if (isUnreachable(error) && origin === root.origin)
        throw new Unreachable(`${origin} can't be reached: ${mask(why)}.`)
      throw new NoResponse(`a response to ${method} ${mask(place)}`, mask(why), exchange, error)
    }
  }

  const once = (method: HttpMethod, path: string, given: SendOptions = {}, { noted }: Sending = {}) => {
    const body = bodyBytes(given.body)
    const headers = requestHeaders(options, body.length > 0, given.headers ?? {})
    const target = root.pathname.replace(/\/$/, '') + escapedPath(path)
    return exchange({ method, origin: root.origin, target, headers, body, place: path }, noted)
  }

  const elsewhere: Client['elsewhere'] = async (url, form, noted) => {
    const { origin, pathname, search } = new URL(url)
    const target = pathname + search
    const common = { Accept: 'application/json', 'User-Agent': userAgent }
    await turn()
    const to = { origin, target, place: url }
    if (form === undefined)
      return exchange({ method: 'GET', ...to, headers: common, body: bodyBytes(undefined) }, noted)
    const body = bodyBytes(new URLSearchParams(form).toString())
    const headers = { ...common, 'Content-Type': 'application/x-www-form-urlencoded' }
    return exchange({ method: 'POST', ...to, headers, body, isSecret: true }, noted)
  }

  const isThere = async (): Promise<boolean> => {
    let answer: ScimResponse | undefined
    for (let visit = 0; visit < mostVisits; visit++) {
      // Rate limits are mostly per minute.
      if (answer) patience.hold(answer, 4)
      await turn()
      answer = await once('GET', '/ServiceProviderConfig').catch(() => undefined)
      if (answer === undefined || !isBusy(answer)) return answer !== undefined
    }
    return false
  }
  const presence = createAvailabilityWatch(root.origin, isThere)

  const heeded = async (...[method, path, given, sending]: Parameters<Client['send']>) => {
    presence.expectSomebody()
    await (sending?.turn ?? turn())
    try {
      const answer = await once(method, path, given, sending)
      if (!isBusy(answer)) presence.answered()
      else if (!sending?.load) await presence.missing(describeBusy(answer.status))
      return answer
    } catch (error) {
      if (error instanceof Failure) await presence.missing(error.got.replace(/^none: /, ''))
      throw error
    }
  }

  const send: Client['send'] = async (method, path, given, sending = {}) => {
    if (options.readOnly && isWrite(method, path))
      skip('The check requires a write, which --read-only excludes.')
    const retriesOf = ({ status }: ScimResponse) =>
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
    elsewhere,
    turn,
    exchanges: recorder.exchanges,
    notes: () => [...patience.notes(), ...slowNotes(recorder.exchanges)],
    mask,
    close: transport.close,
  }
}
