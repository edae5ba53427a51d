import { type AttributePath, shortName } from '../../scim/attribute.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import type { PatchOperation } from '../../scim/patch/elements.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { excerpt, shortList } from '../../scim/text.ts'
import type { CredentialRefusal, Refusal, TokenRefusal } from '../tenants/tenant.ts'
import { keyRefusalLabels, type SignatureRefusal, type SignedPart } from './exchange.ts'
import type { Operation, OperationFacts } from './operation.ts'
import { describePatch, patchFacts, summarizePatch } from './patch-description.ts'

type Comparison = Extract<BoundFilter, { readonly kind: 'compare' }>

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Entra ID tests the connection, also before each cycle, with a random UUID as the value of the matching attribute.
 * Identifiers of other systems are case exact: looking up one that is a UUID is ordinary work.
 */
const isProbe = (filter: BoundFilter): boolean => {
  const comparison = filter.kind === 'some' ? filter.where : filter
  if (!isEquality(comparison)) return false
  const attribute = comparison.path.at(-1)
  return Boolean(attribute?.lookup && !attribute.caseExact) && uuid.test(String(comparison.value))
}

const isEquality = (filter: BoundFilter): filter is Comparison =>
  filter.kind === 'compare' && filter.operator === 'eq'

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

export type Intent =
  | { readonly kind: 'create' | 'read' | 'delete'; readonly type: ResourceType }
  | { readonly kind: 'replace'; readonly type: ResourceType; readonly enabled?: boolean }
  | { readonly kind: 'patch'; readonly type: ResourceType; readonly operations: readonly PatchOperation[] }
  | {
      readonly kind: 'list'
      readonly type: ResourceType
      readonly filter?: BoundFilter
      readonly found?: number
      readonly continued?: boolean
    }
  /** A search over all types (RFC 7644 §3.4.3). */
  | { readonly kind: 'search' }
  | { readonly kind: 'bulk'; readonly operations: number }
  | { readonly kind: 'discovery'; readonly document: DiscoveryDocument }
  | { readonly kind: 'look-up'; readonly type: ResourceType; readonly by: readonly string[] }
  | { readonly kind: 'change'; readonly type: ResourceType; readonly attributes: readonly string[] }
  | { readonly kind: 'membership'; readonly change: 'add' | 'remove'; readonly member?: string }
  | {
      readonly kind: 'other'
      readonly operation: Operation
      readonly action: string
      readonly found?: number
    }
  | { readonly kind: 'token'; readonly refusal?: Refusal }
  | { readonly kind: 'rejected'; readonly refusal: Refusal }
  | {
      readonly kind: 'rejected-key'
      readonly refusal: TokenRefusal | SignatureRefusal
      readonly differs?: SignedPart
    }
  | { readonly kind: 'unknown-address' }
  | { readonly kind: 'unsupported'; readonly what: string }
  | { readonly kind: 'malformed' }

type DiscoveryDocument =
  | 'schemas'
  | 'resource types'
  | 'service provider configuration'
  | 'authorization server metadata'

type RequestDescription = OperationFacts & { readonly action: string }

export const malformedRequest: RequestDescription = { operation: 'malformed', action: 'malformed request' }

export function describeRequest(intent: Intent): RequestDescription {
  switch (intent.kind) {
    case 'create':
    case 'read':
    case 'delete':
      return { operation: intent.kind, action: `${intent.kind} ${typeLabel(intent.type)}` }
    case 'replace':
      return describeReplacement(intent.type, intent.enabled)
    case 'patch': {
      const summary = summarizePatch(intent.type, intent.operations)
      return { ...patchFacts(summary), action: describePatch(intent.type, summary) }
    }
    case 'list':
      return describeList(intent)
    case 'search':
      return { operation: 'search', action: 'search everything' }
    case 'bulk': {
      const { operations } = intent
      return {
        operation: 'bulk',
        bulkOperations: operations,
        action: `bulk of ${operations} ${operations === 1 ? 'operation' : 'operations'}`,
      }
    }
    case 'discovery':
      return { operation: 'discovery', action: `read ${intent.document}` }
    case 'look-up':
      return { operation: 'look-up', action: lookUpAction(intent.type, intent.by) }
    case 'change':
      return describeChange(intent.type, intent.attributes)
    case 'membership':
      return describeMembership(intent.change, intent.member)
    case 'other': {
      const { operation, action, found } = intent
      return { operation, action, ...(found !== undefined && { results: found }) }
    }
    case 'token': {
      const reason = intent.refusal === undefined ? '' : `: ${clientRefusalLabels[intent.refusal]}`
      return { operation: 'token', action: `get an access token${reason}` }
    }
    case 'rejected-key': {
      const differs = intent.differs === undefined ? '' : ` (${intent.differs})`
      return { operation: 'rejected', action: `rejected: ${keyRefusalLabels[intent.refusal]}${differs}` }
    }
    case 'rejected':
      return { operation: 'rejected', action: `rejected: ${refusalLabels[intent.refusal]}` }
    case 'unknown-address':
      return { operation: 'unknown-address', action: 'unknown address' }
    case 'unsupported':
      return { operation: 'unsupported', action: `unsupported: ${intent.what}` }
    case 'malformed':
      return malformedRequest
  }
}

function describeReplacement(type: ResourceType, enabled: boolean | undefined): RequestDescription {
  const action = `replace ${typeLabel(type)}`
  return enabled === undefined
    ? { operation: 'replace', action }
    : { operation: 'replace', enabled, action: `${action} (${enabled ? 'enabled' : 'disabled'})` }
}

function describeChange(type: ResourceType, attributes: readonly string[]): RequestDescription {
  const ordinary = attributes.filter(name => name !== type.labelAttribute)
  const renames = ordinary.length < attributes.length
  const action = describePatch(type, { renames, attributes: [...new Set(ordinary)] })
  return { operation: renames ? 'rename' : 'update', action }
}

function describeMembership(change: 'add' | 'remove', member: string | undefined): RequestDescription {
  const name = member === undefined ? '' : ` ${excerpt(member, 60)}`
  return change === 'add'
    ? { operation: 'add-members', membersAdded: 1, action: `add member${name}` }
    : { operation: 'remove-members', membersRemoved: 1, action: `remove member${name}` }
}

function describeList({
  type,
  filter,
  found,
  continued,
}: Extract<Intent, { readonly kind: 'list' }>): RequestDescription {
  const operation = listOperation(filter, found)
  return {
    operation,
    ...(found !== undefined && { results: found }),
    action: `${listAction(operation, type, filter)}${continued ? ', continued' : ''}`,
  }
}

type ListOperation = Extract<Operation, 'list' | 'probe' | 'look-up' | 'search'>

function listOperation(filter: BoundFilter | undefined, found: number | undefined): ListOperation {
  if (!filter) return 'list'
  if (found === 0 && isProbe(filter)) return 'probe'
  return isLookUp(filter) ? 'look-up' : 'search'
}

function listAction(operation: ListOperation, type: ResourceType, filter: BoundFilter | undefined): string {
  const plural = type.endpoint.slice(1).toLowerCase()
  const names = filter ? attributeNames(filter) : []
  switch (operation) {
    case 'list':
      return `list ${plural}`
    case 'probe':
      return 'test connection'
    case 'look-up':
      return lookUpAction(type, names)
    case 'search':
      return `search ${plural}${byNames(names)}`
  }
}

const lookUpAction = (type: ResourceType, names: readonly string[]): string =>
  `look up ${typeLabel(type)}${byNames(names)}`

const byNames = (names: readonly string[]): string => (names.length > 0 ? ` by ${shortList(names)}` : '')

const credentialRefusalLabels: Readonly<Record<CredentialRefusal, string>> = {
  'not-offered': 'JWT, which AWS does not accept',
  malformed: 'malformed JWT',
  'unknown-issuer': 'JWT of an unknown issuer',
  'wrong-audience': 'JWT for another audience',
  'wrong-caller': 'JWT of another client',
  'bad-signature': 'JWT with a wrong signature',
  'unknown-key': 'JWT signed with an unknown key',
  'weak-algorithm': 'JWT with a weak algorithm',
  'not-yet-valid': 'JWT not valid yet',
  'keys-unreachable': 'keys of the issuer unreachable',
  ambiguous: 'JWT fits several tenants',
  'insufficient-scope': 'JWT without the scope',
}

export const refusalLabels: Readonly<Record<Refusal | SignatureRefusal, string>> = {
  ...keyRefusalLabels,
  ...credentialRefusalLabels,
  missing: 'no token',
  unknown: 'unknown token',
  expired: 'token expired',
  deleted: 'token deleted',
  'other-tenant': 'token of another tenant',
  'read-only': 'read-only token',
  'wrong-secret': 'wrong client secret',
}

const clientRefusalLabels: Readonly<Record<Refusal, string>> = {
  ...credentialRefusalLabels,
  missing: 'no client authentication',
  unknown: 'unknown client',
  expired: 'secret or assertion expired',
  deleted: 'client or secret deleted',
  'other-tenant': 'client of another tenant',
  'read-only': 'read-only client',
  'not-offered': 'AWS has no token endpoint',
  malformed: 'malformed credentials',
  'wrong-secret': 'wrong secret',
}

const typeLabel = (type: ResourceType) => type.name.toLowerCase()
