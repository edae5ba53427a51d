import type { Check } from '../../../check.ts'
import type { Json, JsonObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { valuesAt } from '../../tools/attributes.ts'
import { expectNone } from '../../tools/places.ts'
import { checksOf } from '../checks-of.ts'
import { isBoolean, isText, nameOf, schemasOf } from './advertised.ts'
import { mappingsFromSchemas, schemasArea } from './areas.ts'

type Told = { readonly attribute: JsonObject; readonly path: string; readonly isPart: boolean }

/** All attributes of all schemas, as the server tells of them. */
const told = (stage: Stage): readonly Told[] =>
  schemasOf(stage).flatMap(schema =>
    valuesAt(schema, 'attributes').flatMap(attribute => {
      const path = `${String(schema.id)}:${String(attribute.name)}`
      const parts = valuesAt(attribute, 'subAttributes').map(part => ({
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

const expectAll = (stage: Stage, what: string, holds: (one: Told) => boolean): void => {
  const faults = told(stage)
    .filter(one => !holds(one))
    .map(({ path }) => path)
  expectNone(
    [...faults.slice(0, most), ...(faults.length > most ? [`${faults.length - most} more`] : [])],
    what,
  )
}

const oneOf =
  (...values: readonly string[]) =>
  (value: Json | undefined): boolean =>
    typeof value === 'string' && values.some(one => one.toLowerCase() === value.toLowerCase())

const types = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary', 'complex']

/** RFC 7643 §7, §8.7.2: what every attribute in a schema says of itself. */
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

export const checks: readonly Check[] = checksOf(schemasArea, [
  ...(['id', 'name', 'description'] as const).map(name => ({
    id: `schema-${name}`,
    level: (name === 'id' ? 'MUST' : 'MAY') as Check['level'],
    says: `Every schema has ${name === 'id' ? 'its URN as id' : `a ${name}`}.`,
    requirements: ['R-152'],
    matters: mappingsFromSchemas,
    mend: `Return ${name} with every schema.`,
    run: async (stage: Stage) => {
      const holds = (value: Json | undefined) =>
        name === 'id' ? typeof value === 'string' && /^urn:/i.test(value) : isText(value)
      const faults = schemasOf(stage)
        .filter(schema => !holds(schema[name]))
        .map(({ id }) => String(id))
      expectNone(faults, `${name} of every schema`)
    },
  })),
  {
    id: 'schema-attributes',
    level: 'MUST',
    says: 'Every schema of a resource type has attributes.',
    requirements: ['R-152'],
    matters: mappingsFromSchemas,
    mend: 'Return attributes, an array, with every schema.',
    run: async stage => {
      const faults = schemasOf(stage)
        .filter(schema => valuesAt(schema, 'attributes').length === 0)
        .map(nameOf)
      expectNone(faults, 'attributes in every schema')
    },
  },
  ...characteristics.map(({ name, level, words, holds, only = () => true }) => ({
    id: `attribute-${name.toLowerCase()}`,
    level,
    source: 'RFC 7643 §7, §8.7.2',
    says: `Every attribute in a schema has ${words}.`,
    requirements: ['R-152'],
    matters: mappingsFromSchemas,
    mend: `Return ${name} with every attribute and every sub-attribute.`,
    run: async (stage: Stage) =>
      expectAll(
        stage,
        `${name} of every attribute`,
        ({ attribute }) => !only(attribute) || holds(attribute[name]),
      ),
  })),
  {
    id: 'no-deeper-complex',
    level: 'MUST',
    source: 'RFC 7643 §2.3.8, erratum 5606',
    says: 'No sub-attribute in a schema is complex, except in the schema of schemas itself (RFC 7643 §7).',
    requirements: ['R-035'],
    matters: 'Filters, PATCH paths and clients know one level of sub-attributes only.',
    mend: 'Flatten the attribute.',
    run: async stage =>
      expectAll(
        stage,
        'no sub-attribute that is complex',
        ({ attribute, isPart, path }) =>
          !isPart ||
          path.toLowerCase().startsWith(schemaOfSchemas) ||
          (attribute.type !== 'complex' && attribute.subAttributes === undefined),
      ),
  },
  {
    id: 'complex-has-parts',
    level: 'SHOULD',
    says: 'Every complex attribute in a schema has subAttributes, and no other has.',
    requirements: ['R-152'],
    matters: mappingsFromSchemas,
    mend: 'Return subAttributes with complex attributes.',
    run: async stage =>
      expectAll(
        stage,
        'subAttributes of complex attributes',
        ({ attribute, isPart }) =>
          isPart || (attribute.type === 'complex') === valuesAt(attribute, 'subAttributes').length > 0,
      ),
  },
])
