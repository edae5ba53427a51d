import { Failure, skip } from '../expect.ts'
import type { Json } from '../json.ts'
import type { Answer, Headers, Method, SendOptions } from '../stage.ts'
import type { Exchange } from './exchange.ts'
import { paceOf } from './pace.ts'
import { createRecorder, type Unmasked } from './record.ts'
import { maskOf } from './secrets.ts'
import { createTransport } from './transport.ts'
import { isUnreachable, Unreachable, whyIn } from './unreachable.ts'

export type ClientOptions = {
  readonly url: string
  readonly token: string | undefined
  /** Sent with every request; `x-api-key` and the like. */
  readonly headers: Headers
  readonly readOnly: boolean
  readonly rate: number
  readonly timeoutSeconds: number
  /** How often a 429 or 503 is tried again. */
  readonly retries: number
  readonly insecure: boolean
}

export type Client = {
  /** `noted` is given the number of each exchange. Throws `Unreachable`, or a `Failure` when no whole answer came. */
  readonly send: (
    method: Method,
    path: string,
    options?: SendOptions,
    noted?: (exchange: number) => void,
  ) => Promise<Answer>
  readonly exchanges: readonly Exchange[]
  /** Hides the secrets of this client in a text. */
  readonly mask: (text: string) => string
  readonly close: () => void
}

const scimJson = 'application/scim+json'

/** Speaks to the server, at a pace, and keeps every exchange. */
export function createClient(options: ClientOptions): Client {
  const root = new URL(options.url)
  const mask = maskOf([options.token ?? '', ...Object.values(options.headers)])
  const recorder = createRecorder(mask)
  const transport = createTransport(options)
  const turn = paceOf(options.rate)
  const once: Client['send'] = async (method, path, { body, headers = {} } = {}, noted) => {
    const content = bytesOf(body)
    const target = root.pathname.replace(/\/$/, '') + escaped(path)
    const request: Unmasked = {
      body: content,
      headers: headersOf(options, content.length > 0, headers),
    }
    await turn()
    const started = new Date()
    const from = performance.now()
    const about = () => ({
      method,
      url: root.origin + target,
      started,
      milliseconds: performance.now() - from,
      request,
    })
    try {
      const { timeoutSeconds } = options
      const response = await transport.exchange({ method, url: root, target, ...request, timeoutSeconds })
      const exchange = recorder.add({ ...about(), response })
      noted?.(exchange)
      const text = response.body.toString('utf8')
      const milliseconds = Math.round(performance.now() - from)
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: jsonIn(text),
        exchange,
        milliseconds,
      }
    } catch (error) {
      const why = whyIn(error)
      const exchange = recorder.add({ ...about(), failure: why })
      noted?.(exchange)
      if (isUnreachable(error)) throw new Unreachable(`${root.origin} can't be reached: ${mask(why)}.`)
      throw new Failure(`an answer to ${method} ${mask(path)}`, `none: ${mask(why)}`, exchange)
    }
  }
  const send: Client['send'] = async (method, path, given, noted) => {
    if (options.readOnly && writes(method, path)) skip('It would write, and --read-only was asked for.')
    let answer = await once(method, path, given, noted)
    for (let again = 0; again < options.retries && isBusy(answer); again++) {
      answer = await once(method, path, given, noted)
    }
    return answer
  }
  return { send, exchanges: recorder.exchanges, mask, close: transport.close }
}

const isBusy = ({ status }: Answer) => status === 429 || status === 503

const writes = (method: Method, path: string): boolean =>
  !/^(GET|HEAD|OPTIONS)$/.test(method) && !(method === 'POST' && /\/\.search(\?.*)?$/.test(path))

const bytesOf = (body: Json | string | undefined): Buffer =>
  body === undefined ? Buffer.alloc(0) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))

// What no request line may contain; what a check has escaped itself stays as it is.
const escaped = (path: string): string =>
  path.toWellFormed().replace(/[^!#-;=?-[\]_a-z~]/gu, encodeURIComponent)

/** Those given replace the usual ones, whatever their case; an empty one leaves a header out. */
function headersOf({ token, headers }: ClientOptions, hasBody: boolean, given: Headers): Headers {
  const all = new Map<string, readonly [name: string, value: string]>()
  const put = (more: Headers) => {
    for (const [name, value] of Object.entries(more)) all.set(name.toLowerCase(), [name, value])
  }
  put({ Accept: scimJson, 'User-Agent': 'scim-compliance' })
  if (token !== undefined) put({ Authorization: `Bearer ${token}` })
  if (hasBody) put({ 'Content-Type': scimJson })
  put(headers)
  put(given)
  const sent = [...all.values()].filter(([, value]) => value !== '')
  return Object.fromEntries(sent.map(([name, value]) => [name, value.replaceAll('{token}', token ?? '')]))
}

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
