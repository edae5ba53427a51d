/**
 * How an engine expresses what a filter reads from a JSON document. Names come from the schema, never from a
 * client. A list of names is a path within the given JSON; an empty list is that JSON itself.
 */
export type Dialect = {
  /** The placeholder of a named parameter. */
  readonly parameter: (name: string) => string
  /** The string, number or boolean at a path; null if there is none. */
  readonly scalar: (json: string, names: readonly string[]) => string
  /** A table with one row per value of the array at a path. */
  readonly each: (json: string, names: readonly string[], alias: string) => string
  /** The value in a row of `each`. */
  readonly element: (alias: string) => string
  /** The position in the array of a row of `each`. */
  readonly position: (alias: string) => string
  /** Whether a path, or anything below it, has a value other than empty strings. */
  readonly notEmpty: (json: string, names: readonly string[]) => string
  readonly contains: (text: string, part: string) => string
  readonly startsWith: (text: string, part: string) => string
  readonly endsWith: (text: string, part: string) => string
  /** The form in which case-insensitive strings are compared. */
  readonly folded: (text: string) => string
  /** A JSON object with these names and values. */
  readonly object: (members: readonly (readonly [string, string])[]) => string
  /** A string literal; the text comes from the schema, never from a client. */
  readonly text: (text: string) => string
  readonly literal: { readonly true: string; readonly false: string }
  /** A condition that is true, but may end the statement when the client no longer waits. `key` is the row's key. */
  readonly isWanted: (key: string) => string
}
