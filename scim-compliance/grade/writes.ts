import { isDeepStrictEqual } from 'node:util'
import type { Exchange } from '../client/exchange.ts'
import { parseJson } from '../client/request.ts'
import { isObject, type JsonObject } from '../scim.ts'

const writing = ['PUT', 'PATCH', 'DELETE'] as const

/** Fewer writes without effect may have different reasons. */
const leastWrites = 3

/** PATCH is invalid on these. */
const isEndpoint = /\/(ServiceProviderConfig|ResourceTypes|Schemas|Users|Groups|Me|Bulk)\/?(\?.*)?$/i

/** The statuses of all PATCH requests to resources if the server rejects each of them; otherwise undefined. */
export function statusesWithoutPatch(exchanges: readonly Exchange[]): readonly number[] | undefined {
  const statuses = exchanges
    .filter(({ method, url }) => method === 'PATCH' && !isEndpoint.test(url))
    .flatMap(({ response }) => response?.status ?? [])
    // Authentication comes first.
    .filter(status => status !== 401)
  const isRejected = statuses.length >= leastWrites && statuses.every(status => status >= 400)
  return isRejected ? [...new Set(statuses)].toSorted() : undefined
}

/** The methods of PUT, PATCH and DELETE that return success and never change anything. */
export function methodsWithoutEffect(exchanges: readonly Exchange[]): readonly string[] {
  const effects = effectsOf(exchanges)
  return writing.filter(method => {
    const seen = effects.filter(effect => effect.methods.includes(method))
    return seen.length >= leastWrites && seen.every(({ hasChanged }) => !hasChanged)
  })
}

type Effect = { readonly methods: readonly string[]; readonly hasChanged: boolean }

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
function viewIn(exchange: Exchange) {
  const { method, url, response } = exchange
  const isNew = isCreate(exchange)
  if (response === undefined || response.cut || !(isNew || (method === 'GET' && response.status === 200)))
    return undefined
  const body = parseJson(response.body)
  if (!isObject(body) || typeof body.id !== 'string') return undefined
  const { meta: _, ...view } = body
  return { url: isNew ? `${url}/${encodeURIComponent(body.id)}` : url, view }
}

/** Whether no resource can be read after its creation, although POST returns 201. */
export function storesNothing(exchanges: readonly Exchange[]): boolean {
  const created = new Set(
    exchanges.flatMap(exchange => (isCreate(exchange) ? (viewIn(exchange)?.url ?? []) : [])),
  )
  const statuses = exchanges
    .filter(({ method, url }) => method === 'GET' && created.has(url))
    .flatMap(({ response }) => response?.status ?? [])
    .filter(status => status === 200 || status === 404)
  return statuses.length >= leastWrites && !statuses.includes(200)
}

export const isCreate = ({ method, response }: Exchange): boolean =>
  method === 'POST' && response?.status === 201
