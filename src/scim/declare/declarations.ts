import type { Attribute } from '../attribute.ts'
import { userType } from '../core-schemas.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import {
  type ResourceType,
  type ResourceTypeDeclaration,
  resourceType,
  type Schema,
  type SchemaExtension,
} from '../resource-types.ts'
import { excerpt } from '../text.ts'
import { collectMistakes, declarationLimits, type Fields, type ReportMistake, readFields } from './fields.ts'
import { endpointMistake, typeNameMistake } from './names.ts'
import { isWritable, type KnownSchemas, readSchemas } from './schemas.ts'

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

/** RFC 7643 has no characteristic for the label of a resource, so it is inferred from names, in order of preference. */
const usualNames = ['userName', 'displayName', 'name', 'title', 'label']

type LabelAttributes = Pick<
  ResourceTypeDeclaration,
  'labelAttribute' | 'displayAttribute' | 'enabledAttribute'
>

/**
 * Infers the attributes that label, display and enable resources of a declared type. The label is the first required
 * string that is unique, or else one with a usual name, or the first required one, or the first string, or the ID. Stored
 * resources get new labels with their next change.
 */
function inferLabelAttributes(attributes: readonly Attribute[]): LabelAttributes {
  const texts = attributes.filter(isShownText)
  const usual = usualNames.flatMap(name => texts.filter(text => hasName(text, name)))
  const label =
    texts.find(({ required, uniqueness }) => required && uniqueness !== 'none') ??
    usual[0] ??
    texts.find(({ required }) => required) ??
    texts[0]
  const labelAttribute = label?.name ?? 'id'
  const display = usual.find(text => text !== label)
  const enabled = attributes.find(isEnabledAttribute)
  return {
    labelAttribute,
    displayAttribute: display?.name ?? labelAttribute,
    ...(enabled && { enabledAttribute: enabled.name }),
  }
}

const hasName = ({ name }: Attribute, expected = '') => name.toLowerCase() === expected.toLowerCase()

// Labels are shown in the console and stored in the journal.
const isShownText = ({ type, multiValued, returned }: Attribute) =>
  type === 'string' && !multiValued && returned !== 'never'

const isEnabledAttribute = (attribute: Attribute) =>
  attribute.type === 'boolean' && !attribute.multiValued && hasName(attribute, userType.enabledAttribute)

const resourceTypeMembers = [
  'schemas',
  'id',
  'name',
  'endpoint',
  'description',
  'schema',
  'schemaExtensions',
  'meta',
]

type DeclarationContext = {
  readonly baseTypes: readonly ResourceType[]
  readonly schemas: KnownSchemas
}

/** RFC 7643 §6. A declaration with the name of a base type adds extensions to that type. */
function readResourceType(
  declared: Json,
  at: string,
  among: DeclarationContext,
  report: ReportMistake,
): ResourceType | undefined {
  const fields = readFields(declared, at, resourceTypeMembers, report)
  if (!fields) return undefined
  const name = fields.text('name', declarationLimits.name)
  const mistake = name === undefined ? 'A resource type requires a name.' : typeNameMistake(name)
  if (mistake) fields.report('name', mistake)
  if (name === undefined || mistake) return undefined
  const base = among.baseTypes.find(type => type.name.toLowerCase() === name.toLowerCase())
  if (!base) return readNewType(fields, name, among, report)
  if (base.name !== name) fields.report('name', `The correct spelling is "${base.name}".`)
  return extendBaseType(fields, base, among, report)
}

function extendBaseType(
  fields: Fields,
  base: ResourceType,
  among: DeclarationContext,
  report: ReportMistake,
): ResourceType {
  const { endpoint, schema } = base
  if (![undefined, endpoint].includes(fields.text('endpoint', declarationLimits.name))) {
    fields.report('endpoint', `The endpoint of ${base.name} is "${endpoint}" and cannot be changed.`)
  }
  if (
    ![undefined, schema.id.toLowerCase()].includes(
      fields.text('schema', declarationLimits.urn)?.toLowerCase(),
    )
  ) {
    fields.report(
      'schema',
      `The schema of ${base.name} is "${schema.id}" and cannot be changed. Add an extension.`,
    )
  }
  const uses = readExtensions(fields, schema, among, report)
  const kept = base.extensions.map(one => uses.find(use => use.schema === one.schema) ?? one)
  const description = fields.text('description', declarationLimits.description) ?? base.description
  return resourceType({
    ...base,
    description,
    extensions: [...kept, ...uses.filter(use => !kept.includes(use))],
  })
}

function readNewType(
  fields: Fields,
  name: string,
  among: DeclarationContext,
  report: ReportMistake,
): ResourceType | undefined {
  const endpoint = fields.text('endpoint', declarationLimits.name)
  const mistake = endpoint === undefined ? 'A resource type requires an endpoint.' : endpointMistake(endpoint)
  if (mistake) fields.report('endpoint', mistake)
  const schema = schemaNamed(fields, 'schema', among.schemas)
  const description = fields.text('description', declarationLimits.description) ?? ''
  if (!schema) return undefined
  const extensions = readExtensions(fields, schema, among, report)
  return resourceType({
    name,
    endpoint: endpoint ?? '',
    description,
    schema,
    extensions,
    ...inferLabelAttributes(schema.attributes),
  })
}

function schemaNamed(fields: Fields, name: string, schemas: KnownSchemas): Schema | undefined {
  const urn = fields.text(name, declarationLimits.urn)
  if (urn === undefined) {
    fields.report(name, 'This must be the URN of a schema.')
    return undefined
  }
  const schema = schemas.get(urn.toLowerCase())
  if (!schema) {
    fields.report(
      name,
      `No schema has the ID "${excerpt(urn)}". Declare it under "schemas", or use one of ${[...schemas.values()].map(({ id }) => id).join(', ')}.`,
    )
  }
  return schema
}

function readExtensions(
  fields: Fields,
  mainSchema: Schema,
  { baseTypes, schemas }: DeclarationContext,
  report: ReportMistake,
): readonly SchemaExtension[] {
  const uses = new Map<Schema, SchemaExtension>()
  for (const [index, declared] of fields.list('schemaExtensions', declarationLimits.extensions).entries()) {
    const place = `${fields.place('schemaExtensions')}[${index}]`
    const extension = readFields(declared, place, ['schema', 'required'], report)
    const schema = extension && schemaNamed(extension, 'schema', schemas)
    if (!extension || !schema) continue
    const required = extension.flag('required') ?? false
    if (required && !schema.attributes.some(isWritable)) {
      extension.report(
        'required',
        'Clients cannot provide this extension, because it has no attributes that they can write.',
      )
    }
    if (schema === mainSchema || baseTypes.some(type => type.schema === schema)) {
      extension.report('schema', `"${schema.id}" is the main schema of a type and cannot be an extension.`)
    } else if (uses.has(schema)) extension.report('schema', 'This extension is already listed.')
    else uses.set(schema, { schema, required })
  }
  return [...uses.values()]
}
