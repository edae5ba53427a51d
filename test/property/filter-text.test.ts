import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { filter as evaluate, type Filter, parse } from 'scim2-parse-filter'
import t from 'tap'
import { attribute } from '../../src/scim/attribute.ts'
import { userType } from '../../src/scim/core-schemas.ts'
import { ScimError } from '../../src/scim/error.ts'
import { parseFilter } from '../../src/scim/filter/bind.ts'
import type { BoundFilter } from '../../src/scim/filter/bound-filter.ts'
import { matches, toSearchForm } from '../../src/scim/filter/evaluate.ts'
import { type FilterTree, parseSyntax, printFilter } from '../../src/scim/filter/syntax.ts'
import { resourceType } from '../../src/scim/resource-types.ts'
import { assertProperty } from '../support/property.ts'
import { lenientReads, strictReads } from '../support/request-policy.ts'

const limits = { filterLength: 500, filterDepth: 10 }
const deep = { filterLength: 1_000_000, filterDepth: 1000 }

const pieces = [
  ...[
    'userName',
    'emails',
    'emails.type',
    'active',
    'meta.created',
    'groups',
    '$ref',
    'urn:x:y',
    '.value',
    'not',
  ],
  ...['eq', 'ne', 'co', 'gt', 'pr', 'and', 'or', '(', ')', '[', ']', 'type', 'value', ',', '\\', '"', '\0'],
  ...['"x"', '"\\u0041"', '"2026-01-31T08:00:00Z"', '5', '-1e3', 'true', 'null', 'x', '\ud800'],
]

const sentences = fc
  .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom(' ', ' ', ' ', '')), { maxLength: 25 })
  .map(parts => parts.flat().join(''))

const filter = fc.letrec<{ filter: string; test: string }>(tie => ({
  test: fc.constantFrom(
    ...[
      'userName eq "x"',
      'emails pr',
      'emails[type eq "work"].value co "@"',
      'active ne true',
      'groups eq "g"',
    ],
    ...['meta.created gt "2026-01-31T08:00:00Z"', 'emails[not (primary eq true) or display pr]'],
  ),
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('test'),
    tie('filter').map(inner => `not (${inner})`),
    fc
      .tuple(tie('filter'), fc.constantFrom('and', 'or', 'AND'), tie('filter'))
      .map(([left, connective, right]) => `(${left}) ${connective} ${right}`),
  ),
})).filter

/** Filters on groups other than by ids are evaluated in SQL only. */
const asksForRows = (filter: BoundFilter): boolean =>
  'operands' in filter
    ? filter.operands.some(asksForRows)
    : 'operand' in filter
      ? asksForRows(filter.operand)
      : filter.kind === 'some-related'

t.test('R-098 any text is either accepted as a filter or rejected as invalidFilter', async t => {
  const read = (text: string) => {
    for (const reads of [strictReads, lenientReads]) {
      try {
        const filter = parseFilter(text, userType, reads, limits)
        if (!asksForRows(filter)) matches(filter, {}, { groups: new Set() })
      } catch (error) {
        if (!(error instanceof ScimError && error.scimType === 'invalidFilter')) throw error
      }
    }
  }
  assertProperty(fc.property(fc.oneof(sentences, fc.string({ unit: 'binary' })), read), { numRuns: 5000 })
  t.pass('no other error occurs')
})

t.test('a comparison after brackets can be part of any filter', async () => {
  const read = (text: string) => parseFilter(text, userType, lenientReads, deep)
  assertProperty(
    fc.property(filter, fc.constantFrom('and', 'or'), fc.boolean(), (text, connective, first) => {
      const joined = (test: string) =>
        first ? `${test} ${connective} ${text}` : `${text} ${connective} ${test}`
      assert.deepEqual(
        read(joined('emails[type eq "work"] eq "a@b.c"')),
        read(joined('emails[type eq "work" and value eq "a@b.c"]')),
      )
    }),
    { numRuns: 300 },
  )
})

t.test('R-098 every filter of the grammar is accepted', async t => {
  assertProperty(
    fc.property(filter, text => {
      parseFilter(text, userType, strictReads, deep)
    }),
    { numRuns: 2000 },
  )
  t.pass('none is rejected')
})

/** `ends` follow brackets. */
const filtersOf = (tests: fc.Arbitrary<string>, ends: readonly string[]) =>
  fc.letrec<{ filter: string; inBrackets: string }>(tie => ({
    inBrackets: fc
      .tuple(tie('filter'), fc.constantFrom(...ends))
      .map(([inner, end]) => `emails[${inner}]${end}`),
    filter: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tests,
      tie('inBrackets'),
      tie('filter').map(inner => `not (${inner})`),
      tie('filter').map(inner => `( ${inner} )`),
      fc
        .tuple(tie('filter'), fc.constantFrom('and', 'or', 'And', 'OR'), tie('filter'))
        .map(words => words.join(' ')),
    ),
  })).filter

const sharedTests = fc.oneof(
  fc.constantFrom('userName pr', 'name.givenName PR', 'urn:x:2.0:User:title pr', 'active NE true'),
  fc
    .tuple(
      fc.constantFrom('a', 'emails.value', 'meta.created'),
      fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
      fc.constantFrom('"x"', '"a (b [c] and \\"d\\""', '""', '5', '1.5e3', 'false', 'null'),
    )
    .map(words => words.join(' ')),
)

/** The part of the grammar that scim2-parse-filter parses (docs/decisions/filter-grammar.md). */
const shared = filtersOf(sharedTests, [''])

const storableTexts = fc
  .string({ unit: 'binary' })
  .filter(text => !text.includes('\0') && text.isWellFormed())

/** All of the grammar, and what lenient profiles accept besides. */
const accepted = filtersOf(
  fc.oneof(
    sharedTests,
    fc.constantFrom('members.$ref pr', 'a eq -1.5e-3', 'a eq "\\u00e9\\n"', 'a eq jensen', 'a eq 007'),
    storableTexts.map(text => `title eq ${JSON.stringify(text)}`),
  ),
  ['', '.value eq "x"', '.$ref pr', ' eq "x"'],
)

const positions = ['at', 'valueAt', 'valueText']
const withoutPositions = (tree: FilterTree): FilterTree =>
  JSON.parse(JSON.stringify(tree, (key, value) => (positions.includes(key) ? undefined : value)))

t.test('R-105 filters have the structure that scim2-parse-filter finds in them', async t => {
  assertProperty(
    fc.property(shared, text =>
      isDeepStrictEqual(withoutPositions(parseSyntax(text, strictReads, deep)), parse(text)),
    ),
    { numRuns: 1000 },
  )
  t.pass('no counterexample was found')
})

t.test('a printed filter follows the grammar and parses to the same tree', async () => {
  assertProperty(
    fc.property(accepted, text => {
      const tree = parseSyntax(text, lenientReads, deep)
      const again = parseSyntax(printFilter(tree), strictReads, deep)
      assert.deepEqual(withoutPositions(again), withoutPositions(tree))
    }),
    { numRuns: 1000 },
  )
  assertProperty(
    fc.property(shared, text => assert.deepEqual(parse(printFilter(parse(text))), parse(text))),
    { numRuns: 500 },
  )
})

const device = resourceType({
  ...{ name: 'Device', endpoint: '/Devices', description: 'Device' },
  schema: {
    ...{ id: 'urn:example:Device', name: 'Device', description: 'Device' },
    attributes: [
      attribute('serial', 'Serial.', { caseExact: true }),
      attribute('level', 'Level.', { type: 'integer' }),
      attribute('on', 'On.', { type: 'boolean' }),
      attribute('site', 'Site.', {
        type: 'complex',
        subAttributes: [attribute('code', 'Code.', { caseExact: true })],
      }),
    ],
  },
  extensions: [],
  ...{ labelAttribute: 'serial', displayAttribute: 'serial' },
})

// No surrogates: the package compares UTF-16 units.
const texts = fc.constantFrom('a', 'A', 'ab', 'b', 'ba', '\u00e9', '%', '_', '"', '\\', '1')
const numbers = fc.constantFrom(-1, 0, 1, 1.5, 10)

const devices = fc.record({
  ...{ serial: texts, level: fc.constantFrom(-1, 0, 1, 10), on: fc.boolean() },
  site: fc.record({ code: texts }),
})

const order = ['gt', 'ge', 'lt', 'le'] as const
const tests: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ op: fc.constant('pr'), attrPath: fc.constantFrom('serial', 'LEVEL', 'site.code') }),
  fc.record({
    op: fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', ...order),
    ...{ attrPath: fc.constantFrom('serial', 'Site.Code'), compValue: texts },
  }),
  fc.record({
    op: fc.constantFrom('eq', 'ne', ...order),
    ...{ attrPath: fc.constant('level'), compValue: numbers },
  }),
  fc.record({
    op: fc.constantFrom('eq', 'ne'),
    ...{ attrPath: fc.constantFrom('on', 'serial'), compValue: fc.constant(null) },
  }),
  fc.record({
    op: fc.constantFrom('eq', 'ne'),
    ...{ attrPath: fc.constant('on'), compValue: fc.boolean() },
  }),
)
const trees = fc.letrec<{ tree: Filter }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tests,
    fc.record({ op: fc.constant('not'), filter: tie('tree') }),
    fc.record({
      op: fc.constantFrom('and', 'or'),
      filters: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).tree

t.test('single case-exact values match as scim2-parse-filter evaluates them', async () => {
  assertProperty(
    fc.property(trees, devices, (tree, resource) => {
      const filter = parseFilter(printFilter(tree), device, strictReads, deep)
      assert.equal(matches(filter, toSearchForm(device, resource)), evaluate(tree)(resource))
    }),
    { numRuns: 1000 },
  )
})

const comparisons = fc
  .record({
    name: fc.constantFrom('userName', 'emails.value', 'urn:x:y:a', '$ref', 'not', 'Not', 'and', 'a"b', ''),
    blank: fc.constantFrom(' ', '  ', '\t', '\r\n', '\u00a0', ''),
    operator: fc.constantFrom('eq', 'EQ', 'Sw', '\u017fw', 'pr', 'xx', 'equ'),
    value: fc.string({
      unit: fc.oneof(fc.constantFrom('"', '\\', '\\u0041', '\0', '\n', '\ud800', '[', ')', ' '), fc.string()),
      maxLength: 6,
    }),
    offset: fc.nat(9),
  })
  .map(({ name, blank, operator, value, offset }) => ({
    text: `${name}${blank}${operator} "${value}"`,
    offset,
  }))

t.test('a plain comparison is parsed as one that a blank follows, which takes the longer way', async t => {
  const outcome = (text: string, offset: number) => {
    try {
      return parseSyntax(text, strictReads, limits, offset)
    } catch (error) {
      return error instanceof ScimError ? error.message : error
    }
  }
  const isSame = ({ text, offset }: { readonly text: string; readonly offset: number }) =>
    isDeepStrictEqual(outcome(text, offset), outcome(`${text} `, offset))
  assertProperty(fc.property(comparisons, isSame), { numRuns: 2000 })
  t.pass('no counterexample was found')
})
