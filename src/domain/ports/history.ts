import type { RelatedResource } from '../../scim/resource.ts'
import type { Via } from './resources.ts'

export type HistoryEntry =
  | {
      readonly kind: 'version'
      readonly version: number
      readonly action: 'created' | 'changed' | 'deleted' | 'purged'
      readonly at: number
      readonly exchange?: string
      readonly via?: Via
      readonly document?: string
      /** Absent for a creation. */
      readonly before?: string
    }
  | {
      readonly kind: 'membership'
      readonly event: 'added' | 'removed'
      readonly at: number
      readonly exchange?: string
      readonly via?: Via
      readonly group: RelatedResource
      readonly member: RelatedResource
    }

export type DocumentRevision = {
  readonly version: number
  readonly at: number
  readonly exchange?: string
  readonly via?: Via
  readonly document: string
  readonly before?: string
}

/** A moment as the point before an exchange: the ids of exchanges rise in order of arrival. */
export type ExchangeMoment = {
  readonly exchange: string
  /** The tenant's time, in milliseconds since 1970: for changes that no exchange made. */
  readonly at: number
}

export type PastResource = {
  readonly key: number
  readonly id: string
  readonly type: string
  readonly version: number
  readonly document: string
  /** Milliseconds since 1970, by the tenant's clock. */
  readonly created: number
  readonly lastModified: number
}

export type AffectedResource = {
  readonly type: string
  readonly id: string
  readonly label: string
  readonly before?: PastResource
  /** The last version by the exchange; the document is absent for a deletion. */
  readonly after: { readonly version: number; readonly document?: string }
}

export type MembershipEvent = Extract<HistoryEntry, { kind: 'membership' }>

/** All changes by an exchange: its target first, and memberships in their order. */
export type ExchangeEffect = {
  readonly resources: readonly AffectedResource[]
  readonly memberships: readonly MembershipEvent[]
}

export interface ExchangeEffects {
  causedBy(tenant: number, type: string, id: string, moment: ExchangeMoment): Promise<ExchangeEffect>
  stateBefore(
    tenant: number,
    type: string,
    id: string,
    moment: ExchangeMoment,
  ): Promise<PastResource | undefined>
  typesBefore(
    tenant: number,
    ids: readonly string[],
    moment: ExchangeMoment,
  ): Promise<ReadonlyMap<string, string>>
  /**
   * The resources that have a key now, in their state before the exchange. Resources that had the key then,
   * but were deleted or lost it since, are left out. `attribute` and `value` are as in `LookupKey`.
   */
  holdersBefore(
    tenant: number,
    type: string,
    key: { readonly attribute: string; readonly value: string },
    moment: ExchangeMoment,
  ): Promise<readonly PastResource[]>
}
