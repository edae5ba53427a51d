import { errors } from './error.ts'
import type { JsonObject } from './json.ts'
import { excerpt } from './text.ts'

/**
 * A value for looking up a resource. It is folded if the attribute ignores case. Only one resource of a type and tenant
 * may have an exclusive key.
 */
export type LookupKey = {
  /** `userName`, `emails.value`, `urn:…:User:manager.value`: the canonical text of the path. */
  readonly attribute: string
  readonly value: string
  readonly exclusive: boolean
}

/** A resource as clients see it, without `meta` and without related resources. */
export type Resource = JsonObject

/** Branded strings let the compiler distinguish kinds of IDs. */
declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type ResourceId = Branded<'ResourceId'>
export const toResourceId = (text: string): ResourceId => text as ResourceId

export type StoredResource = {
  /** The store's internal number, in order of creation; never returned to a client. */
  readonly key: number
  readonly id: ResourceId
  readonly type: string
  /**
   * The resource as JSON text: `id`, `externalId` if any, `schemas`, then the other attributes in the order of the schema.
   * It contains neither `meta`, whose format depends on the profile, nor related resources.
   */
  readonly document: string
  readonly label: string
  readonly version: number
  /** Identifies the snapshot restore that brought it back, to keep its versions unique; null if there was none. */
  readonly era: string | null
  /** Milliseconds since 1970. */
  readonly created: number
  /** Milliseconds since 1970. */
  readonly lastModified: number
  /** 0 if no group contained it when it was read; absent if the read did not look for groups. */
  readonly isMember?: 0 | 1
}

export type StoredWithSecrets = StoredResource & {
  readonly secrets: string | null
}

export type RelatedResource = {
  readonly id: ResourceId
  /** Absent if no such resource exists. Some profiles keep unresolved references. */
  readonly type?: string
  readonly display?: string
  readonly indirect?: true
}

/** The maximum number of indirect groups that are returned for a resource; the nearest ones take precedence. */
export const maxIndirectGroups = 100

export type PreparedResource = {
  readonly document: string
  /** The hashes of its secrets, as JSON text in the resource's shape; absent if it has none. Never in the document. */
  readonly secrets?: string
  /** The resource in the form for filters, without `meta`, which the store adds. */
  readonly search: JsonObject
  readonly keys: readonly LookupKey[]
  readonly label: string
  readonly display: string
  /** False if the type's `enabledAttribute` is false. */
  readonly enabled: boolean
}

type Versioned = Pick<StoredResource, 'version' | 'era'>

/**
 * A resource's version as an entity tag (RFC 7644 §3.14, RFC 9110 §8.8.3). It is weak, because the bytes of a response
 * depend on the requested attributes, and equals `meta.version` (RFC 7643 §3.1). `others` identifies the values that come
 * from other resources, which change without a new version; undefined if there are none.
 */
export const entityTag = (stored: Versioned, others?: string): string =>
  others === undefined ? `W/"${versionOf(stored)}"` : `W/"${versionOf(stored)}.${others}"`

const isTagOfVersion = (tag: string, stored: Versioned): boolean =>
  /^(?:W\/)?"([^".]+)(?:\.[^".]*)?"$/.exec(tag)?.[1] === versionOf(stored)

/** A restored resource continues from an earlier version, so its version numbers alone would repeat. */
const versionOf = ({ version, era }: Versioned): string => (era === null ? `${version}` : `${version}-${era}`)

/** The values of `If-Match` and `If-None-Match` as sent (RFC 9110 §13.1, RFC 7644 §3.14). */
export type Precondition = {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
}

/** Throws 412. A tag's part for other resources is ignored, so a user whose groups changed can still be changed. */
export function checkPrecondition({ ifMatch, ifNoneMatch }: Precondition, current: StoredResource): void {
  const isCurrent = (tag: string) => isTagOfVersion(tag, current)
  if (ifMatch !== undefined && !matchesTagList(ifMatch, isCurrent)) {
    throw errors.preconditionFailed(
      `The resource has version ${entityTag(current)}, but the request is for ${excerpt(ifMatch)}. Read the resource again and send the change with its current version.`,
    )
  }
  if (ifNoneMatch !== undefined && matchesTagList(ifNoneMatch, isCurrent)) {
    throw errors.preconditionFailed(
      `The resource has version ${entityTag(current)}, which "If-None-Match" excludes. Omit that header in changes.`,
    )
  }
}

export const isUnmodified = ({ ifNoneMatch }: Precondition, tag: string): boolean =>
  ifNoneMatch !== undefined && matchesTagList(ifNoneMatch, entry => entry === tag || `W/${entry}` === tag)

/** Weak comparison also for `If-Match`, because RFC 7644 §3.14 sends weak tags there. Invalid entries match nothing. */
const matchesTagList = (list: string, matches: (tag: string) => boolean): boolean =>
  list
    .split(',')
    .map(entry => entry.trim())
    .some(entry => entry === '*' || matches(entry))
