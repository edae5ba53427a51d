import t from 'tap'
import type { ApiError } from '../../../src/aws-api/api-error.ts'
import {
  boolean,
  document,
  integer,
  list,
  map,
  oneOf,
  optional,
  pattern,
  readInput,
  required,
  type Shape,
  structure,
  text,
  union,
} from '../../../src/aws-api/shape.ts'
import type { Json } from '../../../src/scim/json.ts'

const storeId = text({ min: 1, max: 36, pattern: pattern('d-[0-9a-f]{10}') })
const attributePath = text({ min: 1, max: 255, pattern: pattern('\\p{L}+(\\.\\p{L}+){0,2}') })
const shape = structure(
  {
    IdentityStoreId: required(storeId),
    UserName: optional(text({ min: 1, max: 4, pattern: pattern('[\\p{L}]+'), sensitive: true })),
    MaxResults: optional(integer({ min: 1, max: 100 })),
    Primary: optional(boolean()),
    Status: optional(oneOf('ENABLED', 'DISABLED')),
    MemberId: optional(union({ UserId: required(text({ max: 3 })) })),
    Operations: optional(
      list(structure({ AttributePath: required(attributePath), AttributeValue: optional(document()) }), {
        min: 1,
        max: 2,
      }),
    ),
    Extensions: optional(map(text({ max: 5, pattern: pattern('[a-z]+') }), document(), { max: 1 })),
  },
  { first: 'IdentityStoreId' },
)
const sound = { IdentityStoreId: 'd-0123456789' }

const errorOf = (body: Json, of: Shape = shape) => {
  try {
    readInput(of, body)
  } catch (error) {
    const { type, message, rule } = error as ApiError
    return { type, message, rule }
  }
  return undefined
}
const violates = (message: string) => ({ type: 'ValidationException', message, rule: 'aws-api/constraints' })

t.test('IS-023 Unknown members are ignored, and null counts as absent', async t => {
  const operations = [{ AttributePath: 'title', AttributeValue: { any: [null, 1] } }]
  const { MemberId, ...input } = readInput(shape, {
    ...sound,
    UserName: null,
    userName: 'x',
    Unknown: 1,
    MaxResults: 5,
    Primary: true,
    Status: 'ENABLED',
    MemberId: { UserId: 'u', Other: 1 },
    Operations: operations,
    Extensions: { abc: { title: 'x' } },
  })
  t.same(MemberId, { UserId: 'u' })
  t.same(input, {
    ...sound,
    MaxResults: 5,
    Primary: true,
    Status: 'ENABLED',
    Operations: operations,
    Extensions: { abc: { title: 'x' } },
  })
})

t.test('IS-023 A value of another JSON type is a SerializationException', async t => {
  const wrong: readonly [Json, string][] = [
    [[], 'The request must be an object.'],
    [{ ...sound, IdentityStoreId: 1 }, "The value of 'identityStoreId' must be a string."],
    [{ ...sound, MaxResults: '1' }, "The value of 'maxResults' must be an integer."],
    [{ ...sound, MaxResults: 1.5 }, "The value of 'maxResults' must be an integer."],
    [{ ...sound, Primary: 'true' }, "The value of 'primary' must be a boolean."],
    [{ ...sound, Operations: {} }, "The value of 'operations' must be a list."],
    [{ ...sound, Operations: ['x'] }, "The value of 'operations.1.member' must be an object."],
    [{ ...sound, MemberId: 'x' }, "The value of 'memberId' must be an object."],
    [{ ...sound, Extensions: [] }, "The value of 'extensions' must be an object."],
  ]
  for (const [body, message] of wrong) {
    t.same(errorOf(body), { type: 'SerializationException', message, rule: 'aws-api/json-types' })
  }
})

t.test('IS-070 IS-071 IS-072 All violations are reported at once, with path and value', async t => {
  t.same(
    errorOf({
      ...sound,
      MaxResults: 1000,
      Status: 'GONE',
      MemberId: { UserId: 'long' },
      Operations: [{ AttributePath: 'title' }, { AttributePath: 'a b' }, {}],
      Extensions: { abc: 1, 'a:b-cdef': 2 },
    }),
    violates(
      [
        "8 validation errors detected: Value '1000' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
        "Value 'GONE' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED]",
        "Value 'long' at 'memberId.userId' failed to satisfy constraint: Member must have length less than or equal to 3",
        "Value at 'operations' failed to satisfy constraint: Member must have length less than or equal to 2",
        "Value 'a b' at 'operations.2.member.attributePath' failed to satisfy constraint: Member must satisfy regular expression pattern: \\p{L}+(\\.\\p{L}+){0,2}",
        "Value null at 'operations.3.member.attributePath' failed to satisfy constraint: Member must not be null",
        "Value at 'extensions' failed to satisfy constraint: Member must have length less than or equal to 1",
        "Value at 'extensions' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-z]+, Member must have length less than or equal to 5]",
      ].join('; '),
    ),
  )
})

t.test('IS-070 A sensitive value is left out of the message', async t => {
  t.same(
    errorOf({ ...sound, UserName: 'marge' }),
    violates(
      "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 4",
    ),
  )
})

t.test('IS-082 The length of a text is that of its Unicode characters', async t => {
  const name = structure({ Name: required(text({ max: 3 })) })
  t.equal(errorOf({ Name: '🌍🌍🌍' }, name), undefined)
  t.match(errorOf({ Name: '🌍🌍🌍🌍' }, name), { type: 'ValidationException' })
})

t.test('IS-073 An empty text violates the pattern, then the length', async t => {
  t.same(
    errorOf({ ...sound, UserName: '' }),
    violates(
      "2 validation errors detected: Value at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}]+; Value at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
  )
})

t.test('IS-068 The store ID is checked before the other members', async t => {
  t.same(
    errorOf({ IdentityStoreId: 'x', MaxResults: 0 }),
    violates(
      "1 validation error detected: Value 'x' at 'identityStoreId' failed to satisfy constraint: Member must satisfy regular expression pattern: d-[0-9a-f]{10}",
    ),
  )
  t.same(
    errorOf({ MaxResults: 0 }),
    violates(
      "1 validation error detected: Value null at 'identityStoreId' failed to satisfy constraint: Member must not be null",
    ),
  )
})

t.test('IS-070 Of a list that is too long, a hundred items are checked', async t => {
  const ids = structure({ GroupIds: required(list(text({ max: 2 }), { max: 100 })) })
  const tooLong = (at: number) =>
    `Value 'long' at 'groupIds.${at}.member' failed to satisfy constraint: Member must have length less than or equal to 2`
  t.same(
    errorOf({ GroupIds: Array.from({ length: 100_000 }, () => 'long') }, ids),
    violates(
      [
        "101 validation errors detected: Value at 'groupIds' failed to satisfy constraint: Member must have length less than or equal to 100",
        ...Array.from({ length: 100 }, (_, at) => tooLong(at + 1)),
      ].join('; '),
    ),
  )
})

t.test('IS-092 A union has exactly one member', async t => {
  const identifier = structure({
    AlternateIdentifier: required(
      union({ ExternalId: optional(text()), UniqueAttribute: optional(text({ max: 1 })) }),
    ),
  })
  const message =
    "1 validation error detected: Value at 'alternateIdentifier' failed to satisfy constraint: Member must have exactly one of: [externalId, uniqueAttribute]"
  t.same(errorOf({ AlternateIdentifier: {} }, identifier), violates(message))
  t.same(
    errorOf({ AlternateIdentifier: { ExternalId: 'a', UniqueAttribute: 'b' } }, identifier),
    violates(message),
  )
  t.equal(errorOf({ AlternateIdentifier: { ExternalId: 'a', UniqueAttribute: null } }, identifier), undefined)
  t.same(
    errorOf({ AlternateIdentifier: { UniqueAttribute: 'bc' } }, identifier),
    violates(
      "1 validation error detected: Value 'bc' at 'alternateIdentifier.uniqueAttribute' failed to satisfy constraint: Member must have length less than or equal to 1",
    ),
  )
})

t.test('A pattern has to match the whole value, also if its alternatives are not anchored', async t => {
  const { matches } = pattern('a|b')
  t.same(
    ['a', 'b', 'ab', 'xb', 'a\n'].map(value => matches.test(value)),
    [true, true, false, false, false],
  )
})
