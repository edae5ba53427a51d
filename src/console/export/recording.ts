import { toIsoTime } from '../../domain/contract/operation.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { Search } from '../../domain/journal/search/parse.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { Product } from '../../scim/recognition/products.ts'
import { fromExchange, isScimRequest, toRecordedRequest } from '../../traffic/recordings/read-captured.ts'
import type { Provenance, RecordedRequest } from '../../traffic/recordings/recording.ts'
import { maskSecrets } from '../../traffic/recordings/secrets.ts'

export const recordingMediaType = 'application/x-ndjson'
export const recordingFile = 'requests.recording.jsonl'

const batchSize = 50

/**
 * The SCIM requests to a tenant that match a search as a recording, which has the oldest first: the journal is read once
 * for their IDs, and then each by its ID. Personal data is kept.
 */
export async function* exportRecording(
  journal: Pick<Journal, 'batches' | 'find'>,
  query: { readonly search: Search; readonly signal: AbortSignal },
  { tenant, version }: { readonly tenant: Tenant; readonly version: string },
): AsyncGenerator<string> {
  const ids: string[] = []
  const products = new Set<Product>()
  let oldest: number | undefined
  for await (const exchanges of journal.batches({ ...query, bodies: 'none' })) {
    for (const exchange of exchanges.filter(one => isRecorded(one, tenant))) {
      ids.push(exchange.id)
      oldest = exchange.at
      const { product, evidence } = exchange.notes?.recognized ?? {}
      if (product !== undefined && evidence !== 'perhaps') products.add(product)
    }
  }
  const [product] = products
  const client = product !== undefined && products.size === 1 ? { product } : {}
  yield toLine(provenanceOf(tenant, version, oldest, client))
  for (let end = ids.length; end > 0; end -= batchSize) {
    const batch = ids.slice(Math.max(0, end - batchSize), end).toReversed()
    const found = await Promise.all(batch.map(id => journal.find(id)))
    yield found.map(exchange => (exchange ? recordedLine(exchange) : '')).join('')
    if (sharedSlices.isOver()) await sharedSlices.next(query.signal)
  }
}

const isRecorded = (exchange: Exchange, { id }: Tenant): boolean =>
  exchange.tenant === id && isScimRequest(exchange) && baseOf(exchange) !== undefined

const baseOf = ({ url }: Exchange): string | undefined => /^(?:\/[^/?]+)?\/scim\/v2(?=\/)/.exec(url)?.[0]

const recordedLine = (exchange: Exchange): string =>
  maskSecrets([fromExchange({ ...exchange, at: toIsoTime(exchange.at) })])
    .map(captured => toLine(toRecordedRequest(captured, baseOf(exchange) ?? '')))
    .join('')

const toLine = (value: Provenance | RecordedRequest): string => `${JSON.stringify(value)}\n`

const provenanceOf = (
  { settings }: Tenant,
  version: string,
  oldest: number | undefined,
  client: Provenance['client'],
): Provenance => ({
  recording: 1,
  client,
  capture: {
    how: 'scimulator',
    ...(oldest !== undefined && { date: toIsoTime(oldest).slice(0, 10) }),
    server: `Scimulator ${version}, profile ${settings.profile}`,
  },
  certainty: 'captured',
  personalData: 'kept',
})
