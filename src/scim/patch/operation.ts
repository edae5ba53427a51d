import type { Attribute, AttributePath } from '../attribute.ts'
import type { BoundFilter } from '../filter/bound-filter.ts'
import { isObject, type Json } from '../json.ts'

/** The target of a PATCH path (RFC 7644 figure 7), resolved by the schema. */
export type PatchTarget = {
  /** From the top of the resource. For `emails[type eq "work"].value` it ends at `emails`. */
  readonly path: AttributePath
  readonly where?: BoundFilter
  readonly sub?: Attribute
  readonly text: string
}

export type Assignment = { readonly target: PatchTarget; readonly value: Json | undefined }

export type PatchOperation = {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path?: string
  readonly assignments: readonly Assignment[]
  readonly ignored: readonly string[]
}

export type MembershipEdit =
  | ({ readonly kind: 'add' } & SentMembers)
  | { readonly kind: 'remove'; readonly members: readonly string[] }
  | { readonly kind: 'remove-where'; readonly where: BoundFilter }
  | ({ readonly kind: 'replace' } & SentMembers)
  | { readonly kind: 'remove-all' }

export type SentMembers = {
  readonly members: readonly string[]
  /** The `display` of those that have one, by ID; the first one if a member is listed twice. Absent if none has. */
  readonly displays?: ReadonlyMap<string, string>
}

export function toSentMembers(elements: readonly Json[]): SentMembers {
  const members: string[] = []
  let displays: Map<string, string> | undefined
  for (const element of elements) {
    const id = String(isObject(element) ? element.value : element)
    members.push(id)
    if (!isObject(element) || typeof element.display !== 'string' || element.display === '') continue
    displays ??= new Map()
    if (!displays.has(id)) displays.set(id, element.display)
  }
  return { members, ...(displays && { displays }) }
}
