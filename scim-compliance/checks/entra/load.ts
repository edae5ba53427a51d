import type { Check } from '../../check.ts'
import { paceOf } from '../../client/pace.ts'
import { fail, skip } from '../../expect.ts'
import type { Answer, Stage } from '../../stage.ts'
import { lookUp } from '../tools/look-ups.ts'
import { createUser, nobody } from '../tools/people.ts'
import { posted } from '../tools/posted.ts'
import { loadCheck } from './areas.ts'
import { needDeleted } from './expect-deleted.ts'
import { sources } from './sources.ts'

const requests = 50

const atOnce = 5

/** As many as Microsoft asks for, less what the network may push together. */
const aSecond = 24

/** With so many under way, a server that takes longer on average doesn't come to 25 a second. */
const mostMilliseconds = (atOnce / 25) * 1000

/** Look-ups for two seconds. */
async function lookUps(stage: Stage): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  const turn = paceOf(aSecond / atOnce)
  const one = () => stage.get(lookUp(stage.users, `userName eq "${nobody()}"`))
  while (answers.length < requests) {
    await turn()
    answers.push(...(await Promise.all(Array.from({ length: atOnce }, one))))
  }
  return answers
}

const own: readonly Check[] = [
  loadCheck({
    id: 'refuses-nobody',
    level: 'MUST',
    says: `Of ${requests} look-ups, ${atOnce} at a time and ${aSecond} a second, none is refused.`,
    source: sources.tutorial,
    matters: 'Microsoft asks for at least 25 requests a second for each tenant.',
    mend: 'Allow 25 requests a second before answering 429.',
    effect: 'slower',
    leadsTo:
      'Entra is refused in the midst of a cycle; what it couldn’t write waits for the next one, and enough of it quarantines the job.',
    run: async stage => {
      const refused = (await lookUps(stage)).find(({ status }) => status !== 200)
      if (refused) fail('status 200 for all', String(refused.status), refused)
    },
  }),
  loadCheck({
    id: 'fast-enough',
    level: 'MUST',
    says: `Look-ups, ${atOnce} at a time, take ${mostMilliseconds} milliseconds on average at most: 25 a second.`,
    source: sources.tutorial,
    matters: 'Microsoft asks for at least 25 requests a second for each tenant.',
    mend: 'Find users and groups by an index.',
    effect: 'slower',
    leadsTo: 'Cycles take longer than their forty minutes, and changes arrive late.',
    run: async stage => {
      const answers = await lookUps(stage)
      const refused = answers.find(({ status }) => status !== 200)
      if (refused) skip(`A look-up was answered with ${refused.status}.`)
      const average = answers.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / answers.length
      if (average > mostMilliseconds) fail(`${mostMilliseconds} ms on average`, `${Math.round(average)} ms`)
    },
  }),
  loadCheck({
    id: 'creates-at-once',
    says: 'Twenty users who are created at once are all there.',
    source: sources.tutorial,
    matters: 'Entra ID creates users in parallel in its first cycle.',
    mend: 'Take several POSTs at once, without a fault and without giving an id twice.',
    needs: ['write', 'users'],
    effect: 'escrow',
    leadsTo: 'In its first cycle Entra leaves users behind in escrow.',
    run: async stage => {
      const users = await Promise.all(Array.from({ length: 20 }, () => createUser(stage)))
      const ids = new Set(users.map(({ id }) => id))
      if (ids.size !== users.length) fail('20 ids', `${ids.size}`)
      const answers = await Promise.all(users.map(({ path }) => stage.get(path)))
      const missing = answers.find(({ status }) => status !== 200)
      if (missing) fail('status 200 for all', String(missing.status), missing)
    },
  }),
  loadCheck({
    id: 'same-user-at-once',
    says: 'Of five POSTs with one userName at once, one makes the user.',
    source: sources.logs,
    matters: 'Two jobs of Entra ID, or a repeated request, may create one user at the same moment.',
    mend: 'Keep userName unique by the database, not by a look before the write.',
    needs: ['write', 'users'],
    effect: 'shown-wrong',
    leadsTo:
      'One person gets several accounts; look-ups have several hits, and Entra reports DuplicateTargetEntries.',
    run: async stage => {
      const { sent, path } = await createUser(stage)
      await needDeleted(stage, path)
      const answers = await Promise.all(
        Array.from({ length: 5 }, async () => {
          const answer = await posted(stage, stage.users, sent)
          return answer
        }),
      )
      const made = answers.filter(({ status }) => status === 201)
      if (made.length !== 1) fail('one 201', `${answers.map(({ status }) => status)}`, made[1] ?? answers[0])
    },
  }),
]

export const checks: readonly Check[] = own.map(check => ({ ...check, load: true }))
