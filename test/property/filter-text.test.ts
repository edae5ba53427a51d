import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { type Filter, parse } from 'scim2-parse-filter'
import t from 'tap'
import { userType } from '../../src/scim/core-schemas.ts'
import { ScimError } from '../../src/scim/error.ts'
import type { BoundFilter } from '../../src/scim/filter/bound-filter.ts'
import { matches } from '../../src/scim/filter/evaluate.ts'
import { parseFilter } from '../../src/scim/filter/parse.ts'
import { type FilterSyntax, parseSyntax } from '../../src/scim/filter/syntax.ts'
import { assertProperty } from '../support/property.ts'
import { lenientReads, strictReads } from '../support/request-policy.ts'

const limits = { filterLength: 500, filterDepth: 10 }

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
  const deep = { filterLength: 1_000_000, filterDepth: 1000 }
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
  const deep = { filterLength: 1_000_000, filterDepth: 1000 }
  assertProperty(
    fc.property(filter, text => {
      parseFilter(text, userType, strictReads, deep)
    }),
    { numRuns: 2000 },
  )
  t.pass('none is rejected')
})

/** The part of the grammar that scim2-parse-filter parses (docs/decisions/filter-grammar.md). */
const shared = fc.letrec<{ filter: string; test: string; inBrackets: string }>(tie => ({
  test: fc.oneof(
    fc.constantFrom('userName pr', 'name.givenName PR', 'urn:x:2.0:User:title pr', 'active NE true'),
    fc
      .tuple(
        fc.constantFrom('a', 'emails.value', 'meta.created'),
        fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
        fc.constantFrom('"x"', '"a (b [c] and \\"d\\""', '""', '5', '1.5e3', 'false', 'null'),
      )
      .map(words => words.join(' ')),
  ),
  inBrackets: tie('filter').map(inner => `emails[${inner}]`),
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('test'),
    tie('inBrackets'),
    tie('filter').map(inner => `not (${inner})`),
    tie('filter').map(inner => `( ${inner} )`),
    fc
      .tuple(tie('filter'), fc.constantFrom('and', 'or', 'And', 'OR'), tie('filter'))
      .map(words => words.join(' ')),
  ),
})).filter

const asLibraryFilter = (syntax: FilterSyntax): Filter => {
  switch (syntax.kind) {
    case 'and':
    case 'or':
      return { op: syntax.kind, filters: syntax.operands.map(asLibraryFilter) }
    case 'not':
      return { op: 'not', filter: asLibraryFilter(syntax.operand) }
    case 'brackets':
      return { op: '[]', attrPath: syntax.name.text, valFilter: asLibraryFilter(syntax.where) }
    case 'present':
      return { op: 'pr', attrPath: syntax.name.text }
    case 'compare':
      return { op: syntax.operator, attrPath: syntax.name.text, compValue: syntax.value.value }
  }
}

t.test('R-105 filters have the structure that scim2-parse-filter finds in them', async t => {
  const deep = { filterLength: 1_000_000, filterDepth: 1000 }
  assertProperty(
    fc.property(shared, text =>
      isDeepStrictEqual(asLibraryFilter(parseSyntax(text, strictReads, deep)), parse(text)),
    ),
    { numRuns: 2000 },
  )
  t.pass('no counterexample was found')
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
