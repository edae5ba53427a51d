import type { Exchange, RecordedMessage } from '../client/exchange.ts'
import type { Appraisal } from '../grade/appraisal.ts'
import { compact } from '../scim.ts'
import { formatJson } from './text.ts'

/** An HTTP archive 1.2 of everything that was sent; what it has no member for begins with `_`, as it says. */
export function harReport({ result, version }: Appraisal): string {
  const checks = checksByExchange(result.outcomes)
  const entries = result.exchanges.map(exchange => entry(exchange, checks.get(exchange.number)))
  return formatJson({ log: { version: '1.2', creator: { name: 'scim-compliance', version }, entries } }, 1)
}

/** Which check each exchange is of. */
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
    // Status 0 is how browsers write that no answer came.
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
    ...(cut && { comment: 'A body is cut; its size is that of the whole.' }),
    _exchange: number,
    ...compact({ _check: check }),
  }
}

const pairs = (entries: Iterable<readonly [string, string]>) =>
  [...entries].map(([name, value]) => ({ name, value }))

const header = ({ headers }: RecordedMessage, wanted: string): string | undefined =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1]

/** As HAR's own examples name what isn't known. */
const mediaType = (message: RecordedMessage): string => header(message, 'content-type') ?? 'x-unknown'
