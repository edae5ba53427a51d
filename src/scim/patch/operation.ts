import type { Attribute, AttributePath } from '../attribute.ts'
import type { BoundFilter } from '../filter/bound-filter.ts'
import type { Json } from '../json.ts'

/** What a PATCH path names (RFC 7644 figure 7), looked up in the schema. */
export type PatchTarget = {
  /** From the top of the resource; for `emails[type eq "work"].value` it ends at `emails`. */
  readonly path: AttributePath
  /** The filter in brackets; its paths start at one value of the attribute. */
  readonly where?: BoundFilter
  /** The sub-attribute after the brackets. */
  readonly sub?: Attribute
  /** The path as the client wrote it. */
  readonly text: string
}

/** One attribute that an operation gives a value to, or takes it from. The value has been read and checked. */
export type Assignment = { readonly target: PatchTarget; readonly value: Json | undefined }

export type PatchOperation = {
  readonly op: 'add' | 'remove' | 'replace'
  /** The path as the client wrote it; absent where the value's own names say what is meant. */
  readonly path?: string
  /** One with a path; one an attribute of the value without. Unknown attributes that are forgiven aren't here. */
  readonly assignments: readonly Assignment[]
  /** Names that no schema has and that the profile forgives. */
  readonly ignored: readonly string[]
}

/** What happens to a group's members. They are rows, not part of the document. */
export type MembershipEdit =
  | { readonly kind: 'add'; readonly members: readonly string[] }
  | { readonly kind: 'remove'; readonly members: readonly string[] }
  | { readonly kind: 'remove-where'; readonly where: BoundFilter }
  | { readonly kind: 'replace'; readonly members: readonly string[] }
  | { readonly kind: 'remove-all' }
