import t from 'tap'
import { createWalks } from '../../../src/provider/cursor-paging.ts'

const order = (length: number) => Float64Array.from({ length }, (_, at) => at)

t.test('each sort order has its own number', async t => {
  const walks = createWalks()
  const [one, other] = [walks.keep(order(2)), walks.keep(order(3))]
  t.same([walks.orderOf(one)?.length, walks.orderOf(other)?.length], [2, 3])
  t.equal(walks.orderOf(other + 1), undefined)
})

t.test('the least recently used sort order is discarded when there are too many', async t => {
  const walks = createWalks({ walks: 2, keys: 100, age: 1000 }, () => 0)
  const [one, two] = [walks.keep(order(1)), walks.keep(order(1))]
  t.ok(walks.orderOf(one))
  const three = walks.keep(order(1))
  t.same(
    [one, two, three].map(id => walks.orderOf(id) !== undefined),
    [true, false, true],
  )
})

t.test('the total number of keys is limited, but the newest sort order is always kept', async t => {
  const walks = createWalks({ walks: 10, keys: 10, age: 1000 }, () => 0)
  const ids = [walks.keep(order(4)), walks.keep(order(4)), walks.keep(order(4))]
  t.same(
    ids.map(id => walks.orderOf(id) !== undefined),
    [false, true, true],
  )
  const large = walks.keep(order(50))
  t.same(
    [...ids, large].map(id => walks.orderOf(id) !== undefined),
    [false, false, false, true],
  )
  const small = walks.keep(order(1))
  t.same([walks.orderOf(large), walks.orderOf(small)?.length], [undefined, 1])
})

t.test('an unused sort order is discarded', async t => {
  let now = 1 // lru-cache ignores the time 0
  const walks = createWalks({ walks: 10, keys: 10, age: 1000 }, () => now)
  const [one, other] = [walks.keep(order(1)), walks.keep(order(1))]
  now = 900
  t.ok(walks.orderOf(one))
  now = 1800
  t.same([walks.orderOf(one)?.length, walks.orderOf(other)], [1, undefined])
})
