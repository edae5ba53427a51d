import type { Exchange, RecordedMessage } from '../client/exchange.ts'
import type { Appraisal } from '../grade/appraisal.ts'
import { compact } from '../scim.ts'
import { formatJson } from './text.ts'

/** An HTTP archive 1.2 of all requests; additional members start with `_`, as the format requires. */
export function harReport({ result, version }: Appraisal): string {
  const checks = checksByExchange(result.outcomes)
  const entries = result.exchanges.map(exchange => entry(exchange, checks.get(exchange.number)))
  return formatJson({ log: { version: '1.2', creator: { name: 'scim-compliance', version }, entries } }, 1)
}

export const checksByExchange = (outcomes: Appraisal['result']['outcomes']): ReadonlyMap<number, string> =>
  new Map(outcomes.flatMap(({ check, exchanges }) => exchanges.map(number => [number, check.id] as const)))

const httpVersion = 'HTTP/1.1'

function entry(exchange: Exchange, check: string | undefined) {
  const { number, method, url, started, milliseconds, request, response, failure } = exchange
  const cut = request.cut || response?.cut === true
  return {
    startedDateTime: started,
    time: milliseconds,
    request: {
      method,
      url,
      httpVersion,
      cookies: [],
      headers: pairs(Object.entries(request.headers)),
      queryString: pairs(new URLSearchParams(url.split('?').slice(1).join('?'))),
      ...(request.bytes > 0 && {
        postData: { mimeType: mediaType(request), params: [], text: request.body },
      }),
      headersSize: -1,
      bodySize: request.bytes,
    },
    // Browsers use status 0 for a missing response.
    response: {
      status: response?.status ?? 0,
      statusText: response?.statusText ?? '',
      httpVersion,
      cookies: [],
      headers: pairs(Object.entries(response?.headers ?? {})),
      content: {
        size: response?.bytes ?? 0,
        mimeType: response ? mediaType(response) : 'x-unknown',
        ...(response && response.body !== '' && { text: response.body }),
      },
      redirectURL: response ? (header(response, 'location') ?? '') : '',
      headersSize: -1,
      bodySize: response?.bytes ?? -1,
      ...compact({ _error: failure }),
    },
    cache: {},
    timings: { send: 0, wait: milliseconds, receive: 0 },
    ...(cut && { comment: 'A body may be truncated; its size is that of the whole.' }),
    _exchange: number,
    ...compact({ _check: check }),
  }
}

const pairs = (entries: Iterable<readonly [string, string]>) =>
  [...entries].map(([name, value]) => ({ name, value }))

const header = ({ headers }: RecordedMessage, wanted: string): string | undefined =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1]

/** The value in HAR's own examples for unknown properties. */
const mediaType = (message: RecordedMessage): string => header(message, 'content-type') ?? 'x-unknown'
