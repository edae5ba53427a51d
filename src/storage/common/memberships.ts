import type { Authors } from '../../domain/ports/directory.ts'
import type { Membership } from '../../domain/ports/memberships.ts'
import type { Via } from '../../domain/ports/resources.ts'
import type { ResourceId } from '../../scim/resource.ts'

/** `via` is JSON text, as in `CauseColumns`. */
export type MembershipRow = {
  readonly key: number
  readonly group: string
  readonly member: string
  readonly at: number
  readonly via: string | null
}

export const toMembership = ({ key, group, member, at, via }: MembershipRow): Membership => ({
  key,
  group: group as ResourceId,
  member: member as ResourceId,
  at,
  ...readVia(via),
})

export const readVia = (text: string | null): { readonly via?: Via } =>
  text === null ? nothing : { via: JSON.parse(text) }

const nothing = {}

export type AuthorsRow = {
  readonly key: number
  readonly created: string | null
  readonly changed: string | null
}

export const toAuthors = ({ created, changed }: AuthorsRow): Authors => ({
  ...(created !== null && { created: JSON.parse(created) }),
  ...(changed !== null && { changed: JSON.parse(changed) }),
})
