import { errors, shown } from './error.ts'
import type { Stored } from './resource.ts'
import { isOfVersion, versionTag } from './version-tag.ts'

/** What `If-Match` and `If-None-Match` ask of a resource (RFC 9110 §13.1, RFC 7644 §3.14); as they were sent. */
export type Precondition = {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
}

/**
 * Throws 412 when a change is asked of another version than the stored one. What a tag says of other resources doesn't
 * matter here: a user whose groups have changed meanwhile can still be changed.
 */
export function checkPrecondition({ ifMatch, ifNoneMatch }: Precondition, current: Stored): void {
  const isCurrent = (tag: string) => isOfVersion(tag, current)
  if (ifMatch !== undefined && !names(ifMatch, isCurrent)) {
    throw errors.preconditionFailed(
      `The resource is at version ${versionTag(current)}, and the request is for ${shown(ifMatch)}. Read it again, and send the change with its present version.`,
    )
  }
  if (ifNoneMatch !== undefined && names(ifNoneMatch, isCurrent)) {
    throw errors.preconditionFailed(
      `The resource is at version ${versionTag(current)}, which "If-None-Match" excludes. Leave that header out of changes.`,
    )
  }
}

/** Whether a client that reads has the representation with this tag already. */
export const isUnmodified = ({ ifNoneMatch }: Precondition, tag: string): boolean =>
  ifNoneMatch !== undefined && names(ifNoneMatch, entry => entry === tag || `W/${entry}` === tag)

/**
 * Whether a list of entity tags, or `*`, names what is sought. Tags are compared weakly, also for `If-Match`: RFC 7644
 * §3.14 sends weak ones there. What is no entity tag names nothing.
 */
const names = (list: string, isSought: (tag: string) => boolean): boolean =>
  list
    .split(',')
    .map(entry => entry.trim())
    .some(entry => entry === '*' || isSought(entry))
