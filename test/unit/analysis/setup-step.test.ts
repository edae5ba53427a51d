import t from 'tap'
import { detectSetupSteps, hasNoFailure, isOnTime } from '../../../src/analysis/setup-step.ts'
import type { ClientKind, Exchange } from '../../../src/journal/exchange.ts'
import type { Cycle } from '../../../src/ports/analysis.ts'
import { anExchange } from '../../contract/journal.ts'

const minute = 60_000

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
  for (const client of ['service', 'compliance', 'sample', 'ad-hoc'] as const) {
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
