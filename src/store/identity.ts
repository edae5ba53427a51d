import type { Related } from '../scim/resource.ts'
import type { PageRequest } from './page.ts'

/** `removed`: deleted under the policy `remove`, or purged; nothing but history is left of it. */
export type Status = 'active' | 'disabled' | 'retained' | 'removed'

/** An identity as people look at it: also one that its client has deleted. */
export type Identity = {
  readonly key: number
  readonly type: string
  readonly id: string
  readonly status: Status
  readonly label: string
  readonly display: string
  /** The last state, as in `Stored.document`; absent once removed. */
  readonly document?: string
  /** The number of versions. */
  readonly versions: number
  /** Milliseconds since 1970, by the tenant's clock: the creation, the last change, the last request about it. */
  readonly firstSeen: number
  readonly lastWritten: number
  readonly lastSeen: number
  /** The groups it is in, or was in when it was deleted. */
  readonly groups: readonly Related[]
  /** The exchange that made it. */
  readonly origin?: string
  /** When the client deleted it, and in which exchange. */
  readonly deleted?: { readonly at: number; readonly exchange?: string }
  /** The earlier identity with the same label, and the later one. */
  readonly predecessor?: string
  readonly successor?: string
}

export type IdentityQuery = PageRequest & {
  readonly status?: Status
  /** Part of the label or of the display name, whatever the case. */
  readonly text?: string
}
