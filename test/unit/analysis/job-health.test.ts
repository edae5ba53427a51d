import t from 'tap'
import { createJobHealthMonitor } from '../../../src/analysis/job-health.ts'
import type { AnalysisEvent } from '../../../src/ports/analysis.ts'
import { anExchange } from '../../contract/journal.ts'

const failed = (number: number) =>
  anExchange(number, {
    tenant: 'acme',
    method: 'POST',
    status: 500,
    target: { type: 'User', label: `u${number}` },
    notes: { client: 'entra', findings: [] },
  })

t.test('exchanges that are read during a reset are discarded, too', async t => {
  const pages: ((page: { items: ReturnType<typeof failed>[] }) => void)[] = []
  const listeners: ((event: AnalysisEvent) => void)[] = []
  const jobHealth = createJobHealthMonitor(
    {
      subscribe: listener => {
        listeners.push(listener)
        return () => {}
      },
    },
    { page: () => new Promise(resolve => pages.push(resolve)) },
  )
  const fail = (number: number) => {
    for (const listener of listeners) listener({ kind: 'analyzed', items: [failed(number)] })
  }
  fail(2)
  jobHealth.clear('acme')
  pages[0]?.({ items: [failed(2), failed(1)] })
  t.same(await jobHealth.estimates(), [])
  fail(3)
  t.match(await jobHealth.estimates(), [{ tenant: 'acme', status: 'at-risk' }], 'later failures count')
})
