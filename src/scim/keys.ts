/**
 * A value that a resource is looked up by. The value is folded when the attribute ignores case. An exclusive
 * key may be held by one resource of its type in a tenant.
 */
export type Key = {
  /** `userName`, `emails.value`, `urn:…:User:manager.value`: the canonical text of the path. */
  readonly attribute: string
  readonly value: string
  readonly exclusive: boolean
}
