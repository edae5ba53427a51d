import { errors, shown } from './error.ts'
import type { Json, JsonObject } from './json.ts'

/** RFC 7643 §2.1 compares names without case; two spellings of one would leave open which of them counts. */
export function inLowerCase(object: JsonObject, at: string): JsonObject {
  const entries = new Map<string, Json>()
  for (const [name, value] of Object.entries(object)) {
    const lower = name.toLowerCase()
    if (entries.has(lower)) throw errors.invalidSyntax(`${at} has "${shown(name)}" twice. Send it once.`)
    entries.set(lower, value)
  }
  return Object.fromEntries(entries)
}

/** Whether the `schemas` of a message hold this URN (RFC 7644 §3.1); URNs have no case. */
export const states = (schemas: unknown, urn: string): boolean =>
  Array.isArray(schemas) &&
  schemas.some(stated => typeof stated === 'string' && stated.toLowerCase() === urn.toLowerCase())
