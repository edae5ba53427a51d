import { isDeepStrictEqual } from 'node:util'
import type { Exchange } from '../client/exchange.ts'
import { parseJson } from '../client/request.ts'
import { isObject, type JsonObject } from '../scim.ts'

const writing = ['PUT', 'PATCH', 'DELETE'] as const

/** Fewer writes without effect may have different reasons. */
const leastWrites = 3

/** The status of every PATCH if the server doesn't support PATCH at all; otherwise undefined. */
export function statusWithoutPatch(exchanges: readonly Exchange[]): number | undefined {
  const statuses = exchanges
    .filter(({ method }) => method === 'PATCH')
    .flatMap(({ response }) => response?.status ?? [])
    // Authentication comes first.
    .filter(status => status !== 401)
  const [first] = statuses
  const isUnserved = statuses.length >= leastWrites && statuses.every(status => unserved.has(status))
  return isUnserved ? first : undefined
}

/** The statuses of an unsupported method; no others. */
const unserved = new Set([404, 405, 501])

/** The methods of PUT, PATCH and DELETE that return success and never change anything. */
export function methodsWithoutEffect(exchanges: readonly Exchange[]): readonly string[] {
  const effects = effectsOf(exchanges)
  return writing.filter(method => {
    const seen = effects.filter(effect => effect.methods.includes(method))
    return seen.length >= leastWrites && seen.every(({ hasChanged }) => !hasChanged)
  })
}

type Effect = { readonly methods: readonly string[]; readonly hasChanged: boolean }

/** The effect of the writes between two representations of a resource. */
function effectsOf(exchanges: readonly Exchange[]): readonly Effect[] {
  const known = new Map<string, { readonly view: JsonObject; readonly methods: readonly string[] }>()
  return exchanges.flatMap(exchange => {
    const { method, url, response } = exchange
    const status = response?.status ?? 0
    const before = known.get(url)
    if (before && status >= 200 && status < 300 && writing.some(one => one === method)) {
      known.set(url, { ...before, methods: [...before.methods, method] })
      return []
    }
    const viewed = viewIn(exchange)
    if (viewed) known.set(viewed.url, { view: viewed.view, methods: [] })
    if (!before || before.methods.length === 0 || method !== 'GET') return []
    const { methods } = before
    if (viewed) return [{ methods, hasChanged: !isDeepStrictEqual(viewed.view, before.view) }]
    return status === 404 || status === 410 ? [{ methods, hasChanged: true }] : []
  })
}

/** A resource as a read or its creation returned it, without meta, which may change by itself. */
function viewIn({ method, url, response }: Exchange) {
  const isCreate = method === 'POST' && response?.status === 201
  if (response === undefined || response.cut || !(isCreate || (method === 'GET' && response.status === 200)))
    return undefined
  const body = parseJson(response.body)
  if (!isObject(body) || typeof body.id !== 'string') return undefined
  const { meta: _, ...view } = body
  return { url: isCreate ? `${url}/${encodeURIComponent(body.id)}` : url, view }
}
