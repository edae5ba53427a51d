import type { Check, CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { createRateLimiter } from '../../client/pacing.ts'
import { expectThat, fail, isSuccess, skip } from '../../expect.ts'
import { requestList } from '../steps/lists.ts'
import { replace } from '../steps/patches.ts'
import { byName, createUser } from '../steps/users-and-groups.ts'
import { loadCheck } from './areas.ts'

const aSecond = 25
const seconds = 10

const mostInBurst = 500
const atOnce = 50

/** One of five requests writes; the others read by id and by name. */
function requestFor(context: CheckContext, user: CreatedResource, at: number): Promise<ScimResponse> {
  if (at % 5 === 0) return context.patch(user.path, replace('active', true))
  return at % 2 === 0 ? context.get(user.path) : requestList(context, context.users, { filter: byName(user) })
}

export const loadChecks: readonly Check[] = [
  loadCheck('rate', 'AL-A05', '4.3', 'MUST', {
    description: `The server processes ${aSecond} requests a second for ${seconds} seconds: reads, searches, and a write in five.`,
    rationale: 'The identity provider sends so many; a slower server delays all changes.',
    remedy: `Allow at least ${aSecond} requests a second for each tenant, and use indexes for searches.`,
    needs: ['load', 'write', 'users'],
    after: ['probe/create'],
    load: true,
    run: async context => {
      const users = await Promise.all(Array.from({ length: 5 }, () => createUser(context)))
      const turn = createRateLimiter(aSecond)
      const answers: ScimResponse[] = []
      const lost: unknown[] = []
      const sent: Promise<unknown>[] = []
      const rounds = Array.from({ length: (aSecond * seconds) / users.length }, () => users)
      for (const [at, user] of rounds.flat().entries()) {
        await turn()
        if (lost.length > 0 || !answers.every(isSuccess)) break
        sent.push(
          requestFor(context, user, at).then(
            answer => answers.push(answer),
            error => lost.push(error),
          ),
        )
      }
      const waiting = sent.length - answers.length - lost.length
      await Promise.all(sent)
      if (lost.length > 0) throw lost[0]
      const rejected = answers.find(answer => !isSuccess(answer))
      if (rejected) fail('success of all requests', `status ${rejected.status}`, rejected)
      expectThat(waiting <= aSecond, `at most ${aSecond} requests without a response at the end`, waiting)
    },
  }),
  loadCheck('limit', 'AL-A04', '4.3', 'MUST', {
    description: `A burst of at most ${mostInBurst} requests is processed, or rejected with 429 and Retry-After.`,
    rationale: 'Without Retry-After, clients retry at the wrong moment, and are rejected again.',
    remedy: 'Return 429 with Retry-After when a limit is exceeded, and no 5xx.',
    load: true,
    run: async context => {
      const one = () => requestList(context, context.users, { count: 1 })
      for (let sent = 0; sent < mostInBurst; sent += atOnce) {
        const answers = await Promise.all(Array.from({ length: atOnce }, one))
        const rejected = answers.find(answer => !isSuccess(answer))
        if (rejected === undefined) continue
        if (rejected.status !== 429) fail('status 429', `${rejected.status}`, rejected)
        const { 'retry-after': wait } = rejected.headers
        // RFC 9110 §10.2.3: seconds or a date.
        const isTime = /^\d+$/.test(wait ?? '') || !Number.isNaN(Date.parse(wait ?? ''))
        return expectThat(isTime, 'Retry-After with seconds or a date', wait, rejected, 'missing')
      }
      skip(
        `${mostInBurst} requests reached no limit, so whether there is one remains open.`,
        undefined,
        'option',
      )
    },
  }),
]
