import t from 'tap'
import { createKeptOrders } from '../../../../src/storage/common/in-memory.ts'

const order = (length: number) => Float64Array.from({ length }, (_, at) => at)
const query = { typeQueries: [], order: 'ascending' } as const

/** Kept orders of which each has the next of these lengths, and how to keep one. */
function keptOrders(lengths: readonly number[], ...limits: LimitArguments) {
  const remaining = [...lengths]
  const orders = createKeptOrders(
    { orderedKeys: async () => order(remaining.shift() ?? 0) },
    ...(limits as []),
  )
  const keep = async () => (await orders.keep(1, query, 0)).id ?? 0
  const lengthOf = async (id: number) => (await orders.section(id, 0, 1000))?.length
  return { ...orders, keep, lengthOf, all: (ids: readonly number[]) => Promise.all(ids.map(lengthOf)) }
}

type LimitArguments = Parameters<typeof createKeptOrders> extends [unknown, ...infer Rest] ? Rest : never

t.test('each order has its own number', async t => {
  const { keep, all } = keptOrders([2, 3])
  const [one, other] = [await keep(), await keep()]
  t.same(await all([one, other, other + 1]), [2, 3, undefined])
})

t.test('an order that fits into the first page is not kept', async t => {
  const orders = createKeptOrders({ orderedKeys: async () => order(3) })
  t.same(await orders.keep(1, query, 3), { length: 3, first: order(3) })
  t.same(await orders.keep(1, query, 2), { length: 3, first: order(2), id: 1 })
})

t.test('a section has the keys from one place to another, fewer at the end', async t => {
  const { keep, section } = keptOrders([5])
  const id = await keep()
  const sections = [await section(id, 1, 3), await section(id, 3, 9), await section(id, 5, 9)]
  t.same(
    sections.map(keys => [...(keys ?? [])]),
    [[1, 2], [3, 4], []],
  )
})

t.test('the least recently used order is dropped when there are too many', async t => {
  const { keep, all, lengthOf } = keptOrders([1, 1, 1], { orders: 2, keys: 100, age: 1000 }, () => 0)
  const [one, two] = [await keep(), await keep()]
  await lengthOf(one)
  const three = await keep()
  t.same(await all([one, two, three]), [1, undefined, 1])
})

t.test('the total number of keys is limited, but the newest order is always kept', async t => {
  const { keep, all } = keptOrders([4, 4, 4, 50, 1], { orders: 10, keys: 10, age: 1000 }, () => 0)
  const ids = [await keep(), await keep(), await keep()]
  t.same(await all(ids), [undefined, 4, 4])
  const large = await keep()
  t.same(await all([...ids, large]), [undefined, undefined, undefined, 50])
  const small = await keep()
  t.same(await all([large, small]), [undefined, 1])
})

t.test('an unused order is dropped', async t => {
  let now = 1 // lru-cache ignores the time 0
  const { keep, all, lengthOf } = keptOrders([1, 1], { orders: 10, keys: 10, age: 1000 }, () => now)
  const [one, other] = [await keep(), await keep()]
  now = 900
  t.equal(await lengthOf(one), 1)
  now = 1800
  t.same(await all([one, other]), [1, undefined])
})
