import { isObject, type Json } from '../json.ts'
import type { ResourceType } from '../resource-types.ts'
import { fieldsOf } from './fields.ts'
import { readSchemas } from './known-schemas.ts'
import { most } from './limits.ts'
import { type Note, withoutMistakes } from './mistakes.ts'
import { type DeclaredAmong, readResourceType } from './read-resource-type.ts'

/**
 * The resource types of a tenant that declares `{ "schemas": […], "resourceTypes": […] }`, as `/Schemas` and
 * `/ResourceTypes` answer them (RFC 7643 §6, §7): the base types first, some with more extensions, then the new
 * ones. `uniqueness` `global` means the same as `server`: within the tenant and the type, for a tenant stands for a
 * service provider of its own, which knows of no others. Throws a DeclarationError that tells all mistakes.
 */
export const readDeclarations = (
  declared: unknown,
  baseTypes: readonly ResourceType[],
): readonly ResourceType[] => withoutMistakes(note => readAll(declared, baseTypes, note))

function readAll(declared: unknown, baseTypes: readonly ResourceType[], note: Note): readonly ResourceType[] {
  const fields = fieldsOf(declared, '', ['schemas', 'resourceTypes'], note)
  if (!fields) return baseTypes
  const declaredSchemas = fields.list('schemas', most.schemas)
  const declaredTypes = fields.list('resourceTypes', most.types)
  const schemas = readSchemas(declaredSchemas, baseTypes, note)
  noteUnused(declaredSchemas, declaredTypes, note)
  return readTypes(declaredTypes, { baseTypes, schemas }, note)
}

/** The types by name; a base type that is declared takes its own place. */
function readTypes(declared: readonly Json[], among: DeclaredAmong, note: Note): readonly ResourceType[] {
  const types = new Map(among.baseTypes.map(type => [type.name.toLowerCase(), type]))
  const seen = new Set<string>()
  for (const [index, one] of declared.entries()) {
    const at = `resourceTypes[${index}]`
    const type = readResourceType(one, at, among, note)
    if (!type) continue
    const folded = type.name.toLowerCase()
    if (seen.has(folded)) {
      note(`${at}.name`, `"${type.name}" is declared already, and the case of a name means nothing.`)
      continue
    }
    seen.add(folded)
    noteSharedEndpoint(type, [...types.values()], at, note)
    types.set(folded, type)
  }
  return [...types.values()]
}

function noteSharedEndpoint(type: ResourceType, types: readonly ResourceType[], at: string, note: Note) {
  // Without one the mistake is another.
  if (type.endpoint === '') return
  const other = types.find(
    ({ name, endpoint }) =>
      name.toLowerCase() !== type.name.toLowerCase() &&
      endpoint.toLowerCase() === type.endpoint.toLowerCase(),
  )
  if (other)
    note(`${at}.endpoint`, `The resources of the type ${other.name} are at "${other.endpoint}" already.`)
}

/** `/Schemas` lists what types have; a schema that no type has would be lost without a word. */
function noteUnused(schemas: readonly Json[], resourceTypes: readonly Json[], note: Note) {
  const named = JSON.stringify(resourceTypes).toLowerCase()
  for (const [index, schema] of schemas.entries()) {
    const id = isObject(schema) ? schema.id : undefined
    if (typeof id !== 'string' || named.includes(JSON.stringify(id.toLowerCase()))) continue
    note(`schemas[${index}].id`, 'No resource type has this schema: name it in one, or leave it out.')
  }
}
