import type { ClientDialect, Exchange } from '../journal/exchange.ts'

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

/** Entra ID sends no name (suna#7297), or at most one of Microsoft's; and never PUT, bulk requests or `/.search`. */
const isForeign = ({ method, url, parent, request }: Exchange): boolean => {
  const name = request.headers['user-agent']?.trim() ?? ''
  if (name !== '' && !/microsoft|azure|entra|\baad\b/i.test(name)) return true
  return (
    method === 'PUT' || parent !== undefined || (method === 'POST' && /\/(Bulk|\.search)(\?|$)/i.test(url))
  )
}

type Operation = { readonly op?: unknown; readonly path?: unknown; readonly value?: unknown }

/** `likely`: as with `aadOptscim062020`, and as some others write it too. */
function dialectOfPatch({
  body,
  cutFrom,
}: Exchange['request']): Exclude<ClientDialect, 'other'> | 'likely' | undefined {
  if (body === undefined) return undefined
  // Of a body that was cut the beginning tells enough.
  if (cutFrom !== undefined) return hasDefaultName(firstOp(body)) ? 'default' : undefined
  const operations = operationsIn(body)
  if (operations.some(({ op }) => hasDefaultName(op))) return 'default'
  if (operations.some(isUnmistakable)) return 'aadOptscim062020'
  return operations.length > 0 && operations.every(isAsFlagged) ? 'likely' : undefined
}

const firstOp = (body: string) => /"op"\s*:\s*"([a-z]+)"/i.exec(body)?.[1]

function operationsIn(body: string): readonly Operation[] {
  try {
    const read: unknown = JSON.parse(body)
    if (!isObject(read)) return []
    const list = Object.entries(read).find(([name]) => name.toLowerCase() === 'operations')?.[1]
    return Array.isArray(list) ? list.filter(isObject) : []
  } catch {
    return []
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const hasDefaultName = (op: unknown) => op === 'Add' || op === 'Replace' || op === 'Remove'

const isAdding = (op: unknown) => op === 'add' || op === 'replace'

/** `{"op":"replace","value":{"name.givenName":…}}`: no path, and paths for names. Nobody else was seen doing so. */
const isUnmistakable = ({ op, path, value }: Operation): boolean =>
  isAdding(op) && path === undefined && isObject(value) && Object.keys(value).some(name => /[.:]/.test(name))

/** Whether an operation is written as Entra does with its flag; all of them are in lower case. */
function isAsFlagged({ op, path, value }: Operation): boolean {
  // Those who leave are named in the path: `members[value eq "…"]`.
  if (op === 'remove') return typeof path === 'string' && path.includes('[') && value === undefined
  if (!isAdding(op)) return false
  if (path === undefined) return isObject(value) && !Object.values(value).some(isObject)
  return typeof path === 'string' && !/^(true|false)$/i.test(typeof value === 'string' ? value : '')
}
