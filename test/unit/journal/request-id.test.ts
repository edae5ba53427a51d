import t from 'tap'
import { createRequestIdGenerator, newRequestId } from '../../../src/journal/request-id.ts'

t.test('a request id is a UUID of version 7 that begins with the time', async t => {
  const id = createRequestIdGenerator()(Date.UTC(2026, 10, 24))
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(Number.parseInt(id.replace('-', '').slice(0, 12), 16), Date.UTC(2026, 10, 24))
})

t.test(
  'each id is greater than the previous one, within a millisecond and when the clock is set back',
  async t => {
    const next = createRequestIdGenerator()
    const ids = [
      ...Array.from({ length: 10_000 }, () => next(1_000_000)),
      next(5),
      next(1_000_001),
      next(2_000_000),
    ]
    t.same(ids, [...new Set(ids)].sort())
  },
)

t.test('all ids of a process are in one sequence', async t => {
  const first = newRequestId()
  t.ok(newRequestId() > first)
})
