import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import { contentsOf } from '../../docs/.vitepress/contents.ts'
import { slugOf } from '../../docs/.vitepress/markdown.ts'
import { namedTests, requirements, requirementsTested, titlesIn } from '../../scripts/requirements-tested.ts'

t.test(
  'the requirements are numbered without gaps, and all except the asynchronous ones are supported',
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

t.test('each supported requirement has a test with its id', async t => {
  const missing = [...requirementsTested()].filter(([, tests]) => tests.length === 0).map(([id]) => id)
  t.same(missing, [], 'npm run requirements lists the tests')
})

t.test('each id in a test title is one of a supported requirement, without ranges', async t => {
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
})

t.test('titles are found in each form of a test', async t => {
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

const pages = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n')

/** The anchors of the headings of a page, and those that the site adds to table rows that begin with an ID. */
const anchorsOf = (text: string): readonly string[] => [
  ...[...text.replace(/```.*?```/gs, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slugOf(heading)),
  ...[...text.matchAll(/^\| `?([^\s`|]+)`? \|/gm)].map(([, id = '']) => id),
]

const linksOf = (text: string): readonly string[] =>
  [...text.replace(/```.*?```|`[^`\n]*`/gs, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)

t.test('each link between pages leads to an existing file and heading', async t => {
  const broken = pages.flatMap(page =>
    linksOf(readFileSync(page, 'utf8'))
      .filter(link => !/^[a-z]+:/.test(link))
      .filter(link => {
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? page : normalize(join(dirname(page), path))
        if (!existsSync(target)) return true
        return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
      })
      .map(link => `${page}: ${link}`),
  )
  t.same(broken, [])
})

t.test(
  'the tables of the contents page, and so the sidebar of the site, list every page of docs',
  async t => {
    const groups = contentsOf(readFileSync('docs/README.md', 'utf8'))
    const listed = groups.flatMap(({ items }) => items.map(({ link }) => link))
    // The pages of findings, commands and errors are listed by an index each.
    const missing = pages
      .filter(page => /^docs\/(decisions\/)?[^/]+\.md$/.test(page) && page !== 'docs/README.md')
      .filter(page => !listed.includes(page.slice('docs/'.length)))
    t.same(missing, [])
  },
)

t.test('the README has about 900 words', async t => {
  const words = readFileSync('README.md', 'utf8').split(/\s+/).length
  t.ok(words > 600 && words < 1000, `${words} words`)
})
