import type { Check } from '../../check.ts'
import { expectError, expectStatus } from '../../expect.ts'
import { nobody } from '../tools/people.ts'
import { followsFrom } from '../tools/prepared.ts'
import { probeCheck } from './areas.ts'
import { noToken, wrongToken } from './foreseen.ts'
import { lookUpNobody, needProbe } from './look-up-nobody.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  probeCheck({
    id: 'wrong-token',
    level: 'MUST',
    says: 'A wrong token is answered with 401.',
    source: sources.quarantine,
    matters: 'Entra ID tells wrong credentials by the 401, and administrators by what it makes of it.',
    mend: 'Check the bearer token before anything else, and answer 401 where it is wrong.',
    effect: 'shown-wrong',
    leadsTo: 'An expired token isn’t reported as such.',
    foresee: wrongToken,
    wrongCredentials: true,
    run: async stage => {
      await needProbe(stage)
      const headers = { Authorization: `Bearer ${nobody()}` }
      expectStatus(await lookUpNobody(stage, headers), 401)
    },
  }),
  probeCheck({
    id: 'wrong-token-is-explained',
    says: 'The answer to a wrong token has a SCIM error body.',
    source: sources.quarantine,
    matters: 'Entra ID quotes the body of an error to the administrator, word for word.',
    mend: 'Send the error schema, the status and a detail that an administrator understands.',
    effect: 'shown-wrong',
    leadsTo: 'Administrators are shown a body that doesn’t say what is wrong with the token.',
    wrongCredentials: true,
    run: async stage => {
      const headers = { Authorization: `Bearer ${nobody()}` }
      const answer = await lookUpNobody(stage, headers)
      if (answer.status !== 401 && answer.status !== 403)
        followsFrom(`A wrong token is answered with ${answer.status}`, 'entra/probe/wrong-token')
      expectError(answer, [401, 403])
    },
  }),
  probeCheck({
    id: 'no-token',
    says: 'A request without a token is answered with 401.',
    source: sources.tutorial,
    matters: 'Before a token is set, Entra ID’s connection test has to fail.',
    mend: 'Answer 401 where there is no Authorization header.',
    effect: 'shown-wrong',
    leadsTo: 'A job without a token isn’t told that it needs one.',
    foresee: noToken,
    run: async stage => {
      await needProbe(stage)
      const answer = await lookUpNobody(stage, { Authorization: '' })
      expectStatus(answer, 401)
    },
  }),
]
