import t from 'tap'
import type { ConsoleDeps } from '../../../src/console/deps.ts'
import type { LiveEvent } from '../../../src/console/live/event.ts'
import { liveSources } from '../../../src/console/live/hub.ts'
import type { AnalysisEvent, Cycle } from '../../../src/ports/analysis.ts'

const aCycle = (id: string): Cycle => ({
  id,
  tenant: 'acme',
  kind: 'cycle',
  client: 'entra',
  started: 0,
  tenantStarted: 0,
  last: 0,
  tenantLast: 0,
  requests: 1,
  created: 0,
  changed: 0,
  disabled: 0,
  deleted: 0,
  failed: 0,
})

const step: AnalysisEvent = { kind: 'setup-step', tenant: 'acme', step: { id: 'user', tenantTime: 1 } }

/** The published events of the analysis, whose recent cycles are read by a function. */
function follow(recentCycles: (of: Cycle) => Promise<readonly Cycle[]>) {
  const listeners = new Set<(event: AnalysisEvent) => void>()
  const deps = {
    journal: { subscribe: () => () => {} },
    faults: { subscribe: () => () => {} },
    tenants: { find: () => undefined },
    analysis: {
      recentCycles,
      subscribe: (listener: (event: AnalysisEvent) => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
  } as unknown as ConsoleDeps
  const published: LiveEvent[] = []
  for (const source of liveSources(deps)) source(event => published.push(event))
  return {
    emit: (event: AnalysisEvent) => {
      for (const listener of listeners) listener(event)
    },
    kinds: async () => {
      await new Promise(resolve => setImmediate(resolve))
      return published.map(({ kind }) => kind)
    },
  }
}

t.test('events of the analysis keep their order while the state of a cycle is read', async t => {
  const recent = Promise.withResolvers<readonly Cycle[]>()
  const { emit, kinds } = follow(() => recent.promise)
  emit({ kind: 'cycle', cycle: aCycle('a') })
  emit(step)
  t.same(await kinds(), [])
  recent.resolve([aCycle('a')])
  t.same(await kinds(), ['cycle', 'setup-step'])
})

t.test('a cycle whose state cannot be read is left out', async t => {
  const { emit, kinds } = follow(() => Promise.reject(new Error('The disk fails.')))
  emit({ kind: 'cycle', cycle: aCycle('a') })
  emit(step)
  t.same(await kinds(), ['setup-step'])
})
