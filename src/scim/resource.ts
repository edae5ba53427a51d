import type { JsonObject } from './json.ts'

/**
 * A value that a resource is looked up by. The value is folded when the attribute ignores case. An exclusive
 * key may be held by one resource of its type in a tenant.
 */
export type LookupKey = {
  /** `userName`, `emails.value`, `urn:…:User:manager.value`: the canonical text of the path. */
  readonly attribute: string
  readonly value: string
  readonly exclusive: boolean
}

/** A resource as clients see it, without `meta` and without related resources. */
export type Resource = JsonObject

/** Whether two branded texts are the same kind of id is the compiler's business. */
declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type ResourceId = Branded<'ResourceId'>
export const toResourceId = (text: string): ResourceId => text as ResourceId

/** A resource as it stands in the store. */
export type StoredResource = {
  /** The store's own number for it, in order of creation; never shown to a client. */
  readonly key: number
  readonly id: ResourceId
  readonly type: string
  /**
   * The resource as JSON text: `id` first, `externalId` if any, then `schemas`, then the rest in the order of
   * the schema. `meta` isn't in it (its form differs by profile), nor are related resources.
   */
  readonly document: string
  /** What the resource is called by, as in `Prepared`. */
  readonly label: string
  readonly version: number
  /** The restore of a snapshot that brought it back, without which versions would occur again; null when none did. */
  readonly era: string | null
  /** Milliseconds since 1970. */
  readonly created: number
  /** Milliseconds since 1970. */
  readonly lastModified: number
}

/** A resource with what only those who change it need. */
export type StoredWithSecrets = StoredResource & {
  /** As in `Prepared`. */
  readonly secrets: string | null
}

/** One that stands in a relation to a resource: a group's member, or a group that a user is in. */
export type RelatedResource = {
  readonly id: ResourceId
  /** Absent when no such resource exists (kept by profiles that keep what can't be resolved). */
  readonly type?: string
  readonly display?: string
  /** Of a group that a resource is in through another group. */
  readonly indirect?: true
}

/** A resource is shown so many groups that it is in through other groups, the nearest ones. */
export const maxIndirectGroups = 100

/** A resource with what the store needs to find it again. */
export type PreparedResource = {
  /** The text of `Stored.document`. */
  readonly document: string
  /** The hashes of its secrets, as JSON text of the resource's shape; absent when it has none. Never in the document. */
  readonly secrets?: string
  /** The resource as filters see it, without `meta`, which the store adds. */
  readonly search: JsonObject
  readonly keys: readonly LookupKey[]
  /** What the resource is called by: a user's `userName`. Folded for comparison by whoever needs that. */
  readonly label: string
  /** What is shown of it where another resource refers to it. */
  readonly display: string
  /** False when the attribute that says so is false. */
  readonly enabled: boolean
}
