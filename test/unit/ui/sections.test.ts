import t from 'tap'
import type { Exchange } from '../../../src/domain/contract/exchanges.ts'
import { buildRows } from '../../../src/ui/pages/activity/sections.ts'

const anExchange = (id: string, parent?: string) =>
  ({ id, at: `2026-03-01T12:00:0${id.length}.000Z`, ...(parent && { parent }) }) as Exchange

t.test('the heading of a cycle counts a bulk request and its operations as one', async t => {
  const countOf = (exchanges: readonly Exchange[]) =>
    buildRows(
      { ofCycle: new Map([['cycle', exchanges]]), others: [] },
      { headed: [], isOpen: () => false, isIncomplete: () => false, loadedDownTo: undefined },
    )
  const [bulk, first, second, read] = [
    anExchange('bulk'),
    anExchange('first', 'bulk'),
    anExchange('second', 'bulk'),
    anExchange('read'),
  ]
  t.same(countOf([bulk, first, second, read]), [{ kind: 'cycle', id: 'cycle', loaded: 2 }])
  t.same(countOf([first, second]), [{ kind: 'cycle', id: 'cycle', loaded: 1 }], 'a search finds operations')
  t.same(countOf([bulk, read]), [{ kind: 'cycle', id: 'cycle', loaded: 2 }])
})

const unfolded = (...ids: readonly string[]) => ({
  isIdle: (cycle: string) => cycle.startsWith('idle'),
  isUnfolded: (id: string) => ids.includes(id),
})

const view = {
  headed: [],
  isOpen: () => true,
  isIncomplete: () => false,
  loadedDownTo: undefined,
  folds: unfolded(),
}

const kindsOf = (rows: ReturnType<typeof buildRows>) =>
  rows.map(row => (row.kind === 'exchange' ? row.exchange.id : row.kind))

t.test('calls with one access key are a group, unless they are far apart', async t => {
  const call = (id: string, at: string, accessKey = 'AKIA1') =>
    ({ id, at: `2026-03-01T${at}:00.000Z`, accessKey, status: 200, api: 'sso-admin' }) as Exchange
  const others = [
    call('e', '12:12'),
    call('d', '12:11', 'AKIA2'),
    call('c', '12:10'),
    call('b', '11:02'),
    call('a', '11:01'),
  ]
  const rows = buildRows({ ofCycle: new Map(), others }, view)
  t.same(
    rows.map(row => (row.kind === 'calls' ? row.exchanges.map(({ id }) => id).join('') : kindsOf([row])[0])),
    ['ec', 'd', 'ba'],
  )
  const opened = buildRows({ ofCycle: new Map(), others }, { ...view, folds: unfolded('calls a') })
  t.same(kindsOf(opened), ['calls', 'd', 'calls', 'b', 'a'])
  const { folds: _, ...search } = view
  t.same(kindsOf(buildRows({ ofCycle: new Map(), others }, search)), ['e', 'd', 'c', 'b', 'a'], 'in a search')
})

t.test('a run of the same look-ups is a row; neighboring cycles without work are one', async t => {
  const lookUp = (id: string, status = 200) =>
    ({
      id,
      at: '2026-03-01T12:00:00.000Z',
      operation: 'look-up',
      action: 'look up user by userName',
      status,
    }) as Exchange
  const looked = ['f', 'e', 'd', 'c', 'b'].map(id => lookUp(id))
  const ofCycle = new Map([['work', [lookUp('g', 404), ...looked]]])
  t.same(kindsOf(buildRows({ ofCycle, others: [] }, view)), ['cycle', 'g', 'run'])
  t.same(kindsOf(buildRows({ ofCycle, others: [] }, { ...view, folds: unfolded('run f') })), [
    'cycle',
    'g',
    'run',
    'f',
    'e',
    'd',
    'c',
    'b',
  ])
  const headed = ['idle 3', 'work', 'idle 2', 'idle 1'].map((id, at) => ({
    id,
    last: `2026-03-01T1${9 - at}:00:00.000Z`,
  }))
  const closed = { ...view, headed, isOpen: () => false }
  const rows = (folds: ReturnType<typeof unfolded>) =>
    buildRows({ ofCycle: new Map(), others: [] }, { ...closed, folds }).map(row =>
      row.kind === 'cycle' ? row.id : row.kind,
    )
  t.same(rows(unfolded()), ['idle 3', 'work', 'idle'])
  t.same(rows(unfolded('idle idle 1')), ['idle 3', 'work', 'idle', 'idle 2', 'idle 1'])
})
