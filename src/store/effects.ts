import type { HistoryEntry } from './history-entry.ts'

/** An exchange by which time is told: ids of exchanges rise in the order in which they came in. */
export type Moment = {
  /** The id of the exchange. */
  readonly exchange: string
  /** The tenant's time, in milliseconds since 1970: for what no exchange did. */
  readonly at: number
}

/** A resource as it stood at some moment. */
export type PastState = {
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
export type Affected = {
  readonly type: string
  readonly id: string
  readonly label: string
  /** Absent for one that it created. */
  readonly before?: PastState
  /** The version that it left; the document is absent for a deletion. */
  readonly after: { readonly version: number; readonly document?: string }
}

export type MembershipEvent = Extract<HistoryEntry, { kind: 'membership' }>

/** All that an exchange changed: the resource that it was about first, and memberships in their order. */
export type Effect = {
  readonly resources: readonly Affected[]
  readonly memberships: readonly MembershipEvent[]
}

/** What exchanges changed, and how things stood before them. Read from history, for people and for judging. */
export interface Effects {
  /** What an exchange about this resource changed; nothing for one that changed nothing. */
  causedBy(tenant: number, type: string, id: string, moment: Moment): Promise<Effect>
  /** The resource as it stood before the exchange; undefined when it didn't exist. */
  stateBefore(tenant: number, type: string, id: string, moment: Moment): Promise<PastState | undefined>
  /** The types of those of these ids that named a resource before the exchange. */
  typesBefore(tenant: number, ids: readonly string[], moment: Moment): Promise<ReadonlyMap<string, string>>
  /**
   * Those that are found under a key now, as they stood before the exchange: whoever had the key then and has gone
   * or given it up isn't among them. `attribute` and `value` as in `Key`.
   */
  holdersBefore(
    tenant: number,
    type: string,
    key: { readonly attribute: string; readonly value: string },
    moment: Moment,
  ): Promise<readonly PastState[]>
}
