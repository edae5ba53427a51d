import type { Attribute } from './attribute.ts'
import type { Json } from './json.ts'

export type RequestPolicy = {
  /**
   * Converts a value before it is checked against its attribute: `"True"` for a boolean, a bare string for a manager.
   * Called for each value of a multi-valued attribute and for each sub-attribute. If it returns `undefined` or null, the
   * value counts as absent.
   */
  readonly normalizeValue: (attribute: Attribute, value: Json) => Json | undefined
  readonly fullAttributeName: (resourceType: string, name: string) => string
  readonly unknownAttributes: 'ignore' | 'refuse'
  /** The error of a PATCH path that no schema defines, unless it is ignored. */
  readonly unknownPaths: 'ignore' | 'invalidPath' | 'invalidSyntax'
  /** The error of a URN in `schemas` that the type does not have. `invalidSyntax` also applies to a PATCH: its message, and values for `schemas`. */
  readonly unknownSchemas: 'ignore' | 'invalidValue' | 'invalidSyntax'
  /** Whether a request must contain `schemas` (RFC 7643 §3, RFC 7644 §3.5.2). */
  readonly schemas: 'required' | 'optional'
  /** PATCH replace of a single complex value: omitted sub-attributes stay (RFC 7644 §3.5.2.3), or are removed. */
  readonly complexReplacement: 'merge' | 'whole'
  /** PATCH replace with a filtered path that matches no value (`noTarget` in RFC 7644 §3.5.2.3). */
  readonly missingElement: 'create' | 'noTarget'
  /** PATCH remove with a filtered path that matches no value, except for members (`noTarget` in RFC 7644 table 9). */
  readonly unmatchedRemoval: 'ignore' | 'noTarget'
  /** Whether `emails[type eq "work"]` without a match applies to a value without a type, which is not the default. */
  readonly typesUntyped?: (attribute: Attribute) => boolean
  /** PATCH of a read-only attribute (`mutability` in RFC 7644 §3.5.2). */
  readonly readOnlyPaths: 'ignore' | 'refuse'
  /** `externalId eq jyoung`, as in Entra's documentation. */
  readonly unquotedFilterValues: boolean
  /** `emails[type eq "work"] eq "a@b.c"`, which means `emails[type eq "work" and value eq "a@b.c"]`. */
  readonly comparisonAfterBrackets: boolean
  readonly ignoresChange?: (
    op: 'add' | 'remove' | 'replace',
    attribute: Attribute,
    value: Json | undefined,
  ) => boolean
}
