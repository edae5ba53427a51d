import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { pathText } from '../../src/scim/attribute.ts'
import { userType } from '../../src/scim/core-schemas.ts'
import { ScimError } from '../../src/scim/error.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import { parsePath } from '../../src/scim/patch/parse.ts'
import type { Resource } from '../../src/scim/resource.ts'
import { type Operation, patching } from '../support/patch.ts'
import { assertProperty } from '../support/property.ts'
import { lenientReads, strictReads } from '../support/request-policy.ts'
import { enterpriseUrn, userUrn } from '../support/samples.ts'

const { patch } = patching(lenientReads)
const text = fc.string({
  minLength: 1,
  maxLength: 5,
  unit: fc.constantFrom('a', 'B', 'ß', '"', ']', '\\', ' '),
})
const type = fc.constantFrom('work', 'home', 'other')

const email = fc.record({ value: text, type, display: text }, { requiredKeys: ['value'] })
/** Distinct values, of which at most one is primary. */
const emails = fc
  .tuple(
    fc.uniqueArray(email, { maxLength: 5, selector: ({ value, type }) => `${value.toLowerCase()}\0${type}` }),
    fc.nat(8),
  )
  .map(([list, at]): readonly JsonObject[] =>
    list.map((each, index) => (index === at ? { ...each, primary: true } : each)),
  )
const user = fc
  .record({ userName: text, title: text, name: fc.record({ givenName: text }), emails })
  .map(({ emails, ...rest }): Resource => (emails.length > 0 ? { ...rest, emails } : rest))

const singlePath = fc.constantFrom(
  'title',
  'name.familyName',
  'NAME.givenName',
  `${enterpriseUrn}:department`,
  `${enterpriseUrn}:manager.value`,
  'phoneNumbers[type eq "mobile"].value',
)
const assignment = fc.record({ op: fc.constantFrom('add', 'replace'), path: singlePath, value: text })
const adding = email.map((value): Operation => ({ op: 'add', path: 'emails', value }))
const removing = fc.constantFrom<Operation>(
  { op: 'remove', path: 'emails' },
  { op: 'remove', path: 'name' },
  { op: 'remove', path: 'emails[type eq "work"].value' },
  { op: 'remove', path: 'emails[not (type pr)]' },
  { op: 'replace', path: 'emails[type eq "home"].primary', value: true },
)
const operations = fc.array(fc.oneof(assignment, adding, removing), { maxLength: 5 })

t.test('R-180: adding twice equals adding once', async () => {
  assertProperty(
    fc.property(user, fc.oneof(assignment, adding), emails, (before, operation, list) => {
      const addition = { ...operation, op: 'add' }
      const once = patch(before, addition)
      assert.deepEqual(patch(once, addition), once)
      const several = patch(before, { op: 'add', value: { emails: list } })
      assert.deepEqual(patch(several, { op: 'add', value: { emails: list } }), several)
    }),
  )
})

t.test('add and remove restores the previous state', async () => {
  assertProperty(
    fc.property(user, text, (before, value) => {
      const added = { value: `new ${value}`, type: 'other' }
      const after = patch(
        before,
        { op: 'add', path: 'emails', value: [added] },
        { op: 'remove', path: `emails[value eq ${JSON.stringify(added.value)} and type eq "other"]` },
        { op: 'add', path: `${enterpriseUrn}:department`, value },
        { op: 'remove', path: `${enterpriseUrn}:department` },
        { op: 'add', path: 'phoneNumbers[type eq "mobile"].value', value },
        { op: 'remove', path: 'phoneNumbers[type eq "mobile"].value' },
      )
      assert.deepEqual(after, before)
    }),
  )
})

t.test('R-188: the last replace counts', async () => {
  assertProperty(
    fc.property(user, singlePath, text, text, emails, (before, path, one, other, list) => {
      const last = { op: 'replace', path, value: other }
      assert.deepEqual(patch(before, { op: 'replace', path, value: one }, last), patch(before, last))
      const lastList = { op: 'replace', path: 'emails', value: list }
      assert.deepEqual(
        patch(before, { op: 'replace', path: 'emails', value: { value: one } }, lastList),
        patch(before, lastList),
      )
    }),
  )
})

t.test('R-171: operations in one request equal operations in separate requests', async () => {
  assertProperty(
    fc.property(user, operations, (before, list) => {
      assert.deepEqual(
        list.length > 0 ? patch(before, ...list) : before,
        list.reduce<Resource>((each, one) => patch(each, one), before),
      )
    }),
  )
})

t.test('R-172: applying a PATCH never changes its input, whether it fails or not', async () => {
  const strict = patching(strictReads)
  assertProperty(
    fc.property(user, operations, fc.boolean(), (before, list, isFailing) => {
      const copy = JSON.stringify(before)
      const failing: Operation = { op: 'replace', path: 'emails[value eq "nobody"].value', value: 'x' }
      const all: readonly Operation[] = isFailing
        ? [...list, failing]
        : [...list, { op: 'remove', path: 'photos' }]
      try {
        strict.patch(before, ...all)
        assert.ok(!isFailing, 'a failing operation fails')
      } catch (error) {
        if (!(error instanceof ScimError)) throw error
      }
      assert.equal(JSON.stringify(before), copy)
    }),
  )
})

t.test('R-037: no operations leave two primary values', async () => {
  assertProperty(
    fc.property(user, operations, (before, list) => {
      const after = patch(before, { op: 'remove', path: 'photos' }, ...list)
      const found = Array.isArray(after.emails) ? after.emails : []
      assert.ok(found.filter((each: JsonObject) => each.primary === true).length <= 1)
    }),
  )
})

const allPaths = userType.attributes.flatMap(attribute => [
  [attribute],
  ...(attribute.subAttributes ?? []).flatMap(sub => [
    [attribute, sub],
    ...(sub.subAttributes ?? []).map(below => [attribute, sub, below]),
  ]),
])
const limits = { filterLength: 1000, filterDepth: 10 }

t.test('R-170: the text of each path addresses that path, in any case, with or without its URN', async () => {
  for (const path of allPaths) {
    const written = pathText(path)
    for (const spelling of [
      written,
      written.toUpperCase(),
      ` ${written} `,
      ...(path[0]?.extension ? [] : [`${userUrn}:${written}`]),
    ]) {
      assert.deepEqual(parsePath(spelling, userType, strictReads, limits)?.path, path, spelling)
    }
  }
})

t.test('R-170: any text in a filter ends at its closing quote', async () => {
  assertProperty(
    fc.property(text, value => {
      const path = `emails[value eq ${JSON.stringify(value)}].type`
      const target = parsePath(path, userType, strictReads, limits)
      assert.deepEqual([target?.where?.kind, target?.sub?.name], ['compare', 'type'])
    }),
  )
})

t.test('R-170: any text is a path, or no path, or rejected as one', async () => {
  const piece = fc.constantFrom(
    'emails',
    '[',
    ']',
    '"',
    '.',
    ' ',
    'value',
    ' eq ',
    '\\',
    'name',
    ':',
    'urn:x',
    '(',
    '\0',
  )
  assertProperty(
    fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
      try {
        parsePath(pieces.join(''), userType, lenientReads, limits)
      } catch (error) {
        if (!(error instanceof ScimError)) throw error
        assert.ok(error.scimType === 'invalidPath' || error.scimType === 'invalidFilter')
      }
    }),
    { numRuns: 1000 },
  )
})
