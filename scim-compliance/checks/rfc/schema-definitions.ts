import type { Check, CheckContext } from '../../check.ts'
import { expectStatus, expectThat, listedResources, skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import { overNames } from '../forms.ts'
import { expectNoFaults } from '../steps/attribute-places.ts'
import { objectsIn } from '../steps/attributes.ts'
import { advertisedSchemas, listsSchemasOfTypes, typesOf } from '../steps/declared.ts'
import { area } from './areas.ts'
import { defineChecks, may, must, should } from './define-checks.ts'

const isBoolean = (value: Json | undefined): boolean => typeof value === 'boolean'

const isText = (value: Json | undefined): boolean => typeof value === 'string' && value !== ''

/** RFC 7644 §3.2, table 2. */
const endpointsOfRfc = /^\/?(Users|Groups|Me|ServiceProviderConfig|ResourceTypes|Schemas)\/?$/i

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

const everyAttribute =
  (what: string, holds: (one: AdvertisedAttribute) => boolean): Check['run'] =>
  async context => {
    const faults = advertisedAttributes(context).filter(one => !holds(one))
    const more = faults.length > most ? [`${faults.length - most} more`] : []
    expectNoFaults([...faults.slice(0, most).map(({ path }) => path), ...more], what)
  }

/** One of these in any case: the words, and the test. */
const oneOf = (what: string, ...values: readonly string[]) => {
  const known = new Set(values.map(one => one.toLowerCase()))
  const isKnown = (value: Json | undefined) => typeof value === 'string' && known.has(value.toLowerCase())
  return [`${what}: ${values.join(', ')}`, isKnown] as const
}

const types = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary', 'complex']
const mutabilities = ['readOnly', 'readWrite', 'immutable', 'writeOnly']

const attributeWith = (name: string, words: string, holds: (value: Json | undefined) => boolean) =>
  everyAttribute(`every attribute with ${words}`, ({ attribute }) => holds(attribute[name]))

const stringWith = (name: string, words: string, holds: (value: Json | undefined) => boolean) =>
  everyAttribute(
    `every attribute with ${words}`,
    ({ attribute }) => attribute.type !== 'string' || holds(attribute[name]),
  )

const everySchemaHas =
  (name: string, holds: (value: Json | undefined) => boolean) =>
  async (context: CheckContext): Promise<void> => {
    const ids = advertisedSchemas(context).flatMap(({ id, [name]: value }) =>
      holds(value) ? [] : [String(id)],
    )
    expectNoFaults(ids, `${name} of every schema`)
  }

const schemasArea = area('schemas', 'Schemas', 'RFC 7643 §7', {
  rationale: 'Okta, SailPoint and generated clients build their mappings and types from the schemas.',
})

const schemaChecks = defineChecks(schemasArea, [
  must('schema-id', ['R-152'], {
    description: 'Every schema has its URN as id.',
    remedy: 'Return id with every schema.',
    run: everySchemaHas('id', value => typeof value === 'string' && /^urn:/i.test(value)),
  }),
  may('schema-texts', ['R-152'], {
    description: 'Every schema has a name and a description.',
    remedy: 'Return name and description with every schema.',
    ...overNames(['name', 'description'], name => everySchemaHas(name, isText)),
  }),
  must('schema-attributes', ['R-152'], {
    description: 'Every schema of a resource type has attributes.',
    remedy: 'Return attributes, an array, with every schema.',
    run: everySchemaHas('attributes', value => Array.isArray(value) && value.some(isObject)),
  }),
])

const attributeArea = { ...schemasArea, after: ['rfc/schemas/attribute-members'] }

const attributeChecks = defineChecks(attributeArea, [
  must('attribute-members', ['R-152'], {
    source: 'RFC 7643 §7, §8.7.2',
    description:
      'Every attribute in a schema has a name, type, multiValued, required, mutability and returned, with a value that the RFC defines.',
    remedy: 'Return these six members with every attribute and every sub-attribute.',
    each: {
      name: attributeWith('name', 'a name', isText),
      type: attributeWith('type', ...oneOf('a type', ...types)),
      multiValued: attributeWith('multiValued', 'multiValued, true or false', isBoolean),
      required: attributeWith('required', 'required, true or false', isBoolean),
      mutability: attributeWith('mutability', ...oneOf('a mutability', ...mutabilities)),
      returned: attributeWith('returned', ...oneOf('returned', 'always', 'never', 'default', 'request')),
    },
  }),
  should('attribute-details', ['R-152'], {
    source: 'RFC 7643 §7, §8.7.2',
    description:
      'Every attribute in a schema has a description, and every string attribute uniqueness and caseExact.',
    remedy:
      'Return description with every attribute and sub-attribute, and uniqueness and caseExact with strings.',
    each: {
      uniqueness: stringWith('uniqueness', ...oneOf('a uniqueness', 'none', 'server', 'global')),
      caseExact: stringWith('caseExact', 'caseExact, true or false', isBoolean),
      description: attributeWith('description', 'a description', isText),
    },
  }),
  must('no-deeper-complex', ['R-035'], {
    source: 'RFC 7643 §2.3.8, erratum 5606',
    description:
      'No sub-attribute in a schema is complex, except in the schema of schemas itself (RFC 7643 §7).',
    rationale: 'Filters, PATCH paths and clients support only one level of sub-attributes.',
    remedy: 'Move the nested sub-attributes up one level.',
    run: everyAttribute(
      'no complex sub-attribute',
      ({ attribute, isPart, path }) =>
        !isPart ||
        path.toLowerCase().startsWith(schemaOfSchemas) ||
        (attribute.type !== 'complex' && attribute.subAttributes === undefined),
    ),
  }),
  should('complex-has-parts', ['R-152'], {
    description: 'Every complex attribute in a schema has subAttributes, and no other attribute has them.',
    remedy: 'Return subAttributes with complex attributes.',
    run: everyAttribute(
      'subAttributes of complex attributes',
      ({ attribute, isPart }) =>
        isPart || (attribute.type === 'complex') === objectsIn(attribute, 'subAttributes').length > 0,
    ),
  }),
])

const typeChecks = defineChecks({ ...schemasArea, source: 'RFC 7643 §6' }, [
  ...['name', 'endpoint', 'schema'].map(name =>
    must(`type-${name}`, ['R-154'], {
      description: `Every resource type has ${name === 'endpoint' ? 'an' : 'a'} ${name}.`,
      remedy: `Return ${name} with every resource type.`,
      run: async (context: CheckContext) => {
        const faults = typesOf(context).filter(type => !isText(type[name]))
        const names = faults.map(type => String(type.name ?? type.id))
        expectNoFaults(names, `${name} of every resource type`)
      },
    }),
  ),
  must('type-schema-known', ['R-154'], {
    description: '/Schemas contains the schema of every resource type, and every extension that it names.',
    remedy: 'List every schema that a resource type refers to, also those of extensions.',
    ...listsSchemasOfTypes,
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
      expectThat(faults.length === 0, 'objects with schema and required', faults)
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
  may('type-endpoints-plural', ['R-158'], {
    source: 'RFC 7644 §3.2',
    description: 'The endpoints of the server’s own types are the plural of the type’s name.',
    rationale: 'Developers expect plural names.',
    remedy: 'Use the plural as the endpoint, such as /Devices for the type Device.',
    run: async context => {
      const own = typesOf(context)
        .map(({ endpoint }) => String(endpoint))
        .filter(one => !endpointsOfRfc.test(one))
      if (own.length === 0) skip('The server has no types of its own.')
      const singular = own.filter(one => !/(s|i|a|e|people|children)\/?$/i.test(one))
      expectNoFaults(singular, 'endpoints in the plural')
    },
  }),
])

export const schemaDefinitionChecks: readonly Check[] = [...schemaChecks, ...attributeChecks, ...typeChecks]
