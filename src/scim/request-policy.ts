import type { Attribute } from './attribute.ts'
import type { Json } from './json.ts'
import type { PatchOperation } from './patch/operation.ts'

/** How strictly requests are read. The core asks these questions; a profile answers them. */
export type RequestPolicy = {
  /**
   * Forgives a value before it is checked against its attribute: `"True"` for a boolean, a bare string for a
   * manager. Called for each value of a multi-valued attribute and for each sub-attribute. `undefined` or null
   * means that the value counts as absent.
   */
  readonly normalizeValue: (attribute: Attribute, value: Json) => Json | undefined
  /** Another name for an attribute, in filters and paths: `member` for `members`. Gives the name to look up. */
  readonly fullAttributeName: (resourceType: string, name: string) => string
  /** An attribute in a POST or PUT body that no schema has. */
  readonly unknownAttributes: 'ignore' | 'refuse'
  /** A path, or a name in a pathless value, of a PATCH that no schema has. */
  readonly unknownPaths: 'ignore' | 'refuse'
  /** A URN in `schemas` that the resource type doesn't have. */
  readonly unknownSchemas: 'ignore' | 'refuse'
  /** Whether a request must state `schemas` (RFC 7643 §3, RFC 7644 §3.5.2). */
  readonly schemas: 'required' | 'optional'
  /** PATCH replace with a filtered path that matches no value (RFC 7644 §3.5.2.3 wants `noTarget`). */
  readonly missingElement: 'create' | 'noTarget'
  /** PATCH of a read-only attribute (RFC 7644 §3.5.2 wants `mutability`). */
  readonly readOnlyPaths: 'ignore' | 'refuse'
  /** `externalId eq jyoung`, as Entra's documents show it. */
  readonly unquotedFilterValues: boolean
  /** `emails[type eq "work"] eq "a@b.c"`, which means `emails[type eq "work" and value eq "a@b.c"]`. */
  readonly comparisonAfterBrackets: boolean
  /** A change by PATCH of a whole attribute that is accepted and not carried out; without it none is. */
  readonly ignoresChange?: (
    op: PatchOperation['op'],
    attribute: Attribute,
    value: Json | undefined,
  ) => boolean
}
