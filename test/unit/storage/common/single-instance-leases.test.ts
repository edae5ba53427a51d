import { once } from 'node:events'
import t from 'tap'
import { createSingleInstanceLeases } from '../../../../src/storage/common/single-instance-leases.ts'

t.test('the only instance has each lease at once, until it gives it up', async t => {
  const { hold } = createSingleInstanceLeases()
  const events: unknown[] = []
  const release = hold('analysis', async (lease, signal) => {
    events.push(lease)
    await once(signal, 'abort')
    events.push('over')
  })
  t.same(events, [{ name: 'analysis', number: 1 }])
  await release()
  t.same(events.slice(1), ['over'])
  await release()
})
