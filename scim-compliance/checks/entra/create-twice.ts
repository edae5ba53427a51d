import type { Check } from '../../check.ts'
import { expectError, expectStatus } from '../../expect.ts'
import { createUser, userNameOf } from '../tools/people.ts'
import { followsFrom } from '../tools/prepared.ts'
import { createCheck } from './areas.ts'
import { twice } from './foreseen.ts'
import { body, post } from './post-users.ts'
import { sources } from './sources.ts'

const twiceId = 'entra/create/twice-is-409'

export const checks: readonly Check[] = [
  createCheck({
    id: 'twice-is-409',
    level: 'MUST',
    says: 'A userName that is taken is answered with 409.',
    source: sources.logs,
    matters: 'Entra ID tells by it that the user is there, and looks again later.',
    mend: 'Keep userName unique, and answer 409.',
    effect: 'shown-wrong',
    leadsTo: 'Entra can’t tell a duplicate from another error.',
    foresee: twice,
    run: async stage => {
      const { sent } = await createUser(stage)
      expectStatus(await post(stage, sent), 409)
    },
  }),
  createCheck({
    id: 'twice-is-explained',
    says: 'The 409 has a SCIM error body with scimType uniqueness.',
    source: sources.logs,
    matters: 'Entra ID quotes the body to the administrator.',
    mend: 'Send scimType uniqueness, and which attribute is taken in detail.',
    effect: 'shown-wrong',
    leadsTo: 'Administrators aren’t told what clashes.',
    run: async stage => {
      const { sent } = await createUser(stage)
      const answer = await post(stage, sent)
      if (answer.status !== 409) followsFrom('A duplicate isn’t answered with 409', twiceId)
      expectError(answer, 409, 'uniqueness')
    },
  }),
  createCheck({
    id: 'twice-in-other-case',
    says: 'A userName that is taken in another case is answered with 409.',
    source: sources.validator,
    matters: 'Entra ID’s names don’t mind case.',
    mend: 'Keep userName unique without regard to case.',
    effect: 'shown-wrong',
    when: 'a name in Entra differs in case from the server’s',
    leadsTo: 'One person gets two accounts, and later look-ups have two hits: DuplicateTargetEntries.',
    run: async stage => {
      const user = await createUser(stage)
      if ((await post(stage, user.sent)).status !== 409)
        followsFrom('A duplicate isn’t answered with 409', twiceId)
      const sent = body(stage, { userName: userNameOf(user).toUpperCase() })
      expectStatus(await post(stage, sent), 409)
    },
  }),
  createCheck({
    id: 'external-id-again',
    level: 'MAY',
    says: 'An externalId may stand with two users.',
    source: sources.referenceCode,
    matters: 'Microsoft’s Postman collection uses one again; mailNickname isn’t unique either.',
    mend: 'Leave externalId to the client.',
    effect: 'write',
    when: 'two users have the same externalId, such as a mail nickname',
    leadsTo: 'The second user isn’t created.',
    run: async stage => {
      const externalId = stage.unique()
      await createUser(stage, { externalId })
      expectStatus(await post(stage, body(stage, { externalId })), 201)
    },
  }),
]
