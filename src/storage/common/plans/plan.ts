import type { Cause } from '../../../domain/ports/resources.ts'
import type { JsonObject } from '../../../scim/json.ts'
import type { LookupKey, StoredWithSecrets } from '../../../scim/resource.ts'
import type { RelatedRow } from '../related.ts'

export type KeyPair = readonly [attribute: string, value: string]

export type CurrentResource = StoredWithSecrets & { readonly keys: readonly KeyPair[] }

export type MemberRow = {
  readonly memberId: string
  /** Null if no resource has the id. */
  readonly memberKey: number | null
  /** The `display` that a client sent, if it is not the name of the resource. */
  readonly sentDisplay?: string | null
}

export type ListedMember = MemberRow & {
  readonly key: number
  readonly type: string | null
  readonly display: string | null
}

/** The order is that in which engines take row locks. A lock prevents deletion, or also changes, until the end. */
export type PlanQueries = {
  tenant: { of: readonly [tenant: number]; result: boolean }
  /** Locked against changes; for a deletion, also against becoming a member. */
  current: {
    of: readonly [tenant: number, type: string, id: string, purpose: 'update' | 'delete']
    result: CurrentResource | undefined
  }
  /** Locked against changes; in the order of keys. Those that do not exist are left out. */
  resources: { of: readonly [tenant: number, keys: readonly number[]]; result: readonly CurrentResource[] }
  room: { of: readonly [tenant: number, type: string, limit: number]; result: boolean }
  newKey: { of: readonly []; result: number }
  predecessor: {
    of: readonly [tenant: number, type: string, foldedLabel: string]
    result: { readonly key: number; readonly id: string } | undefined
  }
  holder: {
    of: readonly [tenant: number, type: string, attribute: string, value: string]
    result: number | undefined
  }
  /** The resource is locked against deletion. */
  member: {
    of: readonly [tenant: number, id: string]
    result: { readonly key: number; readonly type: string; readonly display: string } | undefined
  }
  membership: {
    of: readonly [tenant: number, group: number, memberId: string]
    result: (MemberRow & { readonly key?: number }) | undefined
  }
  /** In order of joining. */
  membersAfter: {
    of: readonly [tenant: number, group: number, after: number, limit: number]
    result: readonly ListedMember[]
  }
  /** In order of joining. */
  groupsOf: {
    of: readonly [tenant: number, member: number]
    result: readonly (RelatedRow & { readonly key: number })[]
  }
  types: { of: readonly [tenant: number]; result: readonly string[] }
  /** In the order of keys. */
  referrersAfter: {
    of: readonly [
      tenant: number,
      type: string,
      attribute: string,
      value: string,
      after: number,
      limit: number,
    ]
    result: readonly number[]
  }
  lastWhole: { of: readonly [tenant: number, key: number]; result: string | undefined }
  retainedAfter: {
    of: readonly [tenant: number, type: string, after: number, limit: number]
    result: readonly RetainedRecord[]
  }
  retained: { of: readonly [tenant: number, id: string]; result: readonly RetainedRecord[] }
  deletedTypes: { of: readonly [tenant: number]; result: readonly string[] }
}

/** `version` is the last one before the deletion. */
export type RetainedRecord = { readonly key: number; readonly id: string; readonly version: number }

export type QueryName = keyof PlanQueries

export type PlanQuery = {
  [Name in QueryName]: { readonly query: Name; readonly of: PlanQueries[Name]['of'] }
}[QueryName]

type ResultsOf<Queries extends readonly PlanQuery[]> = {
  -readonly [Place in keyof Queries]: PlanQueries[Queries[Place]['query']]['result']
}

export type ResourceContent = {
  readonly document: string
  readonly secrets: string | null
  readonly search: JsonObject
  readonly keys: readonly KeyPair[]
  readonly version: number
  readonly lastModified: number
  readonly label: string
  readonly display: string
  readonly enabled: boolean
}

export type CauseColumns = {
  readonly exchange: string | null
  /** `Cause.via` as JSON text. */
  readonly via: string | null
}

export const causeColumns = ({ exchange, via }: Cause): CauseColumns => ({
  exchange: exchange ?? null,
  via: via ? JSON.stringify(via) : null,
})

/** The members are in order. Long lists are split, so that engines can pause between changes. */
type MembershipChange = CauseColumns & {
  readonly tenant: number
  readonly group: number
  readonly members: readonly MemberRow[]
  readonly at: number
}

/** Nothing is read back, so many plans are written together: all changes of a kind before the next, in this order. */
export type PlanChanges = {
  /** Before `addKeys`, so that a value can move from one resource to another in one commit. */
  dropKeys: {
    readonly tenant: number
    readonly type: string
    readonly key: number
    readonly keys: readonly KeyPair[]
  }
  addResource: {
    readonly tenant: number
    readonly key: number
    readonly type: string
    readonly id: string
    readonly created: number
    readonly predecessor: string | null
    readonly content: ResourceContent
  }
  rewriteResource: {
    readonly tenant: number
    readonly type: string
    readonly key: number
    readonly content: ResourceContent
  }
  touchResource: {
    readonly tenant: number
    readonly key: number
    readonly version: number
    readonly lastModified: number
  }
  addKeys: {
    readonly tenant: number
    readonly type: string
    readonly key: number
    readonly keys: readonly LookupKey[]
  }
  linkMember: { readonly tenant: number; readonly id: string; readonly key: number }
  removeMembers: MembershipChange
  addMembers: MembershipChange
  /**
   * A version in the history. Membership events and versions share one sequence of moments, in the order in which plans
   * write them.
   */
  version: CauseColumns & {
    readonly tenant: number
    readonly key: number
    readonly version: number
    readonly action: 'created' | 'changed' | 'deleted'
    readonly at: number
    readonly document: string | null
    readonly difference: string | null
    readonly previousDocument: string | null
  }
  setSuccessor: { readonly tenant: number; readonly key: number; readonly successor: string }
  addDeleted: {
    readonly tenant: number
    readonly key: number
    readonly foldedLabel: string
    /** JSON text: the groups that it had. */
    readonly groups: string
    readonly at: number
    readonly exchange: string | null
    readonly state: 'retained' | 'removed'
  }
  dropAssignments: {
    readonly tenant: number
    readonly type: string
    readonly id: string
    readonly at: number
    readonly exchange: string | null
  }
  dropResource: { readonly tenant: number; readonly type: string; readonly key: number }
  /** Deletes the documents of retained records, and adds a version `purged` to each. Long lists are split. */
  purgeRecords: {
    readonly tenant: number
    /** `version` is that of the purge. */
    readonly records: readonly { readonly key: number; readonly version: number }[]
    readonly at: number
  }
}

export const maxListInChange = 50

export function* inPortions<Item>(items: readonly Item[], length: number): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += length) yield items.slice(from, from + length)
}

export type ChangeName = keyof PlanChanges

export type PlanChange = {
  [Name in ChangeName]: { readonly change: Name; readonly row: PlanChanges[Name] }
}[ChangeName]

export function rowsOf({ change, row }: PlanChange): number {
  switch (change) {
    case 'addMembers':
    case 'removeMembers':
      return row.members.length
    case 'purgeRecords':
      return row.records.length
    default:
      return 1
  }
}

export type Decision<Value> = { readonly value: Value; readonly changes: readonly PlanChange[] }

/**
 * Yields queries, receives their results in the same order, and returns what is to be written. If it throws, nothing is
 * written. Plans have no side effects, and may run again if the transaction does.
 */
export type Plan<Value> = Generator<readonly PlanQuery[], Decision<Value>, readonly unknown[]>

export type PlanStep<Value> = Generator<readonly PlanQuery[], Value, readonly unknown[]>

export function* read<const Queries extends readonly PlanQuery[]>(
  ...queries: Queries
): PlanStep<ResultsOf<Queries>> {
  return (yield queries) as unknown as ResultsOf<Queries>
}

export function* readAll<Name extends QueryName>(
  query: Name,
  of: readonly PlanQueries[Name]['of'][],
): PlanStep<readonly PlanQueries[Name]['result'][]> {
  if (of.length === 0) return []
  return (yield of.map(
    each => ({ query, of: each }) as unknown as PlanQuery,
  )) as readonly PlanQueries[Name]['result'][]
}
