import { readFileSync } from 'node:fs'
import t from 'tap'
import { findingsPage } from '../../scripts/findings-page.ts'
import { findingKinds } from '../../src/analysis/diagnosis/diagnose.ts'

const page = new URL('../../docs/findings.md', import.meta.url)

t.test('the page on findings matches the code', async t => {
  t.equal(readFileSync(page, 'utf8'), findingsPage, 'run npm run docs')
})

t.test('each kind of finding has one row with a source', async t => {
  const rows = findingsPage.split('\n').filter(line => /^\| `(client|aws)\//.test(line))
  t.same(rows.map(line => line.split('`')[1]).sort(), findingKinds.map(({ id }) => id).sort())
  t.same(
    rows.filter(line => !/\[(documented|observed|inferred|assumed)\]\(https:\/\/[^)\s]+\) \|$/.test(line)),
    [],
  )
})
