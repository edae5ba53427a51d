import type { Recorded } from '../client/exchange.ts'
import { maskOf } from '../client/secrets.ts'
import type { Result } from '../run/result.ts'

const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key'])
export const hidden = '***'
const userInfo = /(\bhttps?:\/\/)[^/?#\s"<>@]*@/gi

/**
 * The result without secrets, whatever was recorded: headers that carry them, names and passwords in addresses, and
 * `secrets` (the token) wherever they stand, for servers may say them back in a body or a message.
 */
export function withoutSecrets(result: Result, secrets: readonly string[] = []): Result {
  const mask = maskOf(secrets)
  const hide = (text: string): string => mask(text).replace(userInfo, `$1${hidden}@`)
  const recorded = <R extends Recorded>({ headers, ...rest }: R) => ({
    ...deep(rest, hide),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        hide(name),
        secretHeaders.has(name.toLowerCase()) ? hidden : hide(value),
      ]),
    ),
  })
  return {
    ...deep({ ...result, outcomes: [], exchanges: [] }, hide),
    // The checks' own words hold no secrets, and their functions can't be copied.
    outcomes: result.outcomes.map(({ check, ...rest }) => ({ check, ...deep(rest, hide) })),
    exchanges: result.exchanges.map(({ request, response, ...rest }) => ({
      ...deep(rest, hide),
      request: recorded(request),
      ...(response && { response: recorded(response) }),
    })),
  }
}

function deep<T>(value: T, hide: (text: string) => string): T
function deep(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === 'string') return hide(value)
  if (Array.isArray(value)) return value.map(item => deep(item, hide))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [hide(name), deep(item, hide)]))
}
