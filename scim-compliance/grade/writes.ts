import { isDeepStrictEqual } from 'node:util'
import type { Exchange } from '../client/exchange.ts'
import { parseJson } from '../client/request.ts'
import { isObject, type JsonObject } from '../scim.ts'

const writing = ['PUT', 'PATCH', 'DELETE'] as const

/** Fewer writes without effect may each have a reason of their own. */
const leastWrites = 3

/** The status of every PATCH, where the server serves none at all; undefined where it serves any. */
export function statusWithoutPatch(exchanges: readonly Exchange[]): number | undefined {
  const statuses = exchanges
    .filter(({ method }) => method === 'PATCH')
    .flatMap(({ response }) => response?.status ?? [])
    // A request with wrong credentials gets no further.
    .filter(status => status !== 401)
  const [first] = statuses
  const isUnserved = statuses.length >= leastWrites && statuses.every(status => unserved.has(status))
  return isUnserved ? first : undefined
}

/** What is answered where a method isn't served: these, and no other, tell that of a server. */
const unserved = new Set([404, 405, 501])

/** The methods of PUT, PATCH and DELETE that are answered with success and never change anything. */
export function methodsWithoutEffect(exchanges: readonly Exchange[]): readonly string[] {
  const effects = effectsOf(exchanges)
  return writing.filter(method => {
    const seen = effects.filter(effect => effect.methods.includes(method))
    return seen.length >= leastWrites && seen.every(({ hasChanged }) => !hasChanged)
  })
}

type Effect = { readonly methods: readonly string[]; readonly hasChanged: boolean }

/** What became of a resource by the writes between two views of it. */
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

/** A resource as a request for it or its creation shows it, without meta: that may change by itself. */
function viewIn({ method, url, response }: Exchange) {
  const isCreate = method === 'POST' && response?.status === 201
  if (response === undefined || response.cut || !(isCreate || (method === 'GET' && response.status === 200)))
    return undefined
  const body = parseJson(response.body)
  if (!isObject(body) || typeof body.id !== 'string') return undefined
  const { meta: _, ...view } = body
  return { url: isCreate ? `${url}/${encodeURIComponent(body.id)}` : url, view }
}
