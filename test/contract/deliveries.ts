import type { Test } from 'tap'
import {
  type Deliveries,
  maxWaiting,
  maxWaitingTime,
  type WaitingDelivery,
} from '../../src/domain/ports/deliveries.ts'

export type DeliveriesOverTime = {
  readonly deliveries: Deliveries
  /** The same messages, as the process after this one or another instance sees them. */
  readonly reopen: () => Promise<Deliveries>
  /** Lets the messages that wait grow older. */
  readonly advance: (milliseconds: number) => Promise<void>
}

const message = (id: string, target = 'a', body = `{"text":"${id}"}`): WaitingDelivery => ({
  id,
  target,
  event: 'finding',
  body,
})

/** Reads and removes all messages for a target. */
async function takeAll(deliveries: Deliveries, target: string): Promise<readonly WaitingDelivery[]> {
  const taken: WaitingDelivery[] = []
  for (;;) {
    const delivery = await deliveries.oldest(target)
    if (!delivery) return taken
    taken.push(delivery)
    await deliveries.remove(delivery)
  }
}

/** What every engine guarantees about the messages to webhooks that wait. */
export function describeDeliveries(t: Test, open: (t: Test) => Promise<DeliveriesOverTime>): void {
  t.test('messages wait for each target in the order in which they were added', async t => {
    const { deliveries } = await open(t)
    t.same(await deliveries.add([message('1', 'a'), message('1', 'b')]), [])
    t.same(await deliveries.add([message('2', 'a', '{"text":"\\u0000 \\ud800 é"}')]), [])
    t.same(await takeAll(deliveries, 'a'), [
      message('1', 'a'),
      message('2', 'a', '{"text":"\\u0000 \\ud800 é"}'),
    ])
    t.same(await takeAll(deliveries, 'b'), [message('1', 'b')])
    t.equal(await deliveries.oldest('c'), undefined)
  })

  t.test('messages that wait survive the process', async t => {
    const { deliveries, reopen } = await open(t)
    await deliveries.add([message('1'), message('1', 'b')])
    await deliveries.add([message('2')])
    await deliveries.remove({ id: '1', target: 'a' })
    const later = await reopen()
    t.same(await takeAll(later, 'a'), [message('2')])
    t.same(await takeAll(later, 'b'), [message('1', 'b')])
  })

  t.test('a message that is added or removed again counts once', async t => {
    const { deliveries } = await open(t)
    await deliveries.add([message('1')])
    await deliveries.add([message('1')])
    t.same(await takeAll(deliveries, 'a'), [message('1')])
    await deliveries.remove({ id: '1', target: 'a' })
  })

  t.test(`at most ${maxWaiting} messages wait for a target`, async t => {
    const { deliveries } = await open(t)
    const ids = Array.from({ length: maxWaiting }, (_, index) => String(index))
    for (const id of ids) await deliveries.add([message(id)])
    t.same(await deliveries.add([message('more', 'a'), message('more', 'b')]), ['a'])
    const waiting = await takeAll(deliveries, 'a')
    t.same(
      waiting.map(({ id }) => id),
      ids,
    )
    t.same(await takeAll(deliveries, 'b'), [message('more', 'b')])
    t.same(await deliveries.add([message('again')]), [])
  })

  t.test('messages that have waited for too long are removed', async t => {
    const { deliveries, advance } = await open(t)
    await deliveries.add([message('1'), message('1', 'b')])
    await advance(maxWaitingTime + 1000)
    await deliveries.add([message('2')])
    await deliveries.removeOld()
    t.same(await takeAll(deliveries, 'a'), [message('2')])
    t.equal(await deliveries.oldest('b'), undefined)
  })

  t.test('listeners are called after messages are added, until they unsubscribe', async t => {
    const { deliveries } = await open(t)
    const seen: (string | undefined)[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const unsubscribe = deliveries.onAdded(async () => {
      seen.push((await deliveries.oldest('a'))?.id)
      resolve()
    })
    await deliveries.add([message('1')])
    await promise
    unsubscribe()
    await deliveries.add([message('2')])
    t.same(seen, ['1'])
  })
}
