import t from 'tap'
import { entraChecks } from '../../scim-compliance/checks/entra/catalog.ts'
import { entraCauses } from '../../scim-compliance/checks/entra/verdict.ts'
import type { Exchange } from '../../scim-compliance/client/exchange.ts'
import { createReport } from '../../scim-compliance/reports/formats.ts'
import type { Outcome, Result } from '../../scim-compliance/run/result.ts'
import { appraised, aResult } from './a-result.ts'

const hidden = 'Disabled users are lost, because the server hides them'
const noPatch =
  'Users aren’t updated, disabled or enabled, and no memberships are written, because the server rejects PATCH in both forms that Entra sends. The requests fail, and Entra retries them later (escrow).'

const resultOf = (fails: (outcome: Outcome) => boolean, exchanges: readonly Exchange[] = []): Result =>
  aResult({
    exchanges,
    outcomes: entraChecks
      .map((check): Outcome => ({ check, verdict: 'passed', exchanges: [], milliseconds: 1 }))
      .map(outcome => (fails(outcome) ? { ...outcome, verdict: 'failed' } : outcome)),
  })

const consequencesOf = (result: Result, ...ids: readonly string[]) => {
  const { checks } = JSON.parse(createReport('json', appraised(result, { explain: entraCauses })))
  return ids.map(id => checks.find((check: { id: string }) => check.id === id).consequence.summary)
}

t.test('without PATCH, every report gives this cause for each failure that follows from it', async t => {
  const result = resultOf(({ check }) => check.needs?.includes('patch') === true)
  t.same(consequencesOf(result, 'entra/disable/still-read-by-id', 'entra/members/parallel-add'), [
    noPatch,
    noPatch,
  ])
  for (const format of ['terminal', 'html'] as const) {
    const report = createReport(format, appraised(result, { explain: entraCauses })).replace(/\s+/g, ' ')
    t.notMatch(report, hidden, format)
    t.match(report, 'rejects PATCH', format)
  }
})

t.test('an independent failure keeps its consequence', async t => {
  const result = resultOf(({ check }) => check.id === 'entra/disable/still-read-by-id')
  t.match(consequencesOf(result, 'entra/disable/still-read-by-id'), [new RegExp(hidden)])
})

t.test('a response 501 to PATCH explains the failure of a single check', async t => {
  const recorded = { headers: {}, body: '', bytes: 0, cut: false }
  const exchange: Exchange = {
    number: 1,
    method: 'PATCH',
    url: 'http://localhost/Users/1',
    started: '2026-01-01T00:00:00.000Z',
    milliseconds: 1,
    request: recorded,
    response: { ...recorded, status: 501, statusText: 'Not Implemented' },
  }
  const { outcomes } = resultOf(({ check }) => check.id === 'entra/disable/still-read-by-id')
  const only = outcomes.filter(({ verdict }) => verdict === 'failed').map(one => ({ ...one, exchange: 1 }))
  const result = aResult({ outcomes: only, exchanges: [exchange] })
  t.same(consequencesOf(result, 'entra/disable/still-read-by-id'), [
    'Changes in Entra have no effect, because the server returns 501 for PATCH.',
  ])
})
