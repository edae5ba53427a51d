import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { createReport } from '../../scim-compliance/reports/formats.ts'
import { anOutcome, appraised, aResult } from './a-result.ts'

const musts = checks.filter(({ suite, level }) => suite === 'rfc' && level === 'MUST')

t.test('every MUST of an RFC quotes its sentence, with the section', async t => {
  t.same(
    musts.filter(({ sentence }) => sentence === undefined).map(({ id }) => id),
    [],
  )
  t.same(
    musts
      .filter(
        ({ sentence }) =>
          !/\b(MUST|SHALL|REQUIRED)\b/.test(sentence?.text ?? '') ||
          !/^RFC \d{4} §[\d.]+(, table \d)?$/.test(sentence?.section ?? ''),
      )
      .map(({ id }) => id),
    [],
  )
})

t.test('scimType is optional, so a missing one violates no MUST or SHOULD', async t => {
  const named = checks.filter(({ id }) => /^rfc\/.*-named$/.test(id) && id !== 'rfc/errors/unreadable-named')
  t.ok(named.length > 10)
  t.same([...new Set(named.map(({ level }) => level))], ['MAY'])
})

t.test('a requirement that the RFC leaves open or contradicts is not a MUST', async t => {
  const open = [
    'group/of-user',
    'group/members-type',
    'group/members-ref',
    'model/urns-ignore-case',
    'group/name-advertised-required',
    'bulk-references/unknown',
    'forms/refuses-boolean-text',
    'advertised/not-unique-groups',
    'user/name-kept',
    'index-paging/walk',
  ]
  const levels = open.map(id => checks.find(check => check.id === `rfc/${id}`)?.level)
  t.same(
    open.filter((_, at) => levels[at] === undefined || levels[at] === 'MUST' || levels[at] === 'SHOULD'),
    [],
  )
})

t.test('contradicting checks mention each other', async t => {
  const textOf = (id: string) => {
    const { description = '', rationale = '' } = checks.find(check => check.id === id) ?? {}
    return `${description} ${rationale}`
  }
  t.match(textOf('rfc/group/name-twice'), /entra\/groups\/twice-is-409/)
  t.match(textOf('rfc/advertised/not-unique-groups'), /entra\/groups\/twice-is-409/)
  t.match(textOf('rfc/forms/refuses-boolean-text'), /entra\/create\/active-as-false/)
  t.match(textOf('rfc/common/external-id-twice'), /AWS/)
})

t.test('reports show the sentence', async t => {
  const sentence = { section: 'RFC 7644 §3.3', text: 'A "server" SHALL do it.' }
  const appraisal = appraised(
    aResult({ outcomes: [anOutcome('rfc/create/does-it', 'failed', { of: { sentence } })] }),
  )
  const shown = '“A "server" SHALL do it.” (RFC 7644 §3.3)'
  const text = (format: string) =>
    createReport(format, appraisal).replaceAll('&quot;', '"').replaceAll('\\"', '"').replace(/\s+/g, ' ')
  for (const format of ['terminal', 'html', 'junit', 'sarif']) t.ok(text(format).includes(shown), format)
  t.same(JSON.parse(createReport('json', appraisal)).checks[0].sentence, sentence)
})
