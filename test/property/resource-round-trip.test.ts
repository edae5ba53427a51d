import { deepStrictEqual as deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { type Attribute, subAttributesOf } from '../../src/scim/attribute.ts'
import { userType } from '../../src/scim/core-schemas.ts'
import { prepareResource, resourceFromDocument } from '../../src/scim/document.ts'
import { isObject, type Json, type JsonObject } from '../../src/scim/json.ts'
import { project, readProjection } from '../../src/scim/projection.ts'
import { readResource } from '../../src/scim/read-resource.ts'
import { toResourceId } from '../../src/scim/resource.ts'
import type { ResourceType } from '../../src/scim/resource-types.ts'
import { aDevice, deviceType } from '../support/device-type.ts'
import { assertProperty } from '../support/property.ts'
import { lenientReads, strictReads } from '../support/request-policy.ts'

const simple: Readonly<Record<Exclude<Attribute['type'], 'complex'>, fc.Arbitrary<Json>>> = {
  string: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter(text => !text.includes('\0')),
  boolean: fc.boolean(),
  integer: fc.maxSafeInteger(),
  decimal: fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => (number === 0 ? 0 : number)),
  dateTime: fc
    .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map(date => date.toISOString()),
  reference: fc.webUrl(),
  binary: fc.uint8Array({ maxLength: 9 }).map(bytes => Buffer.from(bytes).toString('base64')),
}

const oneOf = (attribute: Attribute): fc.Arbitrary<Json> =>
  attribute.type === 'complex' ? objectOf(subAttributesOf(attribute)) : simple[attribute.type]

const anyValueOf = (attribute: Attribute): fc.Arbitrary<Json> =>
  attribute.multiValued ? fc.array(oneOf(attribute), { maxLength: 4 }).map(onePrimary) : oneOf(attribute)

const onePrimary = (elements: readonly Json[]): Json =>
  elements.map((element, at) =>
    at > 0 && isObject(element) && 'primary' in element ? { ...element, primary: false } : element,
  )

const objectOf = (attributes: readonly Attribute[]): fc.Arbitrary<JsonObject> =>
  fc
    .record(
      Object.fromEntries(
        attributes
          .filter(({ mutability }) => mutability === 'readWrite')
          .map(one => [one.name, anyValueOf(one)]),
      ),
      { requiredKeys: [] },
    )
    .map(record => JSON.parse(JSON.stringify(record)) as JsonObject)

const bodies = (type: ResourceType, base: object): fc.Arbitrary<object> =>
  objectOf(type.attributes.filter(({ name }) => !Object.hasOwn(base, name))).map(more => ({
    ...more,
    ...base,
  }))

const cases: readonly (readonly [ResourceType, object])[] = [
  [userType, { schemas: [userType.schema.id], userName: 'ann', password: 'x' }],
  [deviceType, aDevice({ maker: { name: 'ACME', country: 'DE' } })],
]

for (const [type, base] of cases) {
  t.test(`a returned ${type.name} can be sent back with the same meaning`, async () => {
    assertProperty(
      fc.property(bodies(type, base), body => {
        // Secrets are never returned.
        const { secrets: _, ...stored } = prepareResource(
          type,
          toResourceId('1'),
          readResource(body, type, strictReads).resource,
        )
        const full = readProjection(type, undefined, undefined)
        const requested = readProjection(type, type.attributes.map(({ name }) => name).join(), undefined)
        const shown = project(type, { ...JSON.parse(stored.document), meta: {} }, full)
        const all = project(type, { ...JSON.parse(stored.document), meta: {} }, requested)
        deepEqual(
          prepareResource(type, toResourceId('1'), readResource(all, type, strictReads).resource),
          stored,
        )
        deepEqual(readResource(all, type, strictReads).resource, resourceFromDocument(stored))
        readResource(shown, type, strictReads)
      }),
      { numRuns: 300 },
    )
  })
}

t.test('any resource is accepted or rejected without an internal error', async () => {
  const names = [
    'userName',
    'name',
    'EMAILS',
    'schemas',
    'id',
    'groups',
    userType.extensions[0]?.schema.id ?? '',
  ]
  const anyBody = fc.dictionary(fc.constantFrom(...names), fc.jsonValue())
  assertProperty(
    fc.property(anyBody, fc.constantFrom(strictReads, lenientReads), (body, reads) => {
      try {
        readResource(body, userType, reads)
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'ScimError') throw error
      }
    }),
    { numRuns: 2000 },
  )
})
