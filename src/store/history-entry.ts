import type { Related } from '../scim/resource.ts'

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
      readonly group: Related
      readonly member: Related
    }

/** A version whose document isn't that of the version before. */
export type DocumentChange = {
  readonly version: number
  readonly at: number
  readonly exchange?: string
  readonly document: string
  readonly before?: string
}
