import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { createRateLimiter } from '../../client/pacing.ts'
import { fail, isSuccess, skip } from '../../expect.ts'
import { escrow, slower } from '../steps/client-areas.ts'
import { postForCleanup } from '../steps/create-and-read.ts'
import { createUser, lookUpPath, randomId, sampleUser } from '../steps/users-and-groups.ts'
import { loadCheck, sources } from './areas.ts'

const requests = 50

const atOnce = 5

/** Microsoft's minimum, less what network jitter may push together. */
const aSecond = 24

/** With this many concurrent requests, a server with a higher mean response time doesn't reach 25 a second. */
const mostMilliseconds = (atOnce / 25) * 1000

async function lookUps(context: CheckContext): Promise<readonly ScimResponse[]> {
  const answers: ScimResponse[] = []
  const turn = createRateLimiter(aSecond / atOnce)
  const one = () => context.get(lookUpPath(context.users, `userName eq "${randomId()}"`))
  while (answers.length < requests) {
    await turn()
    answers.push(...(await Promise.all(Array.from({ length: atOnce }, one))))
  }
  return answers
}

export const loadChecks: readonly Check[] = [
  loadCheck('refuses-nobody', 'MUST', sources.tutorial, {
    description: `The server rejects none of ${requests} searches, ${atOnce} concurrent and ${aSecond} a second.`,
    rationale: 'Microsoft requires at least 25 requests per second per tenant.',
    remedy: 'Allow at least 25 requests per second before you return 429.',
    leadsTo: slower(
      'Entra’s requests are rejected during a cycle; failed objects wait for the next one, and many failures quarantine the job.',
    ),
    run: async context => {
      const refused = (await lookUps(context)).find(({ status }) => status !== 200)
      if (refused) fail('status 200 for all', String(refused.status), refused)
    },
  }),
  loadCheck('fast-enough', 'MUST', sources.tutorial, {
    description: `${atOnce} concurrent searches take at most ${mostMilliseconds} milliseconds on average: 25 a second.`,
    rationale: 'Microsoft requires at least 25 requests per second per tenant.',
    remedy: 'Use an index to find users and groups.',
    leadsTo: slower('Cycles take longer than forty minutes, and changes arrive late.'),
    run: async context => {
      const answers = await lookUps(context)
      const refused = answers.find(({ status }) => status !== 200)
      if (refused) skip(`A search returned ${refused.status}.`, 'entra/load/refuses-nobody')
      const average = answers.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / answers.length
      if (average > mostMilliseconds) fail(`${mostMilliseconds} ms on average`, `${Math.round(average)} ms`)
    },
  }),
  loadCheck('creates-at-once', 'practice', sources.tutorial, {
    description: 'Twenty users that are created concurrently all exist afterwards.',
    rationale: 'Entra ID creates users in parallel in its first cycle.',
    remedy: 'Handle parallel POSTs without errors and without assigning an id twice.',
    needs: ['write', 'users'],
    leadsTo: escrow('In its first cycle, Entra keeps some users in escrow.'),
    after: ['probe/create'],
    run: async context => {
      const users = await Promise.all(Array.from({ length: 20 }, () => createUser(context)))
      const ids = new Set(users.map(({ id }) => id))
      if (ids.size !== users.length) fail('20 ids', `${ids.size}`)
      const answers = await Promise.all(users.map(({ path }) => context.get(path)))
      const missing = answers.find(({ status }) => status !== 200)
      if (missing) fail('status 200 for all', String(missing.status), missing)
    },
  }),
  loadCheck('same-user-at-once', 'practice', sources.logs, {
    description: 'Of five concurrent POSTs with the same userName, exactly one creates the user.',
    rationale: 'Two jobs of Entra ID, or a repeated request, may create one user at the same moment.',
    remedy: 'Enforce a unique userName in the database, not by a search before the write.',
    needs: ['write', 'users'],
    leadsTo:
      'One person gets several accounts; searches return several users, and Entra reports DuplicateTargetEntries.',
    after: ['probe/create', 'entra/create/twice-is-409'],
    blame: { on: 'missing', predict: escrow('Concurrent creations of one user all fail: {answer}.') },
    run: async context => {
      const sent = context.sample(context.users, sampleUser(context))
      const post = () => postForCleanup(context, context.users, sent)
      const answers = await Promise.all(Array.from({ length: 5 }, post))
      const made = answers.filter(isSuccess)
      if (made.length === 1) return
      const statuses = answers.map(({ status }) => status)
      fail('one user created', `${statuses}`, made[1] ?? answers[0], made.length === 0 ? 'missing' : 'excess')
    },
  }),
].map(check => ({ ...check, load: true }))
