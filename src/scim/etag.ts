import { errors, excerpt } from './error.ts'
import type { StoredResource } from './resource.ts'

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
