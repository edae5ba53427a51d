import { Readable } from 'node:stream'
import type { FastifyInstance, HTTPMethods } from 'fastify'

export type InProcessRequest = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

type InProcessResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type SendInProcess = (request: InProcessRequest) => Promise<InProcessResponse>

/** Milliseconds; longer than every request without an injected delay. */
const responseTimeout = 60_000

/** Works without a socket, also with a self-signed certificate. Responses contain resource URLs with `base`. */
export const sendInProcess =
  (app: Pick<FastifyInstance, 'inject'>, base: () => string): SendInProcess =>
  async ({ method, url, headers, body }) => {
    const response = await app.inject({
      method: method as HTTPMethods,
      url,
      headers: { 'user-agent': '', ...headers, ...listenerHeaders(base()), ...bodyHeaders(body) },
      signal: AbortSignal.timeout(responseTimeout),
      // A text would wait for the global timers, which a test that has started the server may fake.
      ...(body !== undefined && { payload: Readable.from([body]) }),
    })
    return { status: response.statusCode, headers: stringHeaders(response.headers), body: response.body }
  }

/** Fastify reads a body only if its length is known. */
const bodyHeaders = (body: string | undefined): Record<string, string> =>
  body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }

/** An injected request does not show that the listener uses TLS. */
function listenerHeaders(base: string): Record<string, string> {
  const { host, protocol } = new URL(base)
  return { host, ...(protocol === 'https:' && { 'x-forwarded-proto': 'https' }) }
}

const stringHeaders = (headers: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
