import fc from 'fast-check'
import t from 'tap'
import { assertProperty } from '../support/property.ts'
import { assertPredicted, pairs, playPair } from '../support/rehearsed-pairs.ts'
import { createServer } from '../support/test-server.ts'

t.test('a client does to a server what the rehearsal predicts', async t => {
  const server = await createServer()
  t.teardown(server.close)
  await assertProperty(
    fc.asyncProperty(pairs({ people: 8, groups: 3 }), async pair => {
      assertPredicted(await playPair(pair, server.console))
    }),
    { numRuns: 20, endOnFailure: true },
  )
})
