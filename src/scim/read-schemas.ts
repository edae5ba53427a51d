import { errors, shown } from './error.ts'
import { isUnassigned, type Json } from './json.ts'
import type { Reads } from './reads.ts'
import type { ResourceType } from './resource-types.ts'

/**
 * Checks what a body states in `schemas` (RFC 7643 §3); order and repetition mean nothing. Which extensions a
 * resource has is seen from its data, so that nothing is lost when a client forgets to list one.
 */
export function checkSchemas(stated: Json | undefined, type: ResourceType, reads: Reads): void {
  if (isUnassigned(stated) || stated === undefined) {
    if (reads.schemas === 'optional') return
    throw errors.invalidSyntax(`"schemas" is missing. A ${type.name} needs "schemas": ["${type.schema.id}"].`)
  }
  if (!Array.isArray(stated)) {
    throw errors.invalidSyntax(`"schemas" must be an array of URNs, such as ["${type.schema.id}"].`)
  }
  stated.forEach((urn: Json, index) => {
    checkUrn(urn, `schemas[${index}]`, type, reads)
  })
  if (reads.schemas === 'required' && !stated.some(urn => isUrn(urn, type.schema.id))) {
    throw errors.invalidSyntax(
      `"schemas" doesn't name the schema of a ${type.name}: add "${type.schema.id}".`,
    )
  }
}

function checkUrn(urn: Json, at: string, type: ResourceType, reads: Reads) {
  if (typeof urn !== 'string') throw errors.invalidSyntax(`${at} must be a URN in quotes.`)
  if (reads.unknownSchemas === 'ignore') return
  const known = [type.schema, ...type.extensions.map(({ schema }) => schema)]
  if (known.some(({ id }) => isUrn(urn, id))) return
  throw errors.invalidValue(
    `${at} is "${shown(urn)}", which is no schema of a ${type.name}. Known are: ${known.map(({ id }) => id).join(', ')}.`,
  )
}

/** RFC 7643 §2.1: schema URNs are compared without case. */
const isUrn = (stated: Json, urn: string) =>
  typeof stated === 'string' && stated.toLowerCase() === urn.toLowerCase()
