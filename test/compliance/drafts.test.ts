import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { readOptions } from '../../scim-compliance/options.ts'
import { createReport } from '../../scim-compliance/reports/formats.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { anOutcome, appraised, aResult } from './a-result.ts'
import { runOptions, smallServer } from './small-server.ts'

const drafts = checks.filter(({ suite }) => suite === 'interop' || suite === 'ipsie')

t.test('each check of a draft states its rule, and version, date and section of the draft', async t => {
  t.same(
    checks.filter(check => check.draft !== undefined),
    drafts,
  )
  const rules = { interop: /^IP-\d\d$/, ipsie: /^AL-[A\d]\d\d$/ }
  const poor = drafts.filter(({ suite, source, draft }) => {
    const pattern = suite === 'interop' ? rules.interop : rules.ipsie
    return !(
      draft &&
      pattern.test(draft.rule) &&
      /^\d{4}-\d\d(-\d\d)?$/.test(draft.date) &&
      /^\d(\.\d)*$/.test(draft.section) &&
      source === `${draft.rule}: ${draft.draft}, draft ${draft.version} of ${draft.date}, §${draft.section}`
    )
  })
  t.same(poor, [])
})

t.test('drafts run only if they are named', async t => {
  const suitesOf = (as: string) => readOptions(['https://scim.example', '--as', as], {})
  t.match(suitesOf('all'), { options: { as: ['rfc', 'aws', 'entra', 'okta'] } })
  t.match(suitesOf('interop,all'), { options: { as: ['rfc', 'aws', 'entra', 'okta', 'interop'] } })
  t.match(suitesOf('interop,ipsie'), { options: { as: ['interop', 'ipsie'] } })
})

t.test('reports call the source of a failure a draft', async t => {
  const [of] = drafts
  if (of === undefined) return
  const report = (format: string) =>
    createReport(format, appraised(aResult({ outcomes: [anOutcome(of.id, 'failed', { of })] })), {
      verbose: true,
    }).replace(/\s+/g, ' ')
  for (const format of ['terminal', 'html', 'sarif', 'junit', 'tap', 'json'])
    t.ok(report(format).includes(of.source), format)
  t.same(JSON.parse(report('json')).checks[0].draft, of.draft)
})

t.test('a note names the draft of each suite that runs', async t => {
  const { url } = await smallServer(t, () => ({ body: {} }))
  const { result } = await runChecks(runOptions(url, drafts, { as: ['interop'], readOnly: true }))
  t.same(
    result.notes.filter(note => note.includes('draft')),
    [
      'interop follows a draft, which may change: draft-zollner-scim-interop-profile, version 02 of 2026-11-02.',
    ],
  )
})
