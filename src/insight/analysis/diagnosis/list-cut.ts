import type { Exchange } from '../../../domain/journal/exchange.ts'
import type { Directory } from '../../../domain/ports/directory.ts'
import type { Tenant } from '../../../domain/tenants/tenant.ts'
import type { ListCut } from './subject.ts'

/** Lists with fewer resources are connection tests: Okta requests two. */
const minimum = 10

/** The list of a request, if AWS left out resources and the client cannot request them. */
export async function readListCut(
  exchange: Exchange,
  tenant: Tenant,
  counts: Directory['counts'],
): Promise<ListCut | undefined> {
  const type = exchange.target?.type
  const shown = isWholeList(exchange) ? shownIn(exchange) : 0
  if (type === undefined || shown < minimum) return undefined
  const [found] = await counts([tenant.key])
  const { active = 0, disabled = 0 } = found?.[type] ?? {}
  const existing = active + disabled
  return existing > shown ? { type, shown, existing } : undefined
}

const isWholeList = ({ method, status, profile, target, url }: Exchange): boolean => {
  if (method !== 'GET' || status !== 200 || profile !== 'aws' || target?.id !== undefined) return false
  const parameters = new URLSearchParams(url.split('?')[1] ?? '')
  return !parameters.has('filter') && !parameters.has('cursor')
}

/** The beginning of a truncated response is enough. */
const shownIn = ({ response: { body = '' } }: Exchange): number =>
  Number(/"itemsPerPage"\s*:\s*(\d+)/.exec(body)?.[1] ?? 0)
