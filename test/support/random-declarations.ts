import fc from 'fast-check'
import type { Declarations } from '../../src/scim/declare/declarations.ts'
import type { JsonObject } from '../../src/scim/json.ts'

export const thingUrn = 'urn:example:scim:schemas:Thing'
export const partUrn = 'urn:example:scim:schemas:Thing:Part'

const names = [
  'a',
  'B-2',
  'c_3',
  'd$4',
  'eq',
  'and',
  'or',
  'pr',
  'true',
  'null',
  'title',
  'active',
  'emails',
  'members',
]
const subNames = ['value', 'type', 'primary', 'display', '$ref', 'id', 'meta', 'not1', 'x-y']

const simpleTypes = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary'] as const
const uniqueTypes = ['string', 'decimal', 'integer', 'reference']

type Wish = {
  readonly type: string
  readonly multiValued: boolean
  readonly required: boolean
  readonly caseExact: boolean
  readonly mutability: string
  readonly returned: string
  readonly uniqueness: string
  readonly canonical: boolean
}

const wish = (type: fc.Arbitrary<string>): fc.Arbitrary<Wish> =>
  fc.record({
    type,
    multiValued: fc.boolean(),
    required: fc.boolean(),
    caseExact: fc.boolean(),
    mutability: fc.oneof(
      { weight: 6, arbitrary: fc.constant('readWrite') },
      { weight: 3, arbitrary: fc.constantFrom('readOnly', 'immutable') },
      { weight: 1, arbitrary: fc.constant('writeOnly') },
    ),
    returned: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('default', 'always', 'request') },
      { weight: 1, arbitrary: fc.constant('never') },
    ),
    uniqueness: fc.constantFrom('none', 'none', 'none', 'server', 'global'),
    canonical: fc.boolean(),
  })

/** The wish without contradictions. */
function attributeFrom(name: string, expected: Wish): JsonObject {
  const { type, mutability } = expected
  const returned = mutability === 'writeOnly' ? 'never' : expected.returned
  const isSecret = returned === 'never'
  return {
    name,
    type,
    multiValued: expected.multiValued && !isSecret,
    required: expected.required && mutability !== 'readOnly',
    mutability,
    returned,
    ...(type === 'string' && expected.canonical && { canonicalValues: ['Work', 'home'] }),
    ...(type !== 'reference' && type !== 'binary' && type !== 'complex' && { caseExact: expected.caseExact }),
    ...(uniqueTypes.includes(type) && !isSecret && { uniqueness: expected.uniqueness }),
  }
}

const simple = (name: string) =>
  wish(fc.constantFrom(...simpleTypes)).map(expected => attributeFrom(name, expected))

const isFillable = ({ mutability, type, subAttributes }: JsonObject): boolean =>
  mutability !== 'readOnly' &&
  (type !== 'complex' || (subAttributes as readonly JsonObject[]).some(isFillable))

/** An attribute that clients cannot set cannot be required. */
const fillable = (attribute: JsonObject): JsonObject =>
  isFillable(attribute) ? attribute : { ...attribute, required: false }

/** Sub-attributes of an attribute that is never returned are not returned either. */
const partFor = (whole: JsonObject, part: JsonObject): JsonObject => {
  const { uniqueness, ...rest } = part
  return whole.returned === 'never' ? { ...rest, returned: 'never', multiValued: false } : part
}

const complex = (name: string): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(wish(fc.constant('complex')), fc.subarray(subNames, { minLength: 1, maxLength: 4 }))
    .chain(([expected, chosen]) =>
      fc.tuple(...chosen.map(simple)).map(subs => {
        const hasSecrets = subs.some(({ returned }) => returned === 'never')
        const whole = attributeFrom(name, { ...expected, multiValued: expected.multiValued && !hasSecrets })
        return fillable({ ...whole, subAttributes: subs.map(sub => partFor(whole, sub)) })
      }),
    )

const attributes = (most: number): fc.Arbitrary<readonly JsonObject[]> =>
  fc
    .shuffledSubarray(names, { minLength: 1, maxLength: most })
    .chain(chosen =>
      fc.tuple(
        ...chosen.map(name =>
          fc.oneof({ weight: 3, arbitrary: simple(name) }, { weight: 2, arbitrary: complex(name) }),
        ),
      ),
    )

/** Declarations of a type with an extension, with any consistent attributes. */
export const anyDeclaration: fc.Arbitrary<Declarations> = fc
  .tuple(attributes(6), attributes(3), fc.boolean())
  .map(([own, parts, required]) => ({
    schemas: [
      { id: thingUrn, attributes: own },
      { id: partUrn, attributes: parts },
    ],
    resourceTypes: [
      {
        name: 'Thing',
        endpoint: '/Things',
        schema: thingUrn,
        schemaExtensions: [{ schema: partUrn, required: required && parts.some(isFillable) }],
      },
    ],
  }))
