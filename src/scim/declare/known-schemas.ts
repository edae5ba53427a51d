import type { Json } from '../json.ts'
import { type ResourceType, type Schema, schemasOfType } from '../resource-types.ts'
import type { Note } from './mistakes.ts'
import { readSchema } from './read-schema.ts'

/** The schemas that types may name, by their URN in lower case (RFC 7643 §2.1). */
export type KnownSchemas = ReadonlyMap<string, Schema>

/** Reads the declared schemas. Those of the base types are known already and stay as they are. */
export function readSchemas(
  declared: readonly Json[],
  baseTypes: readonly ResourceType[],
  note: Note,
): KnownSchemas {
  const ofBase = new Map(baseTypes.flatMap(schemasOfType).map(schema => [schema.id.toLowerCase(), schema]))
  const known = new Map(ofBase)
  for (const [index, one] of declared.entries()) {
    const at = `schemas[${index}]`
    const schema = readSchema(one, at, note)
    if (!schema) continue
    const folded = schema.id.toLowerCase()
    if (ofBase.has(folded)) {
      note(`${at}.id`, `"${schema.id}" is a schema of the RFC, which stays as it is. Leave it out.`)
    } else if (known.has(folded)) {
      note(`${at}.id`, `"${schema.id}" is declared already, and the case of a URN means nothing.`)
    } else known.set(folded, schema)
  }
  return known
}
