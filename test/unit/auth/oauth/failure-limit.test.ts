import t from 'tap'
import { createFailureLimit } from '../../../../src/auth/oauth/token-service.ts'

const minute = 60_000

t.test(
  'TS-068 ten failures of a client within a minute reach the limit, until a minute has passed',
  async t => {
    const { keyOf, isReached, note } = createFailureLimit()
    const client = keyOf('acme', 'ci')
    for (let failure = 0; failure < 10; failure++) {
      t.equal(isReached(client, failure * 1000), false, String(failure))
      note(client, failure * 1000)
    }
    t.equal(isReached(client, 9000), true)
    t.equal(isReached(keyOf('acme', 'other'), 9000), false)
    t.equal(isReached(keyOf('other', 'ci'), 9000), false)
    t.equal(isReached(client, minute - 1), true)
    t.equal(isReached(client, minute), false, 'the first failure is a minute ago')
  },
)

t.test('failures over more than a minute do not add up', async t => {
  const { keyOf, isReached, note } = createFailureLimit()
  const client = keyOf('acme', 'ci')
  for (let failure = 0; failure < 30; failure++) note(client, failure * 7000)
  t.equal(isReached(client, 30 * 7000), false)
})
