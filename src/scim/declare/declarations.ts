import type { JsonObject } from '../json.ts'

/** What a tenant declares beside the types of the RFC, as RFC 7643 §6 and §7 write it. */
export type Declarations = {
  readonly schemas: readonly JsonObject[]
  readonly resourceTypes: readonly JsonObject[]
}

/** Nothing but the types of the RFC. */
export const nothingDeclared: Declarations = { schemas: [], resourceTypes: [] }
