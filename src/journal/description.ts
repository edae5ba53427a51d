import type { AttributePath } from '../scim/attribute.ts'
import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { PatchOperation } from '../scim/patch/operation.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import type { Refusal } from '../tenants/tenant.ts'
import { describePatch, shortList, shortName } from './patch-description.ts'

type Comparison = Extract<BoundFilter, { readonly kind: 'compare' }>

/** "list users", "look up user by userName", "search users by title", "test connection". */
export function describeList(
  type: ResourceType,
  filter: BoundFilter | undefined,
  found: number | undefined,
): string {
  // The plural is in the endpoint: /Users, /Policies.
  const plural = type.endpoint.slice(1).toLowerCase()
  if (!filter) return `list ${plural}`
  if (found === 0 && isProbe(filter)) return 'test connection'
  const names = attributeNames(filter)
  const by = names.length > 0 ? ` by ${shortList(names)}` : ''
  return isLookUp(filter) ? `look up ${type.name.toLowerCase()}${by}` : `search ${plural}${by}`
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Entra ID's Test Connection, also before each cycle: the matching attribute equals a random UUID. Identifiers of
 * other systems are case exact; looking one up that is a UUID is ordinary work.
 */
const isProbe = (filter: BoundFilter): boolean => {
  const comparison = filter.kind === 'some' ? filter.where : filter
  if (!isEquality(comparison)) return false
  const attribute = comparison.path.at(-1)
  return Boolean(attribute?.lookup && !attribute.caseExact) && uuid.test(String(comparison.value))
}

const isEquality = (filter: BoundFilter): filter is Comparison =>
  filter.kind === 'compare' && filter.operator === 'eq'

/** Whether it asks for what equals something, in every part. */
const isLookUp = (filter: BoundFilter): boolean => {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every(isLookUp)
    case 'some':
      return isLookUp(filter.where)
    case 'compare':
      return filter.operator === 'eq'
    case 'related':
      return true
    case 'or':
    case 'not':
    case 'present':
    case 'any-related':
    case 'some-related':
      return false
  }
}

const attributeNames = (filter: BoundFilter): readonly string[] => [
  ...new Set(listAttributeNames(filter, [])),
]

const listAttributeNames = (filter: BoundFilter, above: AttributePath): readonly string[] => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.flatMap(operand => listAttributeNames(operand, above))
    case 'not':
      return listAttributeNames(filter.operand, above)
    case 'some':
      return listAttributeNames(filter.where, [...above, ...filter.path])
    case 'present':
    case 'compare':
      return [shortName([...above, ...filter.path])]
    case 'related':
    case 'any-related':
    case 'some-related':
      return [filter.relation]
  }
}

/** What a client wanted, as far as its request could be read; whether it got it is the status's business. */
export type Intent =
  | { readonly kind: 'create' | 'read' | 'delete'; readonly type: ResourceType }
  /** `enabled` is what the body says about it, if it does. */
  | { readonly kind: 'replace'; readonly type: ResourceType; readonly enabled?: boolean }
  /** `operations` is empty when they couldn't be read. */
  | { readonly kind: 'patch'; readonly type: ResourceType; readonly operations: readonly PatchOperation[] }
  /** `found` is the number of results, absent when there was no answer with results. */
  | {
      readonly kind: 'list'
      readonly type: ResourceType
      readonly filter?: BoundFilter
      readonly found?: number
    }
  /** A search over all types (RFC 7644 §3.4.3). */
  | { readonly kind: 'search' }
  | { readonly kind: 'bulk'; readonly operations: number }
  | { readonly kind: 'discovery'; readonly document: DiscoveryDocument }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unknown-address' }
  /** Something that SCIM knows and that isn't offered: `DELETE on /Users`, `/Me`. */
  | { readonly kind: 'unsupported'; readonly what: string }
  /** It couldn't be read at all: broken JSON, a media type that isn't taken, a body that is too large. */
  | { readonly kind: 'broken-request' }

export type DiscoveryDocument = 'schemas' | 'resource types' | 'service provider configuration'

/** What an exchange was about, in plain words: "disable user", "add 3 members". */
export function describeRequest(intent: Intent): string {
  switch (intent.kind) {
    case 'create':
    case 'read':
    case 'delete':
      return `${intent.kind} ${typeLabel(intent.type)}`
    case 'replace':
      return `replace ${typeLabel(intent.type)}${enabledSuffix(intent.enabled)}`
    case 'patch':
      return describePatch(intent.type, intent.operations)
    case 'list':
      return describeList(intent.type, intent.filter, intent.found)
    case 'search':
      return 'search everything'
    case 'bulk':
      return intent.operations === 1 ? 'bulk of 1 operation' : `bulk of ${intent.operations} operations`
    case 'discovery':
      return `read ${intent.document}`
    case 'refused':
      return `refused: ${refusalLabels[intent.refusal]}`
    case 'unknown-address':
      return 'unknown address'
    case 'unsupported':
      return `unsupported: ${intent.what}`
    case 'broken-request':
      return 'broken request'
  }
}

const refusalLabels: Readonly<Record<Refusal, string>> = {
  missing: 'no token',
  unknown: 'unknown token',
  expired: 'token expired',
  deleted: 'token deleted',
  'other-tenant': 'token of another tenant',
  'read-only': 'token may only read',
}

const enabledSuffix = (enabled: boolean | undefined) => {
  if (enabled === undefined) return ''
  return enabled ? ' (enabled)' : ' (disabled)'
}

const typeLabel = (type: ResourceType) => type.name.toLowerCase()
