/**
 * How an engine spells what filters ask of a JSON document. Names are those of the schema, never a client's; a
 * list of names leads from the given JSON downwards, and an empty list is that JSON itself.
 */
export type Dialect = {
  /** The placeholder of a named parameter. */
  readonly parameter: (name: string) => string
  /** The text, number or truth value at a place; null when there is none. */
  readonly scalar: (json: string, names: readonly string[]) => string
  /** A table with one row for each value of the array at a place. */
  readonly each: (json: string, names: readonly string[], alias: string) => string
  /** The value in a row of `each`. */
  readonly element: (alias: string) => string
  /** Where in the array a row of `each` stands. */
  readonly position: (alias: string) => string
  /** Whether there is anything but empty strings at a place or below it. */
  readonly notEmpty: (json: string, names: readonly string[]) => string
  readonly contains: (text: string, part: string) => string
  readonly startsWith: (text: string, part: string) => string
  readonly endsWith: (text: string, part: string) => string
  /** The form in which texts are compared whose case doesn't matter. */
  readonly folded: (text: string) => string
  /** A JSON object of names and values. */
  readonly object: (members: readonly (readonly [string, string])[]) => string
  /** A text that stands in the statement itself, as it is the schema's and never a client's. */
  readonly text: (text: string) => string
  readonly literal: { readonly true: string; readonly false: string }
}
