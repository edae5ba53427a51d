import { isObject, type Json, type JsonObject } from '../json.ts'
import type { ResourceType } from '../resource-types.ts'
import { collectMistakes, declarationLimits, type ReportMistake, readFields } from './fields.ts'
import { type DeclarationContext, readResourceType } from './resource-types.ts'
import { readSchemas } from './schemas.ts'

/** What a tenant declares beside the types of the RFC, as RFC 7643 §6 and §7 write it. */
export type Declarations = {
  readonly schemas: readonly JsonObject[]
  readonly resourceTypes: readonly JsonObject[]
}

/** Nothing but the types of the RFC. */
export const noDeclarations: Declarations = { schemas: [], resourceTypes: [] }

/**
 * The resource types of a tenant that declares `{ "schemas": […], "resourceTypes": […] }`, as `/Schemas` and
 * `/ResourceTypes` answer them (RFC 7643 §6, §7): the base types first, some with more extensions, then the new
 * ones. `uniqueness` `global` means the same as `server`: within the tenant and the type, for a tenant stands for a
 * service provider of its own, which knows of no others. Throws a DeclarationError that tells all mistakes.
 */
export const readDeclarations = (
  declared: unknown,
  baseTypes: readonly ResourceType[],
): readonly ResourceType[] => collectMistakes(report => readAll(declared, baseTypes, report))

function readAll(
  declared: unknown,
  baseTypes: readonly ResourceType[],
  report: ReportMistake,
): readonly ResourceType[] {
  const fields = readFields(declared, '', ['schemas', 'resourceTypes'], report)
  if (!fields) return baseTypes
  const declaredSchemas = fields.list('schemas', declarationLimits.schemas)
  const declaredTypes = fields.list('resourceTypes', declarationLimits.types)
  const schemas = readSchemas(declaredSchemas, baseTypes, report)
  reportUnused(declaredSchemas, declaredTypes, report)
  return readTypes(declaredTypes, { baseTypes, schemas }, report)
}

/** The types by name; a base type that is declared takes its own place. */
function readTypes(
  declared: readonly Json[],
  among: DeclarationContext,
  report: ReportMistake,
): readonly ResourceType[] {
  const types = new Map(among.baseTypes.map(type => [type.name.toLowerCase(), type]))
  const seen = new Set<string>()
  for (const [index, one] of declared.entries()) {
    const at = `resourceTypes[${index}]`
    const type = readResourceType(one, at, among, report)
    if (!type) continue
    const folded = type.name.toLowerCase()
    if (seen.has(folded)) {
      report(`${at}.name`, `"${type.name}" is declared already, and the case of a name means nothing.`)
      continue
    }
    seen.add(folded)
    reportSharedEndpoint(type, [...types.values()], at, report)
    types.set(folded, type)
  }
  return [...types.values()]
}

function reportSharedEndpoint(
  type: ResourceType,
  types: readonly ResourceType[],
  at: string,
  report: ReportMistake,
) {
  // Without one the mistake is another.
  if (type.endpoint === '') return
  const other = types.find(
    ({ name, endpoint }) =>
      name.toLowerCase() !== type.name.toLowerCase() &&
      endpoint.toLowerCase() === type.endpoint.toLowerCase(),
  )
  if (other)
    report(`${at}.endpoint`, `The resources of the type ${other.name} are at "${other.endpoint}" already.`)
}

/** `/Schemas` lists what types have; a schema that no type has would be lost without a word. */
function reportUnused(schemas: readonly Json[], resourceTypes: readonly Json[], report: ReportMistake) {
  const named = JSON.stringify(resourceTypes).toLowerCase()
  for (const [index, schema] of schemas.entries()) {
    const id = isObject(schema) ? schema.id : undefined
    if (typeof id !== 'string' || named.includes(JSON.stringify(id.toLowerCase()))) continue
    report(`schemas[${index}].id`, 'No resource type has this schema: name it in one, or leave it out.')
  }
}
