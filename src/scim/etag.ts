import { errors, excerpt } from './error.ts'
import type { StoredResource } from './resource.ts'

type Versioned = Pick<StoredResource, 'version' | 'era'>

/**
 * A resource's version as an entity tag (RFC 7644 §3.14, RFC 9110 §8.8.3). It is weak, as the bytes that leave depend
 * on what a request asks for, and equals `meta.version` (RFC 7643 §3.1). `others` identifies the values that come from
 * other resources, which change without a new version; absent when there are none.
 */
export const entityTag = (stored: Versioned, others?: string): string =>
  others === undefined ? `W/"${versionOf(stored)}"` : `W/"${versionOf(stored)}.${others}"`

/** Whether an entity tag, weak or strong, is of this version, whatever it says of other resources. */
export const isTagOfVersion = (tag: string, stored: Versioned): boolean =>
  /^(?:W\/)?"([^".]+)(?:\.[^".]*)?"$/.exec(tag)?.[1] === versionOf(stored)

/** A restored resource counts on from an earlier version, so its numbers alone would occur again. */
const versionOf = ({ version, era }: Versioned): string => (era === null ? `${version}` : `${version}-${era}`)

/** What `If-Match` and `If-None-Match` ask of a resource (RFC 9110 §13.1, RFC 7644 §3.14); as they were sent. */
export type Precondition = {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
}

/**
 * Throws 412 when a change is asked of another version than the stored one. What a tag says of other resources doesn't
 * matter here: a user whose groups have changed meanwhile can still be changed.
 */
export function checkPrecondition({ ifMatch, ifNoneMatch }: Precondition, current: StoredResource): void {
  const isCurrent = (tag: string) => isTagOfVersion(tag, current)
  if (ifMatch !== undefined && !matchesTagList(ifMatch, isCurrent)) {
    throw errors.preconditionFailed(
      `The resource is at version ${entityTag(current)}, and the request is for ${excerpt(ifMatch)}. Read it again, and send the change with its present version.`,
    )
  }
  if (ifNoneMatch !== undefined && matchesTagList(ifNoneMatch, isCurrent)) {
    throw errors.preconditionFailed(
      `The resource is at version ${entityTag(current)}, which "If-None-Match" excludes. Leave that header out of changes.`,
    )
  }
}

/** Whether a client that reads has the representation with this tag already. */
export const isUnmodified = ({ ifNoneMatch }: Precondition, tag: string): boolean =>
  ifNoneMatch !== undefined && matchesTagList(ifNoneMatch, entry => entry === tag || `W/${entry}` === tag)

/**
 * Whether a list of entity tags, or `*`, names what is sought. Tags are compared weakly, also for `If-Match`: RFC 7644
 * §3.14 sends weak ones there. What is no entity tag names nothing.
 */
const matchesTagList = (list: string, isSought: (tag: string) => boolean): boolean =>
  list
    .split(',')
    .map(entry => entry.trim())
    .some(entry => entry === '*' || isSought(entry))
