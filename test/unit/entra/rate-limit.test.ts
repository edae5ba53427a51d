import t from 'tap'
import { withRateLimit } from '../../../src/entra/http-target.ts'
import type { TargetResponse } from '../../../src/entra/target.ts'

const response = (status: number, retryAfter?: number): TargetResponse => ({
  kind: 'response',
  status,
  body: undefined,
  text: '',
  mediaType: '',
  ...(retryAfter !== undefined && { retryAfter }),
})
const request = { method: 'GET', path: '/Users' } as const

/** A clock that `sleep` advances. */
function clock() {
  let at = 0
  return {
    now: () => at,
    sleep: async (milliseconds: number) => {
      const until = at + milliseconds
      await Promise.resolve()
      at = Math.max(at, until)
    },
  }
}

t.test('requests per second are limited', async t => {
  const time = clock()
  const at: number[] = []
  const target = withRateLimit(
    async () => {
      at.push(time.now())
      return response(200)
    },
    { maxRps: 25, honorRetryAfter: false, ...time },
  )
  for (let sent = 0; sent < 4; sent++) await target(request)
  t.same(at, [0, 40, 80, 120])
})

t.test('without a limit there is no wait', async t => {
  const target = withRateLimit(async () => response(200), {
    maxRps: Number.POSITIVE_INFINITY,
    honorRetryAfter: false,
    sleep: () => t.fail('It slept.') as never,
  })
  t.match(await Promise.all([target(request), target(request)]), [{ status: 200 }, { status: 200 }])
})

t.test('Retry-After is honored only if enabled', async t => {
  const time = clock()
  let attempts = 0
  const throttled = async () => response(++attempts < 3 ? 429 : 200, 7)
  t.match(await withRateLimit(throttled, { maxRps: 1000, honorRetryAfter: false, ...time })(request), {
    status: 429,
  })
  attempts = 0
  t.match(await withRateLimit(throttled, { maxRps: 1000, honorRetryAfter: true, ...time })(request), {
    status: 200,
  })
  t.equal(attempts, 3)
  t.ok(time.now() >= 14_000)
})

t.test('retries stop after five attempts', async t => {
  let attempts = 0
  const target = withRateLimit(
    async () => {
      attempts++
      return response(503, 1)
    },
    { maxRps: 1000, honorRetryAfter: true, ...clock() },
  )
  t.match(await target(request), { status: 503 })
  t.equal(attempts, 5)
})
