import t from 'tap'
import { namedTests, requirements, requirementsTested, titlesIn } from '../../scripts/requirements-tested.ts'

t.test(
  'the requirements are numbered without a gap, and all but the asynchronous ones are offered',
  async t => {
    const numbered = requirements.map((_, at) => `R-${String(at + 1).padStart(3, '0')}`)
    t.same(
      requirements.map(({ id }) => id),
      numbered,
    )
    t.same(
      requirements.filter(({ isOffered }) => !isOffered).map(({ id }) => id),
      ['R-214', 'R-215', 'R-216'],
    )
  },
)

t.test('every requirement that is offered has a test that carries its id', async t => {
  const missing = [...requirementsTested()].filter(([, tests]) => tests.length === 0).map(([id]) => id)
  t.same(missing, [], 'npm run requirements lists the tests')
})

t.test(
  'every id in the name of a test is one of a requirement that is offered, and no range hides any',
  async t => {
    const offered = new Set(requirementsTested().keys())
    const tests = namedTests()
    t.same(
      tests.filter(({ title }) => (title.match(/R-\d{3}/g) ?? []).some(id => !offered.has(id))),
      [],
    )
    t.same(
      tests.filter(({ title }) => /R-\d{3} (to|–|-|…) ?R-/.test(title)),
      [],
    )
  },
)

t.test('names are found wherever a test is written', async t => {
  const source = [
    `t.test('R-001 in one line', async t => {})`,
    `t.test(\n  "R-002 in its own line isn't missed",\n  { skip },\n  async t => {})`,
    '  t.test(`R-003 R-004 as a template`, async t => {})',
    `refusedAlone(\n  'R-005 by a function of the file',\n  rows)`,
    `t.test('an entra test (R-006) with the id within', async t => {})`,
    `t.test('without an id', async t => {})`,
    `const rows = [['R-007 a row of a table', 1]]`,
    `t.test('R-008 with an escaped \\' quote', async t => {})`,
  ].join('\n')
  t.same(
    titlesIn(source).map(title => title.match(/R-\d{3}/g)?.join(' ')),
    ['R-001', 'R-002', 'R-003 R-004', 'R-005', 'R-006', 'R-008'],
  )
})
