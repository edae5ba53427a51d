import type { Exchange } from '../../../domain/journal/exchange.ts'
import type { Directory } from '../../../domain/ports/directory.ts'
import type { ExchangeEffects, MembershipEvent, PastResource } from '../../../domain/ports/history.ts'
import type { Tenant } from '../../../domain/tenants/tenant.ts'
import { type Difference, differencesBetween } from '../../../scim/differences.ts'
import { resourceFromDocument } from '../../../scim/document.ts'
import { isObject, type Json } from '../../../scim/json.ts'
import { type ResourceType, typeByName } from '../../../scim/resource-types.ts'

/** A change by the Identity Store API, which the identity provider does not know of. */
export type DirectWrite = {
  readonly kind: 'created' | 'changed' | 'deleted'
  readonly type: ResourceType
  /** Whether SCIM created the resource, or the identity provider has taken it over. */
  readonly isProvisioned: boolean
  /** Of the attributes that SCIM has. */
  readonly differences: readonly Difference[]
  readonly memberships: readonly MembershipEvent[]
}

type DirectWriteDeps = {
  readonly effects: Pick<ExchangeEffects, 'causedBy' | 'stateBefore'>
  readonly authors: Directory['authors']
}

/** What a request to the Identity Store API changed; undefined if it changed nothing. */
export async function readDirectWrite(
  { id, api, apiOperation = '', status, target, tenantTime }: Exchange,
  tenant: Tenant,
  { effects, authors }: DirectWriteDeps,
): Promise<DirectWrite | undefined> {
  const type = typeByName(tenant.profile.schema.resourceTypes, target?.type ?? '')
  const isWrite = api === 'identity-store' && status < 400 && /^(Create|Update|Delete)/.test(apiOperation)
  if (!isWrite || !type || target?.id === undefined) return undefined
  const moment = { exchange: id, at: tenantTime }
  const [before, { resources, memberships }] = await Promise.all([
    effects.stateBefore(tenant.key, type.name, target.id, moment),
    effects.causedBy(tenant.key, type.name, target.id, moment),
  ])
  const changed = resources.find(one => one.id === target.id)
  if (!changed && memberships.length === 0) return undefined
  const after = changed?.after.document
  const isDeleted = changed !== undefined && after === undefined
  return {
    kind: before === undefined ? 'created' : isDeleted ? 'deleted' : 'changed',
    type,
    isProvisioned: before !== undefined && (await isProvisioned(before, tenant, authors)),
    differences:
      before === undefined || after === undefined
        ? []
        : differencesBetween(
            type,
            resourceFromDocument(before),
            resourceFromDocument({ document: after }),
          ).filter(({ path }) => type.nonScim === undefined || !path.startsWith(type.nonScim.name)),
    memberships,
  }
}

async function isProvisioned(
  { key, document }: PastResource,
  tenant: Tenant,
  authors: Directory['authors'],
): Promise<boolean> {
  const stored: Json = JSON.parse(document)
  if (isObject(stored) && stored.externalId !== undefined) return true
  return (await authors(tenant.key, [key])).get(key)?.created === undefined
}
