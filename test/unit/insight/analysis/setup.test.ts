import t from 'tap'
import type { ClientKind, Exchange } from '../../../../src/domain/journal/exchange.ts'
import type { Cycle, SetupStepId } from '../../../../src/domain/ports/analysis.ts'
import type { Tenant } from '../../../../src/domain/tenants/tenant.ts'
import { indexByClient } from '../../../../src/insight/analysis/batch.ts'
import type { BatchAnalysis } from '../../../../src/insight/analysis/cycles.ts'
import {
  createSetupProgress,
  detectSetupSteps,
  hasNoFailure,
  isOnTime,
} from '../../../../src/insight/analysis/setup.ts'
import { anExchange } from '../../../contract/journal.ts'

const minute = 60_000

const aCycle = (id: string, startsAt: number, more: Partial<Cycle> = {}): Cycle => ({
  id,
  tenant: 'acme',
  token: { id: 'a', ending: 'x7Q=' },
  kind: 'cycle',
  client: 'entra',
  started: startsAt * minute,
  tenantStarted: startsAt * minute,
  last: (startsAt + 1) * minute,
  tenantLast: (startsAt + 1) * minute,
  requests: 9,
  created: 1,
  changed: 0,
  disabled: 0,
  deleted: 0,
  failed: 0,
  ...more,
})

const aBatch = (cycles: readonly Cycle[], at = 0): BatchAnalysis => ({
  items: [
    {
      position: 1,
      exchange: { ...anExchange(1, { at }), notes: { client: 'entra', findings: [] } },
      findings: [],
      steps: [],
    },
  ],
  cycles,
  tokenClients: [],
  latestCycles: indexByClient(cycles),
})

type Stored = { readonly cycles?: readonly Cycle[]; readonly completed?: readonly SetupStepId[] }

async function open({ cycles = [], completed = [] }: Stored = {}, created = 0) {
  const asked: (readonly string[])[] = []
  const progress = createSetupProgress(
    {
      completedSteps: async tenants => {
        asked.push(tenants)
        return new Map([['acme', completed]])
      },
      recentCycles: async () => cycles,
    },
    { find: id => (id === 'acme' ? ({ id, created } as Tenant) : undefined) },
  )
  await progress.load(['acme', 'acme', 'deleted', undefined])
  /** The store keeps the first evidence of a step. */
  const stepsAfter = async (batch: BatchAnalysis) => {
    const steps = await progress.cycleSteps(batch)
    return Object.fromEntries(steps.toReversed().map(({ step }) => [step.id, step.exchange]))
  }
  return { progress, asked, stepsAfter }
}

t.test('the completed steps of a tenant are read once, for all tenants together', async t => {
  const { progress, asked } = await open({ completed: ['user'] })
  await progress.load(['acme'])
  t.same(asked, [['acme']])
  t.equal(progress.isPending('acme', 'user', 1), false)
  t.equal(progress.isPending('acme', 'group', 1), true)
  t.equal(progress.isPending('deleted', 'group', 1), false)
  progress.markSaved([{ tenant: 'acme', step: { id: 'group', tenantTime: 1 } }])
  t.equal(progress.isPending('acme', 'group', 1), false)
  progress.clear()
  await progress.load(['acme'])
  t.equal(progress.isPending('acme', 'group', 1), true)
})

t.test('requests from before a tenant was created complete none of its steps', async t => {
  const { progress, stepsAfter } = await open({ cycles: [aCycle('first', 0)] }, 100 * minute)
  t.equal(progress.isPending('acme', 'user', 99 * minute), false)
  t.equal(progress.isPending('acme', 'user', 100 * minute), true)
  t.same(await stepsAfter(aBatch([aCycle('second', 40)])), {})
})

t.test('a cycle is compared with stored ones and with those of its own batch', async t => {
  const steps = { 'second-cycle': 'second', 'no-failure': 'first' }
  const first = aCycle('first', 0)
  const second = aCycle('second', 40)
  t.same(await (await open({ cycles: [first] })).stepsAfter(aBatch([second])), steps)
  t.same(await (await open()).stepsAfter(aBatch([first, second])), steps)
  t.same(
    await (await open({ cycles: [aCycle('first', 0, { requests: 3 })] })).stepsAfter(aBatch([first, second])),
    steps,
  )
  t.same(await (await open()).stepsAfter(aBatch([first])), {}, 'which may still fail')
})

t.test('cycles of other clients are not compared', async t => {
  const { stepsAfter } = await open()
  const other = aCycle('first', 0, { token: { id: 'b', ending: 'abcd' } })
  t.same(await stepsAfter(aBatch([other, aCycle('second', 40)])), {})
})

t.test('a pause ends a cycle without failures', async t => {
  const { stepsAfter } = await open()
  t.same(await stepsAfter(aBatch([aCycle('first', 0)], 5 * minute)), {})
  t.same(await stepsAfter(aBatch([aCycle('first', 0)], 7 * minute)), { 'no-failure': 'first' })
})

const cycle = (id: string, startsAt: number, more: Partial<Cycle> = {}): Cycle => ({
  id,
  tenant: 'acme',
  token: { id: 'a', ending: 'x7Q=' },
  kind: 'cycle',
  client: 'entra',
  // The machine's clock is not used.
  started: startsAt,
  tenantStarted: startsAt * minute,
  last: startsAt,
  tenantLast: (startsAt + 1) * minute,
  requests: 9,
  created: 1,
  changed: 0,
  disabled: 0,
  deleted: 0,
  failed: 0,
  ...more,
})

t.test('a cycle is on time about 40 minutes after another one of the same client', async t => {
  const first = cycle('first', 0)
  const onTime = (later: Cycle, ...between: readonly Cycle[]) => isOnTime(later, [later, ...between, first])
  t.equal(isOnTime(first, [first]), false, 'a single cycle is not a second one')
  t.equal(onTime(cycle('second', 40)), true)
  t.equal(onTime(cycle('third', 41, { kind: 'test-connection' })), true, 'a cycle without changes')
  t.equal(onTime(cycle('soon', 5)), false, 'Test Connection, or a restart')
  t.equal(onTime(cycle('late', 90)), false)
  t.equal(onTime(cycle('restart', 45), cycle('test', 30)), true, 'other cycles may be in between')
  t.equal(isOnTime(cycle('later', 40), [cycle('probes', 0, { kind: 'test-connection' })]), false)
})

t.test(
  'the step "a cycle without failures" requires a cycle of Entra ID that provisioned something',
  async t => {
    t.equal(hasNoFailure(cycle('good', 0)), true)
    t.equal(hasNoFailure(cycle('bad', 0, { failed: 2 })), false)
    t.equal(hasNoFailure(cycle('probes', 0, { kind: 'test-connection' })), false)
    t.equal(hasNoFailure(cycle('other', 0, { client: 'service' })), false)
  },
)

const shown = (rest: Partial<Exchange>, client: ClientKind = 'entra') =>
  detectSetupSteps(anExchange(1, rest), client, step => step !== 'contact')

const patched = (type: string, operation: object, status = 204): Partial<Exchange> => ({
  method: 'PATCH',
  status,
  target: { type, id: '1' },
  request: { headers: {}, body: JSON.stringify({ Operations: [operation] }) },
})

t.test('steps show in either dialect', async t => {
  for (const [op, value] of [
    ['Replace', 'False'],
    ['replace', false],
  ] as const) {
    t.same(shown(patched('User', { op, path: 'active', value })), ['disabled'])
  }
  t.same(shown(patched('User', { op: 'replace', value: { active: false } })), ['disabled'])
  for (const op of ['Add', 'add']) {
    t.same(shown(patched('Group', { op, path: 'members', value: [{ value: '1' }] })), ['membership'])
  }
  t.same(shown({ method: 'POST', status: 201, target: { type: 'User' } }), ['user'])
  t.same(shown({ method: 'POST', status: 201, target: { type: 'Group' } }), ['group'])
  t.same(shown({ method: 'DELETE', status: 204, target: { type: 'User', id: '1' } }), ['deleted'])
})

t.test('failures, reversals and other clients complete no step', async t => {
  t.same(shown(patched('User', { op: 'Replace', path: 'active', value: 'True' })), [])
  t.same(shown(patched('User', { op: 'Replace', path: 'active', value: 'False' }, 400)), [])
  t.same(shown(patched('Group', { op: 'Remove', path: 'members', value: [{ value: '1' }] })), [])
  t.same(shown({ method: 'POST', status: 409, target: { type: 'User' } }), [])
  t.same(shown({ method: 'POST', status: 201, target: { type: 'User' } }, 'service'), ['user'])
  for (const client of ['compliance', 'sample', 'ad-hoc'] as const) {
    t.same(shown({ method: 'POST', status: 201, target: { type: 'User' } }, client), [], client)
  }
})

t.test('a completed step is not searched for again', async t => {
  const create: Partial<Exchange> = { method: 'POST', status: 201, target: { type: 'User' } }
  t.same(
    detectSetupSteps(anExchange(1, create), 'entra', () => true),
    ['contact', 'user'],
  )
  t.same(
    detectSetupSteps(anExchange(1, create), 'entra', () => false),
    [],
  )
})
