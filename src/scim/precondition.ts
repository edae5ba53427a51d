import { errors, shown } from './error.ts'
import type { Stored } from './resource.ts'
import { versionTag } from './version-tag.ts'

/** What `If-Match` and `If-None-Match` ask of a resource (RFC 9110 §13.1, RFC 7644 §3.14); as they were sent. */
export type Precondition = {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
}

/** Throws 412 when a change is asked of another version than the stored one. */
export function checkPrecondition({ ifMatch, ifNoneMatch }: Precondition, current: Stored): void {
  const tag = versionTag(current)
  if (ifMatch !== undefined && !names(ifMatch, tag)) {
    throw errors.preconditionFailed(
      `The resource is at version ${tag}, and the request is for ${shown(ifMatch)}. Read it again, and send the change with its present version.`,
    )
  }
  if (ifNoneMatch !== undefined && names(ifNoneMatch, tag)) {
    throw errors.preconditionFailed(
      `The resource is at version ${tag}, which "If-None-Match" excludes. Leave that header out of changes.`,
    )
  }
}

/** Whether a client that reads has this version already. */
export const isUnmodified = ({ ifNoneMatch }: Precondition, current: Stored): boolean =>
  ifNoneMatch !== undefined && names(ifNoneMatch, versionTag(current))

/**
 * Whether a list of entity tags, or `*`, names this one. Tags are compared weakly, also for `If-Match`: RFC 7644
 * §3.14 sends weak ones there. What is no entity tag names nothing.
 */
const names = (list: string, tag: string): boolean =>
  list
    .split(',')
    .map(entry => entry.trim())
    .some(entry => entry === '*' || entry === tag || `W/${entry}` === tag)
