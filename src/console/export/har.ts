import { STATUS_CODES } from 'node:http'
import type { Exchange, Message } from '../../journal/exchange.ts'
import { instantOf } from '../api/shapes.ts'
import { gapsIn } from './gaps.ts'

export type HarSource = {
  /** URL of the SCIM listener, without a slash at its end. */
  readonly scimBase: string
  /** Of this server. */
  readonly version: string
}

/** The beginning of an HTTP archive 1.2, up to its first entry, and its end behind the last one. */
export const harHead = ({ version }: HarSource): string => {
  const creator = JSON.stringify({ name: 'Scimulator', version })
  return `{"log":{"version":"1.2","creator":${creator},"entries":[\n`
}
export const harTail = '\n]}}\n'

/** An entry of an HTTP archive. What HAR has no member for is in members that begin with `_`, as it says. */
export function harEntry(exchange: Exchange, source: HarSource): string {
  const { id, at, microseconds, action, tenant } = exchange
  const gaps = gapsIn(exchange)
  const time = microseconds / 1000
  return JSON.stringify({
    startedDateTime: instantOf(at),
    time,
    request: harRequest(exchange, source),
    response: harResponse(exchange),
    cache: {},
    timings: { send: 0, wait: time, receive: 0 },
    ...(gaps.length > 0 && { comment: gaps.join(' ') }),
    _exchange: id,
    _action: action,
    ...(tenant !== undefined && { _tenant: tenant }),
  })
}

/** What a client named in its request line, in full: it may have been an asterisk. */
export const absoluteUrl = ({ url }: Exchange, { scimBase }: Pick<HarSource, 'scimBase'>): string =>
  url.startsWith('/') ? scimBase + url : `${scimBase}/${url}`

const httpVersion = 'HTTP/1.1'

const harRequest = (exchange: Exchange, source: HarSource) => {
  const { method, url, request } = exchange
  return {
    method,
    url: absoluteUrl(exchange, source),
    httpVersion,
    cookies: [],
    headers: pairsOf(Object.entries(request.headers)),
    queryString: pairsOf(new URLSearchParams(url.split('?').slice(1).join('?'))),
    ...(request.body !== undefined && {
      postData: { mimeType: mediaTypeOf(request), params: [], text: request.body },
    }),
    headersSize: -1,
    bodySize: sizeOf(request),
  }
}

const harResponse = ({ status, response }: Exchange) => ({
  status,
  statusText: STATUS_CODES[status] ?? '',
  httpVersion,
  cookies: [],
  headers: pairsOf(Object.entries(response.headers)),
  content: {
    size: sizeOf(response),
    mimeType: mediaTypeOf(response),
    ...(response.body !== undefined && { text: response.body }),
  },
  redirectURL: headerOf(response, 'location') ?? '',
  headersSize: -1,
  bodySize: sizeOf(response),
})

const pairsOf = (pairs: Iterable<readonly [string, string]>) =>
  [...pairs].map(([name, value]) => ({ name, value }))

const headerOf = ({ headers }: Message, wanted: string): string | undefined =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1]

/** As HAR's own examples name what isn't known. */
const mediaTypeOf = (message: Message): string => headerOf(message, 'content-type') ?? 'x-unknown'

const sizeOf = ({ body = '', cutFrom }: Message): number => cutFrom ?? Buffer.byteLength(body)
