import { once } from 'node:events'
import t from 'tap'
import { createOnlyInstance } from '../../../../src/domain/ports/leader.ts'

t.test('the only instance leads at once, until it withdraws the work', async t => {
  const { lead } = createOnlyInstance()
  const events: unknown[] = []
  const release = lead(async (term, signal) => {
    events.push(term)
    await once(signal, 'abort')
    events.push('over')
  })
  t.same(events, [{ number: 1 }])
  await release()
  t.same(events.slice(1), ['over'])
  await release()
})
