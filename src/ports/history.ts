import type { RelatedResource } from '../scim/resource.ts'

/** What happened to a resource, as its history has it. */
export type HistoryEntry =
  | {
      readonly kind: 'version'
      readonly version: number
      readonly action: 'created' | 'changed' | 'deleted' | 'purged'
      readonly at: number
      readonly exchange?: string
      /** The document after the change; absent for a deletion. */
      readonly document?: string
      /** The document before it; absent for a creation. */
      readonly before?: string
    }
  | {
      readonly kind: 'membership'
      readonly event: 'added' | 'removed'
      readonly at: number
      readonly exchange?: string
      readonly group: RelatedResource
      readonly member: RelatedResource
    }

/** A version whose document isn't that of the version before. */
export type DocumentRevision = {
  readonly version: number
  readonly at: number
  readonly exchange?: string
  readonly document: string
  readonly before?: string
}

/** An exchange by which time is told: ids of exchanges rise in the order in which they came in. */
export type ExchangeMoment = {
  /** The id of the exchange. */
  readonly exchange: string
  /** The tenant's time, in milliseconds since 1970: for what no exchange did. */
  readonly at: number
}

/** A resource as it stood at some moment. */
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

/** What an exchange made of one resource. */
export type AffectedResource = {
  readonly type: string
  readonly id: string
  readonly label: string
  /** Absent for one that it created. */
  readonly before?: PastResource
  /** The version that it left; the document is absent for a deletion. */
  readonly after: { readonly version: number; readonly document?: string }
}

export type MembershipEvent = Extract<HistoryEntry, { kind: 'membership' }>

/** All that an exchange changed: the resource that it was about first, and memberships in their order. */
export type ExchangeEffect = {
  readonly resources: readonly AffectedResource[]
  readonly memberships: readonly MembershipEvent[]
}

/** What exchanges changed, and how things stood before them. Read from history, for people and for judging. */
export interface ExchangeEffects {
  /** What an exchange about this resource changed; nothing for one that changed nothing. */
  causedBy(tenant: number, type: string, id: string, moment: ExchangeMoment): Promise<ExchangeEffect>
  /** The resource as it stood before the exchange; undefined when it didn't exist. */
  stateBefore(
    tenant: number,
    type: string,
    id: string,
    moment: ExchangeMoment,
  ): Promise<PastResource | undefined>
  /** The types of those of these ids that named a resource before the exchange. */
  typesBefore(
    tenant: number,
    ids: readonly string[],
    moment: ExchangeMoment,
  ): Promise<ReadonlyMap<string, string>>
  /**
   * Those that are found under a key now, as they stood before the exchange: a resource that had the key then and was deleted
   * or given it up isn't among them. `attribute` and `value` as in `Key`.
   */
  holdersBefore(
    tenant: number,
    type: string,
    key: { readonly attribute: string; readonly value: string },
    moment: ExchangeMoment,
  ): Promise<readonly PastResource[]>
}
