import { readFileSync } from 'node:fs'
import t from 'tap'
import { requirements } from '../../scripts/requirements-tested.ts'
import { rfcProfilePage } from '../../scripts/rfc-profile-page.ts'
import { switches } from '../../src/profiles/rfc/features.ts'
import { rules } from '../../src/profiles/rfc/rules.ts'
import { statements } from '../../src/profiles/rfc/statements.ts'

const root = new URL('../../', import.meta.url)

t.test('the page on the RFC profile matches the code', async t => {
  t.equal(readFileSync(new URL('docs/rfc-profile.md', root), 'utf8'), rfcProfilePage, 'run npm run docs')
})

t.test('each row of the page has a unique id, a section of an RFC, and existing requirements', async t => {
  const rows = rfcProfilePage.split('\n').filter(line => /^\| `/.test(line))
  const ids = rows.map(line => line.split('`')[1])
  t.equal(new Set(ids).size, ids.length)
  t.same(
    rows.filter(
      line =>
        !/\| \[RFC \d+ §[\d.]+\]\(https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+#section-[\d.]+\) \| (R-\d{3} ?)+ \|$/.test(
          line,
        ),
    ),
    [],
  )
  const known = requirements.map(({ id }) => id)
  t.same(
    (rfcProfilePage.match(/R-\d{3}/g) ?? []).filter(id => !known.includes(id)),
    [],
  )
})

t.test('each rule, statement and option is on the page', async t => {
  for (const { id, description } of [...Object.values(rules).flat(), ...statements, ...switches])
    t.ok(rfcProfilePage.includes(`| \`${id}\` | ${description.replaceAll('|', '\\|')} |`), id)
})
