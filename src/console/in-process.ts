import type { FastifyInstance, HTTPMethods } from 'fastify'

/** A request to the SCIM listener; `url` is path and query, as they go over the wire. */
export type InProcessRequest = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type InProcessResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends a request of the console's own to the SCIM listener. */
export type SendToScim = (request: InProcessRequest) => Promise<InProcessResponse>

/** Longer than anything takes that isn't held up on purpose. */
const responseTimeout = 60_000

/**
 * Sends requests without a socket, so that a listener with a certificate of its own is reached as well. `base` is the
 * listener's URL: answers name resources as they would to a client that is configured with it.
 */
export const sendInProcess =
  (app: Pick<FastifyInstance, 'inject'>, base: () => string): SendToScim =>
  async ({ method, url, headers, body }) => {
    const answer = await app.inject({
      method: method as HTTPMethods,
      url,
      headers: { 'user-agent': '', ...headers, ...listenerHeaders(base()) },
      signal: AbortSignal.timeout(responseTimeout),
      ...(body !== undefined && { payload: body }),
    })
    return { status: answer.statusCode, headers: stringHeaders(answer.headers), body: answer.body }
  }

/** Nothing of an injected request tells that the listener speaks TLS. */
function listenerHeaders(base: string): Record<string, string> {
  const { host, protocol } = new URL(base)
  return { host, ...(protocol === 'https:' && { 'x-forwarded-proto': 'https' }) }
}

const stringHeaders = (headers: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
