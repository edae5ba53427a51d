import { deepStrictEqual as deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { failuresIn, listFailures } from '../../src/profiles/aws/document.ts'
import { awsChoices } from '../../src/profiles/aws/features.ts'
import { awsResourceTypes } from '../../src/profiles/aws/schema.ts'
import { type Attribute, subAttributesOf } from '../../src/scim/attribute.ts'
import { userType } from '../../src/scim/core-schemas.ts'
import { checkImmutable, missingAttributes } from '../../src/scim/document.ts'
import { ScimError } from '../../src/scim/error.ts'
import { isObject, isUnassigned, type Json, type JsonObject, jsonEquals } from '../../src/scim/json.ts'
import { isSecret } from '../../src/scim/secrets.ts'
import { fold } from '../../src/scim/text.ts'
import { deviceType } from '../support/device-type.ts'
import { assertProperty } from '../support/property.ts'
import { vaultType } from '../support/vault-type.ts'

const soundText: fc.Arbitrary<Json> = fc.constantFrom(
  'a',
  'b.c@example.org',
  'Zoë',
  '😀',
  '日本語',
  '!~',
  'x'.repeat(128),
)

/** Texts that satisfy or violate constraints, and values of other types. */
const anyLeaf: fc.Arbitrary<Json> = fc.oneof(
  { weight: 30, arbitrary: soundText },
  { weight: 3, arbitrary: fc.constantFrom('two words', '', ' ', '\u0007', 'a\tb', '\u200b', '\ud800') },
  { weight: 2, arbitrary: fc.constantFrom(129, 256, 257, 1024, 1025).map(length => 'é'.repeat(length)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 2, arbitrary: fc.constantFrom<Json>(null, true, 7, [], {}, ['a', ''], [{ value: '' }]) },
)

type Shape = { readonly leaf: fc.Arbitrary<Json>; readonly name: (name: string) => fc.Arbitrary<string> }

const anyValueOf = (attribute: Attribute, shape: Shape): fc.Arbitrary<Json> => {
  if (attribute.type !== 'complex') return shape.leaf
  const object = objectOf(subAttributesOf(attribute), shape)
  const one = shape === sound ? object : fc.oneof({ weight: 9, arbitrary: object }, shape.leaf)
  return fc.oneof(one, fc.array(one, { maxLength: 2 }))
}

/** An object in any order, with an unknown member. */
const objectOf = (attributes: readonly Attribute[], shape: Shape): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(
      ...attributes.map(one =>
        fc.tuple(shape.name(one.name), fc.option(anyValueOf(one, shape), { freq: 9 })),
      ),
    )
    .chain(members => fc.shuffledSubarray(members, { minLength: shape === sound ? members.length : 0 }))
    .map(members => Object.fromEntries([...members, ['unknown', '']]))

const sound: Shape = { leaf: soundText, name: fc.constant }
/** With errors, and some names in another spelling. */
const flawed: Shape = {
  leaf: anyLeaf,
  name: name => fc.oneof({ weight: 20, arbitrary: fc.constant(name) }, fc.constant(name.toUpperCase())),
}

const documentOf = (attributes: readonly Attribute[]): fc.Arbitrary<JsonObject> =>
  fc.oneof(objectOf(attributes, sound), objectOf(attributes, flawed))

const types = [...awsResourceTypes(awsChoices({})), userType, deviceType, vaultType]

for (const type of types) {
  const documents = documentOf(type.attributes)
  const title = `${type.name} with ${type.attributes.length} attributes`

  t.test(
    `AWS’s constraints find the failures of a ${title} that a walk through all values finds`,
    async t => {
      let withFailures = 0
      let withoutFailures = 0
      assertProperty(
        fc.property(documents, fc.constantFrom('allow', 'refuse'), (document, spaceInUserName) => {
          const expected = listFailures(type, document, { spaceInUserName })
          if (expected.length === 0) withoutFailures++
          else withFailures++
          deepEqual(failuresIn(type, document, { spaceInUserName }), expected)
        }),
        { numRuns: 1000 },
      )
      t.ok(withFailures > 50, 'some fail')
      t.ok(withoutFailures > 50, 'some do not')
    },
  )

  t.test(`the missing attributes of a ${title} are those of a walk through all attributes`, async () => {
    assertProperty(
      fc.property(documents, document => {
        const all = type.attributes.filter(({ name }) => name !== 'schemas')
        deepEqual(missingAttributes(type, document), missingByDefinition(all, document, '', false))
      }),
      { numRuns: 1000 },
    )
  })

  t.test(`a changed immutable attribute of a ${title} is that of a walk through all attributes`, async () => {
    assertProperty(
      fc.property(documents, documents, (before, after) => {
        const expected = changedByDefinition(type.attributes, before, after, '')
        deepEqual(
          refusedChange(() => checkImmutable(type, before, after)),
          expected,
        )
      }),
      { numRuns: 1000 },
    )
  })
}

t.test('a text is folded by NFC, lower case and the usual sigma, whether or not it is ASCII', async () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('A', 'ς', 'Σ', 'İ', 'e\u0301', 'K', '\u007f', '\u0080', '\uffff'))
      .map(all => all.join('')),
  )
  assertProperty(
    fc.property(texts, text => {
      deepEqual(fold(text), text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ'))
    }),
    { numRuns: 2000 },
  )
})

/** RFC 7643 §7, as `missingAttributes` documents it. */
function missingByDefinition(
  attributes: readonly Attribute[],
  object: JsonObject,
  prefix: string,
  isInList: boolean,
): readonly string[] {
  return attributes.flatMap(attribute => {
    const { name, mutability, derived, relation, multiValued, required } = attribute
    if (mutability === 'readOnly' || derived || relation) return []
    if (isSecret(attribute) && (multiValued || isInList)) return []
    const value = object[name]
    if (value === undefined || value === '' || isUnassigned(value)) return required ? [prefix + name] : []
    return attribute.type === 'complex' ? missingBelow(attribute, value, prefix + name, isInList) : []
  })
}

function missingBelow(attribute: Attribute, value: Json, at: string, isInList: boolean): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((element: Json, index) => missingBelow(attribute, element, `${at}[${index}]`, true))
  }
  const prefix = `${at}${attribute.extension ? ':' : '.'}`
  return isObject(value) ? missingByDefinition(subAttributesOf(attribute), value, prefix, isInList) : []
}

/** The first immutable attribute that had a value and changed. */
function changedByDefinition(
  attributes: readonly Attribute[],
  before: JsonObject,
  after: JsonObject,
  prefix: string,
): string | undefined {
  for (const attribute of attributes) {
    const { name, mutability, extension } = attribute
    const old = before[name]
    const now = after[name]
    if (old === undefined) continue
    if (mutability === 'immutable' && !jsonEquals(old, now)) return prefix + name
    const below =
      isObject(old) &&
      changedByDefinition(
        subAttributesOf(attribute),
        old,
        isObject(now) ? now : {},
        `${prefix}${name}${extension ? ':' : '.'}`,
      )
    if (below) return below
  }
  return undefined
}

function refusedChange(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (!(error instanceof ScimError)) throw error
    return error.message.split(' ')[0]
  }
}
