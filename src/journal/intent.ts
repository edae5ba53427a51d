import type { BoundFilter } from '../scim/filter/bound-filter.ts'
import type { PatchOperation } from '../scim/patch/operation.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import type { Refusal } from '../tenants/tenant.ts'

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
