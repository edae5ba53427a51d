import { groupType, userType } from '../../../../src/scim/core-schemas.ts'
import { readDeclarations } from '../../../../src/scim/declare/declarations.ts'
import { DeclarationError } from '../../../../src/scim/declare/fields.ts'
import type { JsonObject } from '../../../../src/scim/json.ts'

export const baseTypes = [userType, groupType]
export const lampUrn = 'urn:example:scim:schemas:Lamp'
export const roomUrn = 'urn:example:scim:schemas:extension:Room'

export const read = (declared: unknown) => readDeclarations(declared, baseTypes)

/** A declaration of lamps with these attributes; `type` and `schema` add members to the type and the schema. */
export const lamps = (attributes: readonly unknown[], type: JsonObject = {}, schema: JsonObject = {}) => ({
  schemas: [{ id: lampUrn, attributes, ...schema }],
  resourceTypes: [{ name: 'Lamp', endpoint: '/Lamps', schema: lampUrn, ...type }],
})

/** The errors of a declaration, as pairs of location and message. */
export function mistakesIn(declared: unknown): readonly (readonly [path: string, message: string])[] {
  try {
    read(declared)
  } catch (error) {
    if (error instanceof DeclarationError) return error.mistakes.map(({ path, message }) => [path, message])
    throw error
  }
  return []
}

/** The locations of the errors. */
export const placesIn = (declared: unknown): readonly string[] => mistakesIn(declared).map(([path]) => path)
