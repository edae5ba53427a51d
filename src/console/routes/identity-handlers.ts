import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AtQuery, AttributeHistory, IdentityQuery, MembersQuery } from '../../contract/identities.ts'
import { type PageQuery, toIsoTime, toPageRequest } from '../../contract/operation.ts'
import type { DocumentRevision, Identity, PointInTime } from '../../ports/directory.ts'
import { differencesBetween } from '../../scim/differences.ts'
import { readLabels, resourceFromDocument } from '../../scim/document.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import { type Tenant, tenantNow } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import {
  findCauses,
  viewHistoryEntry,
  viewIdentity,
  viewIdentityWithDocument,
  viewRelated,
} from '../views/identity.ts'
import { tenantResourceTypes } from './types.ts'

/** So many versions are looked at; one has rarely more than a few dozen. */
export const maxVersionsRead = 1000

type Value = AttributeHistory['items'][number]['values'][number]

/** What became of each attribute, out of the versions that changed the document, newest first. */
export async function buildAttributeHistory(
  type: ResourceType,
  changes: readonly DocumentRevision[],
): Promise<AttributeHistory> {
  const values = new Map<string, Value[]>()
  for (const [at, change] of changes.toReversed().entries()) {
    // Of what came before those that are looked at, the oldest of these tells what was left.
    const before = at === 0 ? undefined : change.before
    for (const { path, after } of differencesBetween(type, parseState(before), parseState(change.document))) {
      const known = values.get(path) ?? []
      known.unshift(toValue(change, after))
      values.set(path, known)
    }
    // Two large documents take some milliseconds, in which nobody else is served.
    await nextTurn()
  }
  return { items: [...values].map(([path, values]) => ({ path, values })) }
}

const parseState = (document: string | undefined) =>
  document === undefined ? undefined : resourceFromDocument({ document })

const toValue = ({ at, version, exchange }: DocumentRevision, value: unknown): Value => ({
  at: toIsoTime(at),
  version,
  ...(value !== undefined && { value }),
  ...(exchange !== undefined && { exchange }),
})

/** The moment that a query asks for; undefined for now. */
export function parseAsOf(tenant: Tenant, { at }: AtQuery): PointInTime | undefined {
  if (at === undefined) return undefined
  const types = tenantResourceTypes(tenant)
  return {
    at: Date.parse(at),
    readDocument: (name, text) => {
      const type = typeByName(types, name)
      const document = JSON.parse(text)
      return type && readLabels(type, document.id, document)
    },
  }
}

const originExchange = ({ origin }: Identity) => (origin === undefined ? {} : { exchange: origin })

/** Whose resources are shown, and the address in the API at which all of them are. */
export type IdentityScope = {
  readonly tenant: Tenant
  readonly type: ResourceType
  readonly listPath: string
}

const identityNotFound = ({ tenant, type, listPath }: IdentityScope, id: string, at?: number) =>
  new Problem(
    'not-found',
    at === undefined
      ? `The tenant "${tenant.id}" has and had no ${type.name} with the id "${id}". GET /api/v1/tenants/${tenant.id}/${listPath} lists all.`
      : `The tenant "${tenant.id}" had no ${type.name} with the id "${id}" at ${toIsoTime(at)}; by its clock it is ${toIsoTime(tenantNow(tenant))} now. GET /api/v1/tenants/${tenant.id}/${listPath}/${id}/history tells when it came and went.`,
  )

/** What the API answers about resources of one type, whichever address it is asked at. */
export const identityHandlers = ({ directory, journal }: Pick<ConsoleDeps, 'directory' | 'journal'>) => ({
  async list({ tenant, type }: IdentityScope, query: IdentityQuery) {
    const then = parseAsOf(tenant, query)
    const asked = {
      ...toPageRequest(query),
      ...(query.status && { status: query.status }),
      ...(query.text && { text: query.text }),
    }
    const { items, ...rest } = await (then
      ? directory.historyView.identities(tenant.key, type.name, then, asked)
      : directory.identities(tenant.key, type.name, asked))
    const causes = await findCauses(journal, items.map(originExchange))
    return { items: items.map(one => viewIdentity(one, causes)), ...rest }
  },

  async show(shown: IdentityScope, id: string, query: AtQuery) {
    const { tenant, type } = shown
    const then = parseAsOf(tenant, query)
    const identity = await (then
      ? directory.historyView.identity(tenant.key, type.name, id, then)
      : directory.identity(tenant.key, type.name, id))
    if (!identity) throw identityNotFound(shown, id, then?.at)
    return viewIdentityWithDocument(identity, await findCauses(journal, [originExchange(identity)]))
  },

  async history(shown: IdentityScope, id: string, query: PageQuery) {
    const { tenant, type } = shown
    const page = await directory.history(tenant.key, type.name, id, toPageRequest(query))
    if (!page) throw identityNotFound(shown, id)
    const { items, ...rest } = page
    const causes = await findCauses(journal, items)
    return { items: items.map(entry => viewHistoryEntry(type, entry, causes)), ...rest }
  },

  async attributes(shown: IdentityScope, id: string) {
    const { tenant, type } = shown
    const changes = await directory.documentChanges(tenant.key, type.name, id, maxVersionsRead)
    if (!changes) throw identityNotFound(shown, id)
    return buildAttributeHistory(type, changes)
  },

  async members(shown: IdentityScope, id: string, query: MembersQuery) {
    const { tenant, type } = shown
    const then = parseAsOf(tenant, query)
    const page = await (then
      ? directory.historyView.members(tenant.key, type.name, id, then, toPageRequest(query))
      : directory.members(tenant.key, type.name, id, toPageRequest(query)))
    if (!page) throw identityNotFound(shown, id, then?.at)
    const { items, ...rest } = page
    return { items: items.map(viewRelated), ...rest }
  },
})
