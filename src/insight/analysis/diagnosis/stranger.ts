import type { Exchange } from '../../../domain/journal/exchange.ts'
import type { Directory } from '../../../domain/ports/directory.ts'
import type { HistoryEntry } from '../../../domain/ports/history.ts'
import type { Journal } from '../../../domain/ports/journal.ts'
import type { Tenant } from '../../../domain/tenants/tenant.ts'
import { isConvincing } from '../../../scim/recognition/products.ts'
import type { Stranger } from './subject.ts'

type StrangerDeps = { readonly history: Directory['history']; readonly findExchange: Journal['find'] }

/** A resource with a longer history is not examined. */
const maxEntries = 20

/**
 * The creator of the resource that a request deleted; undefined if the access token of the request also created or changed it, or if
 * the creator is unknown.
 */
export async function readStranger(
  { id, method, status, api, token, target }: Exchange,
  tenant: Tenant,
  { history, findExchange }: StrangerDeps,
): Promise<Stranger | undefined> {
  if (method !== 'DELETE' || status >= 300 || api !== undefined || !token || target?.id === undefined)
    return undefined
  const page = await history(tenant.key, target.type, target.id, { limit: maxEntries })
  const entries = page?.items ?? []
  const creation = entries.find(entry => entry.kind === 'version' && entry.action === 'created')
  if (!creation) return undefined
  const others = entries.filter(entry => entry.exchange !== id && entry.via === undefined)
  const exchanges = await Promise.all([...new Set(others.flatMap(exchangeOf))].map(findExchange))
  if (exchanges.some(exchange => exchange?.token?.id === token.id)) return undefined
  if (creation.via) return { accessKey: creation.via.accessKey }
  const client = exchanges.find(exchange => exchange?.id === creation.exchange)?.notes?.recognized
  return client && isConvincing(client) ? { createdBy: client.product } : undefined
}

const exchangeOf = ({ exchange }: HistoryEntry): readonly string[] =>
  exchange === undefined ? [] : [exchange]
