import { isObject, type Json, type JsonObject } from '../json.ts'
import type { ResourceType } from '../resource-types.ts'
import { collectMistakes, declarationLimits, type ReportMistake, readFields } from './fields.ts'
import { type DeclarationContext, readResourceType } from './resource-types.ts'
import { readSchemas } from './schemas.ts'

/** What a tenant declares in addition to the types of the RFC, in the format of RFC 7643 §6 and §7. */
export type Declarations = {
  readonly schemas: readonly JsonObject[]
  readonly resourceTypes: readonly JsonObject[]
}

export const noDeclarations: Declarations = { schemas: [], resourceTypes: [] }

/**
 * The resource types of a tenant that declares `{ "schemas": […], "resourceTypes": […] }` in the format of `/Schemas` and
 * `/ResourceTypes` (RFC 7643 §6, §7): first the base types, possibly with more extensions, then the new types.
 * `uniqueness` `global` means the same as `server`, within the tenant and the type, because each tenant is a separate
 * service provider. Throws a DeclarationError with all errors.
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
      report(`${at}.name`, `"${type.name}" is already declared. Names are compared ignoring case.`)
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
  if (type.endpoint === '') return
  const other = types.find(
    ({ name, endpoint }) =>
      name.toLowerCase() !== type.name.toLowerCase() &&
      endpoint.toLowerCase() === type.endpoint.toLowerCase(),
  )
  if (other) report(`${at}.endpoint`, `The type ${other.name} already has the endpoint "${other.endpoint}".`)
}

/** `/Schemas` lists the schemas of types; a schema without a type would be dropped silently. */
function reportUnused(schemas: readonly Json[], resourceTypes: readonly Json[], report: ReportMistake) {
  const named = JSON.stringify(resourceTypes).toLowerCase()
  for (const [index, schema] of schemas.entries()) {
    const id = isObject(schema) ? schema.id : undefined
    if (typeof id !== 'string' || named.includes(JSON.stringify(id.toLowerCase()))) continue
    report(
      `schemas[${index}].id`,
      'No resource type has this schema. Add it to a resource type or remove it.',
    )
  }
}
