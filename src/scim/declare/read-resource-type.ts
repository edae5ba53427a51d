import { shown } from '../error.ts'
import type { Json } from '../json.ts'
import { type ExtensionUse, type ResourceType, resourceType, type Schema } from '../resource-types.ts'
import { calledBy } from './called-by.ts'
import { isFillable } from './contradictions.ts'
import { type Fields, fieldsOf } from './fields.ts'
import type { KnownSchemas } from './known-schemas.ts'
import { most } from './limits.ts'
import type { Note } from './mistakes.ts'
import { mistakeInEndpoint, mistakeInTypeName } from './names.ts'

const known = ['schemas', 'id', 'name', 'endpoint', 'description', 'schema', 'schemaExtensions', 'meta']

export type DeclaredAmong = { readonly baseTypes: readonly ResourceType[]; readonly schemas: KnownSchemas }

/**
 * Reads a ResourceType resource (RFC 7643 §6). One by the name of a base type adds extensions to that type.
 * Undefined when it can't be told which type is meant.
 */
export function readResourceType(
  declared: Json,
  at: string,
  among: DeclaredAmong,
  note: Note,
): ResourceType | undefined {
  const fields = fieldsOf(declared, at, known, note)
  if (!fields) return undefined
  const name = fields.text('name', most.name)
  const mistake = name === undefined ? 'A resource type needs a name.' : mistakeInTypeName(name)
  if (mistake) fields.note('name', mistake)
  if (name === undefined || mistake) return undefined
  const base = among.baseTypes.find(type => type.name.toLowerCase() === name.toLowerCase())
  if (!base) return readNewType(fields, name, among, note)
  if (base.name !== name) fields.note('name', `The type is called "${base.name}".`)
  return readMore(fields, base, among, note)
}

/** A base type with more extensions. What it has by the RFC stays. */
function readMore(fields: Fields, base: ResourceType, among: DeclaredAmong, note: Note): ResourceType {
  const { endpoint, schema } = base
  if (![undefined, endpoint].includes(fields.text('endpoint', most.name))) {
    fields.note('endpoint', `A ${base.name} is at "${endpoint}", and stays there.`)
  }
  if (![undefined, schema.id.toLowerCase()].includes(fields.text('schema', most.urn)?.toLowerCase())) {
    fields.note('schema', `The schema of a ${base.name} is "${schema.id}", and stays it. Add an extension.`)
  }
  const uses = readExtensions(fields, schema, among, note)
  const kept = base.extensions.map(one => uses.find(use => use.schema === one.schema) ?? one)
  const description = fields.text('description', most.description) ?? base.description
  return resourceType({
    ...base,
    description,
    extensions: [...kept, ...uses.filter(use => !kept.includes(use))],
  })
}

function readNewType(
  fields: Fields,
  name: string,
  among: DeclaredAmong,
  note: Note,
): ResourceType | undefined {
  const endpoint = fields.text('endpoint', most.name)
  const mistake = endpoint === undefined ? 'A resource type needs an endpoint.' : mistakeInEndpoint(endpoint)
  if (mistake) fields.note('endpoint', mistake)
  const schema = schemaNamed(fields, 'schema', among.schemas)
  const description = fields.text('description', most.description) ?? ''
  if (!schema) return undefined
  const extensions = readExtensions(fields, schema, among, note)
  return resourceType({
    name,
    endpoint: endpoint ?? '',
    description,
    schema,
    extensions,
    ...calledBy(schema.attributes),
  })
}

function schemaNamed(fields: Fields, name: string, schemas: KnownSchemas): Schema | undefined {
  const urn = fields.text(name, most.urn)
  if (urn === undefined) {
    fields.note(name, 'The URN of a schema is needed here.')
    return undefined
  }
  const schema = schemas.get(urn.toLowerCase())
  if (!schema) {
    fields.note(
      name,
      `No schema has the id "${shown(urn)}". Declare it under "schemas", or name one of ${[...schemas.values()].map(({ id }) => id).join(', ')}.`,
    )
  }
  return schema
}

function readExtensions(
  fields: Fields,
  own: Schema,
  { baseTypes, schemas }: DeclaredAmong,
  note: Note,
): readonly ExtensionUse[] {
  const uses = new Map<Schema, ExtensionUse>()
  for (const [index, declared] of fields.list('schemaExtensions', most.extensions).entries()) {
    const place = `${fields.place('schemaExtensions')}[${index}]`
    const extension = fieldsOf(declared, place, ['schema', 'required'], note)
    const schema = extension && schemaNamed(extension, 'schema', schemas)
    if (!extension || !schema) continue
    const required = extension.flag('required') ?? false
    if (required && !schema.attributes.some(isFillable)) {
      extension.note(
        'required',
        'No client could fill it, for it has nothing, or nothing but what is readOnly.',
      )
    }
    if (schema === own || baseTypes.some(type => type.schema === schema)) {
      extension.note('schema', `"${schema.id}" is what a type is, and extends none.`)
    } else if (uses.has(schema)) extension.note('schema', 'This extension is named already.')
    else uses.set(schema, { schema, required })
  }
  return [...uses.values()]
}
