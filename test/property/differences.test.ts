import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { userType } from '../../src/scim/core-schemas.ts'
import { type Difference, differencesBetween } from '../../src/scim/differences.ts'
import { isObject, type Json, type JsonObject, jsonEquals } from '../../src/scim/json.ts'
import type { Resource } from '../../src/scim/resource.ts'
import { type Operation, patching } from '../support/patch.ts'
import { assertProperty } from '../support/property.ts'
import { lenientReads } from '../support/request-policy.ts'
import { enterpriseUrn } from '../support/samples.ts'

const { patch } = patching(lenientReads)
const between = (before: Resource | undefined, after: Resource | undefined) =>
  differencesBetween(userType, before, after)

const word = fc.constantFrom('a', 'B', 'ß', '"', ']', '\\', 'a b')
const type = fc.constantFrom('work', 'home')
const element = fc.record({ value: word, type, display: word }, { requiredKeys: ['value'] })
const distinct = (list: readonly JsonObject[]) =>
  new Map(list.map(one => [`${one.type} ${String(one.value).toLowerCase()}`, one]))
const emails = fc
  .tuple(fc.array(element, { maxLength: 4 }), fc.nat(6))
  .map(([list, primary]): readonly JsonObject[] =>
    [...distinct(list).values()].map((one, at) => (at === primary ? { ...one, primary: true } : one)),
  )
const addresses = fc
  .uniqueArray(fc.record({ type, locality: word, country: word }, { requiredKeys: ['locality'] }), {
    maxLength: 2,
    selector: one => one.type,
  })
  .map(list => list.filter(one => one.type !== undefined))
const filled = (parts: Readonly<Record<string, Json>>): Resource =>
  Object.fromEntries(
    Object.entries(parts).filter(([, value]) =>
      Array.isArray(value) ? value.length > 0 : !isObject(value) || Object.keys(value).length > 0,
    ),
  )
const user = fc
  .record(
    {
      title: word,
      active: fc.boolean(),
      name: fc.record({ givenName: word, familyName: word }, { requiredKeys: [] }),
      emails,
      addresses,
      [enterpriseUrn]: fc.record(
        { department: word, manager: fc.record({ value: word }) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  )
  .map(parts => filled({ userName: 'homer', ...(parts as JsonObject) }))

/** Sorts all lists. */
const inOrder = (json: Json): Json => {
  if (Array.isArray(json)) return json.map(inOrder).toSorted(byText)
  if (!isObject(json)) return json
  return Object.fromEntries(
    Object.entries(json)
      .map(([name, value]) => [name, inOrder(value)] as const)
      .toSorted(byText),
  )
}
const byText = (one: unknown, other: unknown) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)

const operationOf = ({ path, kind, after }: Difference): Operation =>
  kind === 'removed'
    ? { op: 'remove', path }
    : { op: kind === 'added' ? 'add' : 'replace', path, value: after }

t.test('two states have no differences if and only if they are equal', async () => {
  assertProperty(
    fc.property(user, user, (before, after) => {
      assert.deepEqual(between(before, structuredClone(before)), [])
      assert.equal(between(before, after).length === 0, jsonEquals(before, after))
    }),
  )
})

t.test('the same holds for any JSON of a resource', async () => {
  const anything = fc.dictionary(
    fc.constantFrom('emails', 'name', 'title', 'schemas', enterpriseUrn, '__proto__', 'constructor', 'x'),
    fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.array(fc.oneof(element, word, fc.constant({}))), element),
  )
  assertProperty(
    fc.property(anything, anything, (one, other) => {
      const [before, after] = [one as JsonObject, other as JsonObject]
      assert.equal(between(before, after).length === 0, jsonEquals(before, after))
    }),
  )
})

t.test('the differences, sent as a PATCH, lead from one state to the other', async () => {
  assertProperty(
    fc.property(user, user, (before, after) => {
      const operations = between(before, after).map(operationOf)
      const patched = operations.length > 0 ? patch(before, ...operations) : before
      assert.deepEqual(inOrder(patched), inOrder(after))
    }),
  )
})

t.test('in the opposite direction, added values are removed ones', async () => {
  const swapped = ({ path, kind, ...values }: Difference) => ({
    path: path.toLowerCase(),
    kind: kind === 'added' ? 'removed' : kind === 'removed' ? 'added' : kind,
    ...('before' in values && { after: values.before }),
    ...('after' in values && { before: values.after }),
  })
  assertProperty(
    fc.property(user, user, (before, after) => {
      const forwards = between(before, after).map(swapped).toSorted(byText)
      const backwards = between(after, before)
        .map(one => ({ ...one, path: one.path.toLowerCase() }))
        .toSorted(byText)
      assert.deepEqual(inOrder(forwards as Json), inOrder(backwards as Json))
    }),
  )
})

t.test('without an earlier state all values are added, without a later one all are removed', async () => {
  assertProperty(
    fc.property(user, state => {
      assert.ok(between(undefined, state).every(({ kind }) => kind === 'added'))
      assert.ok(between(state, undefined).every(({ kind }) => kind === 'removed'))
    }),
  )
})

t.test('paths are those that a PATCH would use', async t => {
  const work = { value: 'a@x.y', type: 'work' }
  const cases: readonly (readonly [Resource, Resource, readonly Difference[]])[] = [
    [
      { name: { givenName: 'Anna' } },
      { name: { givenName: 'Anne' } },
      [{ path: 'name.givenName', kind: 'changed', before: 'Anna', after: 'Anne' }],
    ],
    [
      { emails: [work] },
      { emails: [{ ...work, value: 'b@x.y', primary: true }] },
      [
        { path: 'emails[type eq "work"].value', kind: 'changed', before: 'a@x.y', after: 'b@x.y' },
        { path: 'emails[type eq "work"].primary', kind: 'added', after: true },
      ],
    ],
    [
      { emails: [work, { ...work, value: 'b@x.y' }] },
      { emails: [{ ...work, value: 'b@x.y' }] },
      [{ path: 'emails[type eq "work" and value eq "a@x.y"]', kind: 'removed', before: work }],
    ],
    [
      { [enterpriseUrn]: { department: 'Safety' } },
      { [enterpriseUrn]: { department: 'Safety', manager: { value: '1' } } },
      [{ path: `${enterpriseUrn}:manager.value`, kind: 'added', after: '1' }],
    ],
    [
      { emails: [work, { value: 'c@x.y', type: 'home' }] },
      { emails: [{ value: 'c@x.y', type: 'home' }, work] },
      [
        {
          path: 'emails',
          kind: 'changed',
          before: [work, { value: 'c@x.y', type: 'home' }],
          after: [{ value: 'c@x.y', type: 'home' }, work],
        },
      ],
    ],
    [
      { addresses: [{ locality: 'A' }] },
      { addresses: [{ locality: 'B' }] },
      [{ path: 'addresses', kind: 'changed', before: [{ locality: 'A' }], after: [{ locality: 'B' }] }],
    ],
    [
      { shoe: { size: 1 } },
      { shoe: { size: 2 } },
      [{ path: 'shoe', kind: 'changed', before: { size: 1 }, after: { size: 2 } }],
    ],
    [
      { schemas: ['a'] },
      { schemas: ['a', 'b'] },
      [{ path: 'schemas[value eq "b"]', kind: 'added', after: 'b' }],
    ],
  ]
  for (const [before, after, differences] of cases) t.same(between(before, after), differences)
})
