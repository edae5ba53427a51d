import { readFileSync } from 'node:fs'
import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { readKnown } from '../../scim-compliance/grade/comparison.ts'
import { checksTable, mutantsSentence, peersTable } from '../../scripts/compliance-page.ts'
import { mutants } from '../compliance/mutants/index.ts'
import { gradings } from '../compliance/peers/index.ts'

const page = readFileSync('docs/compliance.md', 'utf8')
const stale = 'docs/compliance.md is older than the checks. Run: npm run compliance-docs'

t.test('the page on compliance lists all checks, by suite and section', async t => {
  t.ok(page.includes(checksTable(checks)), stale)
})

t.test('the page on compliance has the number of mutants', async t => {
  t.ok(page.includes(mutantsSentence(mutants.length)), stale)
})

t.test('the page has each peer with all its failures', async t => {
  const graded = JSON.parse(readFileSync('test/compliance/peers/graded.json', 'utf8'))
  t.same(
    Object.keys(graded),
    gradings.map(({ peer }) => peer.id),
    stale,
  )
  t.ok(page.includes(peersTable(gradings, graded)), stale)
})

t.test('the page has each failure of a profile in its own suite, with the reason', async t => {
  const known = readKnown(readFileSync('test/compliance/known-rfc.json', 'utf8'), 'known-rfc.json')
  t.notMatch(page, 'not known')
  for (const { id, reason } of known)
    t.match(page, new RegExp(`\`${id}\` \\| \\w+ \\| ${reason.slice(0, 40)}`))
})
