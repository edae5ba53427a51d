import t from 'tap'
import type { SourceValue } from '../../../src/entra/directory/source-directory.ts'
import { MappingError } from '../../../src/entra/mapping/fields.ts'
import { readMapping } from '../../../src/entra/mapping/read-mapping.ts'
import { isInScope } from '../../../src/entra/mapping/scoping-filter.ts'
import { sourceOf } from '../../support/entra.ts'

type Clause = readonly [attribute: string, operator: string, value?: string | number]

const scope = (...filters: readonly (readonly Clause[])[]) =>
  readMapping({
    users: {
      scope: filters.map(clauses => ({
        clauses: clauses.map(([attribute, operator, value]) => ({ attribute, operator, value })),
      })),
      attributes: [{ source: '[mail]', target: 'userName', matching: 1 }],
    },
  }).users.scope

const matches = (attributes: Readonly<Record<string, SourceValue>>, ...clause: Clause) =>
  isInScope(scope([clause]), sourceOf(attributes))

t.test('each operator matches one value and not another', async t => {
  const cases: readonly (readonly [Clause, SourceValue, SourceValue])[] = [
    [['a', 'EQUALS', 'Sales'], 'Sales', 'sales'],
    [['a', 'NOT EQUALS', 'Sales'], 'sales', 'Sales'],
    [['a', 'IS TRUE'], true, false],
    [['a', 'IS FALSE'], 'False', 'True'],
    [['a', 'IS NOT NULL'], 'x', ''],
    [['a', 'IS NULL'], '', 'x'],
    [['a', 'REGEX MATCH', '([1-9][0-9])'], '42', '420'],
    [['a', 'REGEX MATCH', String.raw`.*\@domain.com`], 'marge@domain.com', 'marge@Domain.com'],
    [['a', 'REGEX MATCH', '(?i)sales|support'], 'SUPPORT', 'supported'],
    [['a', 'NOT REGEX MATCH', '[0-9]+'], 'x1', '1'],
    [['a', 'Greater_Than', 9], '10', '9'],
    [['a', 'Greater_Than_OR_EQUALS', '9'], '9', '8'],
    [['a', 'Greater_Than', '9007199254740992'], '9007199254740993', 'many'],
    [['a', 'Includes', 'ale'], 'Sales', 'SALES'],
    [['a', 'ENDS_WITH', 'es'], 'Sales', 'Saless'],
    [['a', '&', 'Sales, Support'], 'Sales', 'Legal'],
    [['a', '!&', 'Sales, Support'], 'Legal', 'Sales'],
  ]
  for (const [clause, passing, failing] of cases) {
    t.same(
      [matches({ a: passing }, ...clause), matches({ a: failing }, ...clause)],
      [true, false],
      clause.join(' '),
    )
  }
})

t.test('null matches only IS NULL, and lists match no clause', async t => {
  for (const operator of ['NOT EQUALS', 'NOT REGEX MATCH', '!&', 'EQUALS', 'Includes']) {
    t.equal(matches({}, 'a', operator, 'x'), false, operator)
    t.equal(matches({ a: ['x', 'y'] }, 'a', operator, 'x'), false, `${operator} on a list`)
  }
  t.equal(matches({}, 'a', 'IS NULL'), true)
  t.equal(matches({}, 'a', 'IS FALSE'), false)
})

t.test('clauses are joined by AND, filters by OR; without filters every object is in scope', async t => {
  const filters = scope(
    [
      ['department', 'EQUALS', 'Sector 7G'],
      ['country', 'EQUALS', 'US'],
    ],
    [['jobTitle', 'EQUALS', 'Owner']],
  )
  const isIn = (attributes: Readonly<Record<string, SourceValue>>) => isInScope(filters, sourceOf(attributes))
  t.equal(isIn({ department: 'Sector 7G', country: 'US' }), true)
  t.equal(isIn({ department: 'Sector 7G' }), false)
  t.equal(isIn({ JobTitle: 'Owner' }), true, 'attribute names are case-insensitive')
  t.equal(isInScope([], sourceOf({})), true)
})

t.test('a filter can use accountEnabled', async t => {
  t.equal(isInScope(scope([['accountEnabled', 'IS TRUE']]), sourceOf({})), true)
  t.equal(isInScope(scope([['accountEnabled', 'IS TRUE']]), sourceOf({}, { accountEnabled: false })), false)
})

t.test('errors in a filter are reported with their locations', async t => {
  const errorsOf = (...clauses: readonly object[]) => {
    try {
      readMapping({
        users: { scope: [{ clauses }], attributes: [{ source: 'mail', target: 'userName', matching: 1 }] },
      })
      return []
    } catch (error) {
      if (!(error instanceof MappingError)) throw error
      return error.errors
    }
  }
  const at = (part: string) => `users.scope[0].clauses${part}`
  t.same(
    errorsOf(
      { attribute: 'a', operator: 'REGEX MATCH', value: '([a-z' },
      { attribute: 'a', operator: 'LIKE', value: 'x' },
      { attribute: 'a', operator: 'Greater_Than', value: 'ten' },
      { attribute: 'a', operator: 'is null', value: 'x' },
      { operator: 'EQUALS', value: 'x' },
      { attribute: 'a', operator: 'EQUALS' },
    ),
    [
      {
        place: at('[0].value'),
        text: '"([a-z" is not a valid regular expression: Invalid regular expression: /([a-z/dg: Unterminated character class.',
      },
      {
        place: at('[1].operator'),
        text:
          'unknown operator "LIKE". Operators: EQUALS, NOT EQUALS, IS TRUE, IS FALSE, IS NULL, IS NOT NULL, REGEX MATCH, ' +
          'NOT REGEX MATCH, Greater_Than, Greater_Than_OR_EQUALS, Includes, ENDS_WITH, &, !&.',
      },
      { place: at('[2].value'), text: 'must be a whole number of at least 0 for Greater_Than.' },
      { place: at('[3].value'), text: 'is not used by IS NULL. Remove it.' },
      { place: at('[4].attribute'), text: 'is missing.' },
      { place: at('[5].value'), text: 'is missing.' },
    ],
  )
  t.same(errorsOf(), [{ place: at(''), text: 'is empty. Add a clause or remove the filter.' }])
})
