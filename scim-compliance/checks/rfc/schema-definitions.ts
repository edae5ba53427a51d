import type { Check, CheckContext } from '../../check.ts'
import { expectStatus, expectThat, formatValue, listedResources, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import { expectNoFaults } from '../steps/attribute-places.ts'
import { objectsIn } from '../steps/attributes.ts'
import { mappingsFromSchemas, schemasArea } from './areas.ts'
import { defineChecks, must, should } from './define-checks.ts'

const advertisedSchemas = ({ service }: CheckContext): readonly JsonObject[] =>
  service.schemas.length > 0 ? service.schemas : skip('/Schemas can’t be read.')

const isBoolean = (value: Json | undefined): boolean => typeof value === 'boolean'

const isText = (value: Json | undefined): boolean => typeof value === 'string' && value !== ''

const attributeName = ({ name, id }: JsonObject): string => String(name ?? id)

const typesOf = ({ service }: CheckContext): readonly JsonObject[] =>
  service.resourceTypes.length > 0 ? service.resourceTypes : skip('/ResourceTypes can’t be read.')

const schemaIds = (context: CheckContext): readonly string[] =>
  advertisedSchemas(context).map(({ id }) => String(id).toLowerCase())

export const schemaResourceTypeChecks: readonly Check[] = defineChecks(schemasArea, [
  ...(['name', 'endpoint', 'schema'] as const).map(name =>
    must(`type-${name}`, ['R-154'], {
      source: 'RFC 7643 §6',
      description: `Every resource type has ${name === 'endpoint' ? 'an' : 'a'} ${name}.`,
      rationale: mappingsFromSchemas,
      remedy: `Return ${name} with every resource type.`,
      run: async (context: CheckContext) =>
        expectNoFaults(
          typesOf(context)
            .filter(type => !isText(type[name]))
            .map(attributeName),
          `${name} of every resource type`,
        ),
    }),
  ),
  must('type-schema-known', ['R-154'], {
    source: 'RFC 7643 §6',
    description: '/Schemas contains the schema of every resource type.',
    rationale: mappingsFromSchemas,
    remedy: 'List every schema that a resource type refers to.',
    run: async context => {
      const ids = schemaIds(context)
      const faults = typesOf(context).filter(({ schema }) => !ids.includes(String(schema).toLowerCase()))
      expectNoFaults(
        faults.map(({ schema }) => String(schema)),
        'every schema in /Schemas',
      )
    },
  }),
  must('type-extensions', ['R-154'], {
    source: 'RFC 7643 §6, erratum 7522',
    description:
      'The schemaExtensions of a resource type are objects with schema, and required as a boolean.',
    rationale: 'Clients can’t tell which extensions they have to send.',
    remedy: 'Return each extension as {"schema": "urn:…", "required": false}.',
    run: async context => {
      const faults = typesOf(context).flatMap(({ schemaExtensions = [] }) =>
        Array.isArray(schemaExtensions)
          ? schemaExtensions.filter(one => !(isObject(one) && isText(one.schema) && isBoolean(one.required)))
          : [schemaExtensions],
      )
      expectThat(faults.length === 0, 'objects with schema and required', formatValue(faults))
    },
  }),
  must('type-extensions-known', ['R-154'], {
    source: 'RFC 7643 §6',
    description: '/Schemas contains every extension that a resource type names.',
    rationale: mappingsFromSchemas,
    remedy: 'List the schemas of extensions, too.',
    run: async context => {
      const ids = schemaIds(context)
      const named = typesOf(context).flatMap(type =>
        objectsIn(type, 'schemaExtensions').map(({ schema }) => String(schema)),
      )
      expectNoFaults(
        named.filter(urn => !ids.includes(urn.toLowerCase())),
        'every extension in /Schemas',
      )
    },
  }),
  must('type-endpoints-answer', ['R-154', 'R-158'], {
    source: 'RFC 7643 §6, RFC 7644 §3.4.2',
    description: 'GET of the endpoint of every resource type returns a list of its resources.',
    rationale: 'Clients that are driven by discovery use this endpoint.',
    remedy: 'Advertise only types that you serve, with the endpoint where you serve them.',
    run: async context => {
      typesOf(context)
      for (const { endpoint } of context.types) {
        const response = await context.get(`${endpoint}?count=1`)
        expectStatus(response, 200)
        listedResources(response)
      }
    },
  }),
  should('type-endpoints-plural', ['R-158'], {
    source: 'RFC 7644 §3.2',
    description: 'Endpoints are the plural of the type’s name.',
    rationale: 'Developers expect plural names.',
    remedy: 'Use the plural as the endpoint, such as /Devices for the type Device.',
    run: async context => {
      const faults = typesOf(context)
        .map(({ endpoint }) => String(endpoint))
        .filter(one => !/(s|i|a|e|people|children)\/?$/i.test(one))
      expectNoFaults(faults, 'endpoints in the plural')
    },
  }),
])

type AdvertisedAttribute = { readonly attribute: JsonObject; readonly path: string; readonly isPart: boolean }

const advertisedAttributes = (context: CheckContext): readonly AdvertisedAttribute[] =>
  advertisedSchemas(context).flatMap(schema =>
    objectsIn(schema, 'attributes').flatMap(attribute => {
      const path = `${String(schema.id)}:${String(attribute.name)}`
      const parts = objectsIn(attribute, 'subAttributes').map(part => ({
        attribute: part,
        path: `${path}.${String(part.name)}`,
        isPart: true,
      }))
      return [{ attribute, path, isPart: false }, ...parts]
    }),
  )

/** “Unlike other core resources, the "Schema" resource MAY contain a complex object within a sub-attribute” (§7). */
const schemaOfSchemas = 'urn:ietf:params:scim:schemas:core:2.0:schema:'

const most = 8

const expectAll = (
  context: CheckContext,
  what: string,
  holds: (one: AdvertisedAttribute) => boolean,
): void => {
  const faults = advertisedAttributes(context)
    .filter(one => !holds(one))
    .map(({ path }) => path)
  expectNoFaults(
    [...faults.slice(0, most), ...(faults.length > most ? [`${faults.length - most} more`] : [])],
    what,
  )
}

const oneOf =
  (...values: readonly string[]) =>
  (value: Json | undefined): boolean =>
    typeof value === 'string' && values.some(one => one.toLowerCase() === value.toLowerCase())

const types = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary', 'complex']

/** RFC 7643 §7, §8.7.2: the characteristics of every attribute in a schema. */
const characteristics: readonly {
  readonly name: string
  readonly level: Check['level']
  readonly words: string
  readonly holds: (value: Json | undefined) => boolean
  readonly only?: (attribute: JsonObject) => boolean
}[] = [
  { name: 'name', level: 'MUST', words: 'a name', holds: isText },
  { name: 'type', level: 'MUST', words: `a type: ${types.join(', ')}`, holds: oneOf(...types) },
  { name: 'multiValued', level: 'MUST', words: 'multiValued, true or false', holds: isBoolean },
  { name: 'required', level: 'MUST', words: 'required, true or false', holds: isBoolean },
  {
    name: 'mutability',
    level: 'MUST',
    words: 'a mutability: readOnly, readWrite, immutable, writeOnly',
    holds: oneOf('readOnly', 'readWrite', 'immutable', 'writeOnly'),
  },
  {
    name: 'returned',
    level: 'MUST',
    words: 'returned: always, never, default, request',
    holds: oneOf('always', 'never', 'default', 'request'),
  },
  {
    name: 'uniqueness',
    level: 'SHOULD',
    words: 'a uniqueness: none, server, global',
    holds: oneOf('none', 'server', 'global'),
    only: ({ type }) => type === 'string',
  },
  {
    name: 'caseExact',
    level: 'SHOULD',
    words: 'caseExact, true or false',
    holds: isBoolean,
    only: ({ type }) => type === 'string',
  },
  { name: 'description', level: 'SHOULD', words: 'a description', holds: isText },
]

export const schemaAttributeChecks: readonly Check[] = defineChecks(schemasArea, [
  ...(['id', 'name', 'description'] as const).map(name => ({
    id: `schema-${name}`,
    level: (name === 'id' ? 'MUST' : 'MAY') as Check['level'],
    description: `Every schema has ${name === 'id' ? 'its URN as id' : `a ${name}`}.`,
    requirements: ['R-152'],
    rationale: mappingsFromSchemas,
    remedy: `Return ${name} with every schema.`,
    run: async (context: CheckContext) => {
      const holds = (value: Json | undefined) =>
        name === 'id' ? typeof value === 'string' && /^urn:/i.test(value) : isText(value)
      const faults = advertisedSchemas(context)
        .filter(schema => !holds(schema[name]))
        .map(({ id }) => String(id))
      expectNoFaults(faults, `${name} of every schema`)
    },
  })),
  must('schema-attributes', ['R-152'], {
    description: 'Every schema of a resource type has attributes.',
    rationale: mappingsFromSchemas,
    remedy: 'Return attributes, an array, with every schema.',
    run: async context => {
      const faults = advertisedSchemas(context)
        .filter(schema => objectsIn(schema, 'attributes').length === 0)
        .map(attributeName)
      expectNoFaults(faults, 'attributes in every schema')
    },
  }),
  ...characteristics.map(({ name, level, words, holds, only = () => true }) => ({
    id: `attribute-${name.toLowerCase()}`,
    level,
    source: 'RFC 7643 §7, §8.7.2',
    description: `Every attribute in a schema has ${words}.`,
    requirements: ['R-152'],
    rationale: mappingsFromSchemas,
    remedy: `Return ${name} with every attribute and every sub-attribute.`,
    run: async (context: CheckContext) =>
      expectAll(
        context,
        `${name} of every attribute`,
        ({ attribute }) => !only(attribute) || holds(attribute[name]),
      ),
  })),
  must('no-deeper-complex', ['R-035'], {
    source: 'RFC 7643 §2.3.8, erratum 5606',
    description:
      'No sub-attribute in a schema is complex, except in the schema of schemas itself (RFC 7643 §7).',
    rationale: 'Filters, PATCH paths and clients support only one level of sub-attributes.',
    remedy: 'Move the nested sub-attributes up one level.',
    run: async context =>
      expectAll(
        context,
        'no complex sub-attribute',
        ({ attribute, isPart, path }) =>
          !isPart ||
          path.toLowerCase().startsWith(schemaOfSchemas) ||
          (attribute.type !== 'complex' && attribute.subAttributes === undefined),
      ),
  }),
  should('complex-has-parts', ['R-152'], {
    description: 'Every complex attribute in a schema has subAttributes, and no other attribute has them.',
    rationale: mappingsFromSchemas,
    remedy: 'Return subAttributes with complex attributes.',
    run: async context =>
      expectAll(
        context,
        'subAttributes of complex attributes',
        ({ attribute, isPart }) =>
          isPart || (attribute.type === 'complex') === objectsIn(attribute, 'subAttributes').length > 0,
      ),
  }),
])
