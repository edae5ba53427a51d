import { readFileSync } from 'node:fs'
import t from 'tap'
import { failuresOnScimmy, scimmyFailuresFile } from './scimmy-failures.ts'

t.test('SCIMMY fails exactly the checks of entra and aws that docs/compliance.md lists', async t => {
  const failures = await failuresOnScimmy()
  t.same(
    failures.map(({ check }) => check.id),
    JSON.parse(readFileSync(scimmyFailuresFile, 'utf8')),
  )
  const page = readFileSync('docs/compliance.md', 'utf8')
  const rows = page.split('\n').filter(line => /^\| SCIMMY \| `(entra|aws)\//.test(line))
  t.equal(rows.length, failures.length)
  for (const { check } of failures) {
    const row = rows.find(line => line.includes(`\`${check.id}\``))
    t.ok(row?.endsWith(`(${check.source}) |`), `${check.id} is on the page with its source`)
  }
})
