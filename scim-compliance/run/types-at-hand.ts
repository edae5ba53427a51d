import { isObject, type Json, type JsonObject } from '../json.ts'
import type { AttributeAtHand, TypeAtHand } from '../stage.ts'
import { rfcSchemas } from './rfc-types.ts'

/** The types of a server, by its own resource types and schemas; a schema it doesn't show is the RFC's, if that has it. */
export function typesAtHand(
  url: string,
  resourceTypes: readonly JsonObject[],
  schemas: readonly JsonObject[],
): readonly TypeAtHand[] {
  const attributesOf = (schema: string) => attributesIn(find(schemas, schema) ?? find(rfcSchemas, schema))
  return resourceTypes.flatMap(type => {
    const { schema } = type
    const endpoint = endpointIn(url, type.endpoint)
    if (typeof schema !== 'string' || endpoint === undefined) return []
    const extensions = objects(type.schemaExtensions).flatMap(extension =>
      typeof extension.schema === 'string'
        ? [
            {
              schema: extension.schema,
              required: isTrue(extension.required),
              attributes: attributesOf(extension.schema),
            },
          ]
        : [],
    )
    const name = text(type.name) ?? text(type.id) ?? endpoint.slice(1)
    return [{ name, endpoint, schema, attributes: attributesOf(schema), extensions }]
  })
}

const find = (schemas: readonly JsonObject[], urn: string): JsonObject | undefined =>
  schemas.find(({ id }) => typeof id === 'string' && id.toLowerCase() === urn.toLowerCase())

// Discovery has what every resource has, in some servers' schemas; a check reads RFC 7643 §3.1 for these.
const common = /^(schemas|id|externalId|meta)$/i

const attributesIn = (schema: JsonObject | undefined): readonly AttributeAtHand[] =>
  objects(schema?.attributes)
    .map(attributeOf)
    .filter(({ name }) => name !== '' && !common.test(name))

/** RFC 7643 §2.2 has the defaults. */
function attributeOf(attribute: JsonObject): AttributeAtHand {
  return {
    name: text(attribute.name) ?? '',
    type: text(attribute.type) ?? 'string',
    multiValued: isTrue(attribute.multiValued),
    required: isTrue(attribute.required),
    caseExact: isTrue(attribute.caseExact),
    mutability: text(attribute.mutability) ?? 'readWrite',
    returned: text(attribute.returned) ?? 'default',
    uniqueness: text(attribute.uniqueness) ?? 'none',
    canonicalValues: texts(attribute.canonicalValues),
    referenceTypes: texts(attribute.referenceTypes),
    subAttributes: objects(attribute.subAttributes)
      .map(attributeOf)
      .filter(({ name }) => name !== ''),
  }
}

/** `/Users`, also where a server tells the whole address, or leaves the slash out. */
function endpointIn(url: string, endpoint: Json | undefined): string | undefined {
  if (typeof endpoint !== 'string' || endpoint === '') return undefined
  const { pathname } = new URL(endpoint.replace(/^(?=[^/]*$)/, '/'), url)
  const root = new URL(url).pathname.replace(/\/$/, '')
  const below = root !== '' && pathname.startsWith(`${root}/`) ? pathname.slice(root.length) : pathname
  return below.replace(/\/$/, '') || undefined
}

/** Some servers write booleans as strings; that is told by a check, and no reason to misread the rest. */
export const isTrue = (value: Json | undefined): boolean =>
  value === true || /^true$/i.test(text(value) ?? '')

const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined)

const texts = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter(one => typeof one === 'string') : []

const objects = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
