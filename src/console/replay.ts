import { isTokenParameter, mark, maskHeader } from '../domain/journal/credentials.ts'
import type { Exchange } from '../domain/journal/exchange.ts'
import { withheldBody } from '../domain/journal/masking.ts'
import { compact } from '../scim/json.ts'
import type { InProcessRequest } from './in-process.ts'

type ReplayRequest = { readonly request: InProcessRequest } | { readonly reason: string }

/**
 * Restores a request from the journal, without headers of the connection and without credentials. A request that the
 * journal did not store completely can't be replayed: its response would be to another request.
 */
export function toReplayRequest(exchange: Exchange): ReplayRequest {
  const reason = findObstacle(exchange)
  if (reason !== undefined) return { reason }
  const { body } = exchange.request
  return {
    request: {
      method: exchange.method,
      url: withoutToken(exchange.url),
      headers: replayHeaders(exchange),
      ...compact({ body }),
    },
  }
}

function findObstacle({ api, operation, url, request }: Exchange): string | undefined {
  const { headers, body, cutFrom } = request
  if (api !== undefined) {
    return 'It is signed for its own time, and only its client can sign it again. Copy it as a command instead.'
  }
  if (operation === 'token')
    return 'Its client secret or assertion is not stored. Send it from the client again.'
  if (cutFrom !== undefined) {
    return `The journal stored only part of its body of ${cutFrom} bytes. Send it from the client again.`
  }
  if (body === undefined && announcesBody(headers)) {
    return 'Its body was not read: the request was rejected, or ended, before that. Send it from the client again.'
  }
  const hasSecret = body?.includes(mark) || body === withheldBody || url.includes(mark)
  return hasSecret
    ? `It contains a secret, which the journal stores as "${mark}". Send it from the client again.`
    : undefined
}

const announcesBody = (headers: Readonly<Record<string, string>>): boolean =>
  Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined

const withoutToken = (url: string): string => {
  const [path = '', ...rest] = url.split('?')
  const parameters = rest.join('?').split('&')
  const kept = parameters.filter(parameter => !isTokenParameter(parameter.split('=', 1)[0] ?? ''))
  return parameters.length === kept.length ? url : [path, kept.join('&')].filter(Boolean).join('?')
}

/** Headers of one connection (RFC 9110 §7.6.1), and headers that depend on the address of the listener. */
const omittedHeaders = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['host', 'content-length', 'expect', 'forwarded', 'x-forwarded-host', 'x-forwarded-proto'],
])

/** Credentials in any header are omitted, because the journal keeps only their end. */
const isOmitted = (name: string, value: string) =>
  omittedHeaders.has(name.toLowerCase()) || maskHeader(name, value) !== undefined || value.includes(mark)

export const replayHeaders = ({ parent, request: { headers, body } }: Exchange): Record<string, string> => ({
  ...(parent !== undefined && body !== undefined && { 'content-type': 'application/scim+json' }),
  ...Object.fromEntries(Object.entries(headers).filter(([name, value]) => !isOmitted(name, value))),
})
