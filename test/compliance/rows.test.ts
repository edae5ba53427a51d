import { readFileSync } from 'node:fs'
import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { untestable } from '../../scim-compliance/checks/rfc/untestable.ts'

const page = readFileSync(new URL('../../docs/rfc-requirements.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| (R-\d{3}) \|/gm)].map(([, id = '']) => id)
const held = new Set(checks.flatMap(({ requirements = [] }) => requirements))
const unseen = new Set(untestable.map(({ id }) => id))

t.test('every requirement has a check, or a reason why it can’t be tested', async t => {
  t.equal(rows.length, 216)
  t.same(
    rows.filter(id => !held.has(id) && !unseen.has(id)),
    [],
  )
})

t.test('requirements with a check aren’t listed as untestable', async t => {
  t.same(
    rows.filter(id => held.has(id) && unseen.has(id)),
    [],
  )
})

t.test('checks and reasons refer to existing requirements', async t => {
  t.same(
    [...held, ...unseen].filter(id => !rows.includes(id)),
    [],
  )
})

t.test('each untestable requirement is listed once, with a reason in a sentence', async t => {
  t.equal(unseen.size, untestable.length)
  t.same(
    untestable.filter(({ reason }) => !/^[A-Z].+\.$/.test(reason)),
    [],
  )
})

t.test('IDs of checks are unique, and consist of suite, area and name', async t => {
  const ids = checks.map(({ id }) => id)
  t.same(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  )
  t.same(
    checks
      .filter(({ id, suite }) => !new RegExp(`^${suite}/[a-z0-9-]+/[a-zA-Z0-9-]+$`).test(id))
      .map(({ id }) => id),
    [],
  )
})

t.test('description, rationale and remedy of a check are sentences', async t => {
  const isSentence = (text: string): boolean => /^\S.{9,}[.!?”")]$/s.test(text)
  t.same(
    checks
      .filter(({ description, rationale, remedy }) => ![description, rationale, remedy].every(isSentence))
      .map(({ id }) => id),
    [],
  )
})
