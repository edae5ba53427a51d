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
  t.same(countOf([bulk, first, second, read]), [{ kind: 'cycle', cycle: 'cycle', loaded: 2 }])
  t.same(
    countOf([first, second]),
    [{ kind: 'cycle', cycle: 'cycle', loaded: 1 }],
    'a search finds operations',
  )
  t.same(countOf([bulk, read]), [{ kind: 'cycle', cycle: 'cycle', loaded: 2 }])
})
