import type { ClientDialect, Exchange } from '../journal/exchange.ts'
import { isObject } from '../scim/json.ts'
import { objectIn } from './diagnose/diagnosis.ts'
import { operationsIn, type SentOperation } from './diagnose/written.ts'

/**
 * Of which dialect a request tells that its client speaks it; undefined when it tells nothing. How PATCH is written
 * says more than the name of a client: a proxy may have put that in, and tests send what Entra sends.
 */
export function dialectOf(exchange: Exchange): ClientDialect | undefined {
  const foreign = isForeign(exchange)
  const written = exchange.method === 'PATCH' ? dialectOfPatch(exchange.request) : undefined
  if (written === 'likely') return foreign ? 'other' : 'aadOptscim062020'
  return written ?? (foreign ? 'other' : undefined)
}

export const userAgentOf = ({ request }: Exchange): string => request.headers['user-agent']?.trim() ?? ''

/** Whether the client calls itself a service of Microsoft's. */
export const isMicrosofts = (exchange: Exchange): boolean =>
  /microsoft|azure|entra|\baad\b/i.test(userAgentOf(exchange))

/**
 * Whether a request can't be Entra ID's, which sends no name (suna#7297), or at most one of Microsoft's; and never PUT,
 * bulk requests or `/.search`.
 */
export const isForeign = (exchange: Exchange): boolean => {
  const { method, url, parent } = exchange
  if (userAgentOf(exchange) !== '' && !isMicrosofts(exchange)) return true
  return (
    method === 'PUT' || parent !== undefined || (method === 'POST' && /\/(Bulk|\.search)(\?|$)/i.test(url))
  )
}

/** `likely`: as with `aadOptscim062020`, and as some others write it too. */
function dialectOfPatch({
  body,
  cutFrom,
}: Exchange['request']): Exclude<ClientDialect, 'other'> | 'likely' | undefined {
  if (body === undefined) return undefined
  // Of a body that was cut the beginning tells enough.
  if (cutFrom !== undefined) return hasDefaultName(firstOp(body)) ? 'default' : undefined
  const operations = operationsIn(objectIn(body) ?? {})
  if (operations.some(({ op }) => hasDefaultName(op))) return 'default'
  if (operations.some(isUnmistakable)) return 'aadOptscim062020'
  return operations.length > 0 && operations.every(isAsFlagged) ? 'likely' : undefined
}

const firstOp = (body: string) => /"op"\s*:\s*"([a-z]+)"/i.exec(body)?.[1]

const hasDefaultName = (op: string | undefined) => op === 'Add' || op === 'Replace' || op === 'Remove'

const isAdding = (op: string) => op === 'add' || op === 'replace'

/** `{"op":"replace","value":{"name.givenName":…}}`: no path, and paths for names. Nobody else was seen doing so. */
const isUnmistakable = ({ op, path, value }: SentOperation): boolean =>
  isAdding(op) && path === undefined && isObject(value) && Object.keys(value).some(name => /[.:]/.test(name))

/** Whether an operation is written as Entra does with its flag; all of them are in lower case. */
function isAsFlagged({ op, path, value }: SentOperation): boolean {
  // Those who leave are named in the path: `members[value eq "…"]`.
  if (op === 'remove') return path?.includes('[') === true && value === undefined
  if (!isAdding(op)) return false
  if (path === undefined) return isObject(value) && !Object.values(value).some(isObject)
  return !/^(true|false)$/i.test(typeof value === 'string' ? value : '')
}
