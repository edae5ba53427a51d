import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn } from '../../expect.ts'
import { listResponseUrn } from '../../urns.ts'
import { lookUp, needFoundUser } from '../tools/look-ups.ts'
import { createGroup, createUser, nobody } from '../tools/people.ts'
import { followsFrom } from '../tools/prepared.ts'
import { probeCheck } from './areas.ts'
import { groupProbe } from './foreseen.ts'
import { lookUpNobody } from './look-up-nobody.ts'
import { sources } from './sources.ts'

const matters = 'Entra ID begins every activity with look-ups of people who can’t exist, by random ids.'

const mend = 'Answer a filter that matches nobody with 200 and an empty ListResponse, never with 404.'

export const checks: readonly Check[] = [
  probeCheck({
    id: 'user-answers-200',
    level: 'MUST',
    says: 'A look-up of a user who doesn’t exist is answered with 200.',
    source: sources.tutorial,
    matters,
    mend,
    effect: 'quarantine',
    leadsTo:
      'Test connection fails and a running job is quarantined at once, because the probe for users isn’t answered with 200.',
    run: async stage => {
      expectStatus(await lookUpNobody(stage), 200)
    },
  }),
  probeCheck({
    id: 'user-finds-nobody',
    level: 'MUST',
    says: 'Among other users, a look-up of one who doesn’t exist has totalResults 0 and no resources.',
    needs: ['write', 'users'],
    source: sources.tutorial,
    matters,
    mend,
    effect: 'quarantine',
    leadsTo:
      'As soon as the server holds a user, Test connection fails and a running job is quarantined, because the probe finds somebody who can’t exist.',
    run: async stage => {
      await createUser(stage)
      const answer = await lookUpNobody(stage)
      if (answer.status !== 200)
        followsFrom(`The probe is answered with ${answer.status}`, 'entra/probe/user-answers-200')
      expectEqual(resourcesIn(answer).length, 0, 'the number of resources', answer)
      expectEqual(objectIn(answer).totalResults, 0, 'totalResults', answer)
    },
  }),
  probeCheck({
    id: 'is-a-list-response',
    level: 'MUST',
    says: 'A look-up is answered with a ListResponse.',
    source: sources.tutorial,
    matters: 'Entra ID takes any other body for an endpoint that doesn’t speak SCIM.',
    mend: 'Put urn:ietf:params:scim:api:messages:2.0:ListResponse into schemas.',
    effect: 'quarantine',
    leadsTo:
      'Test connection fails and a running job is quarantined at once, because the response to a look-up isn’t a ListResponse.',
    run: async stage => {
      const answer = await lookUpNobody(stage)
      expectStatus(answer, 200)
      const { schemas } = objectIn(answer)
      expectThat(
        Array.isArray(schemas) && schemas.includes(listResponseUrn),
        'a ListResponse',
        schemas,
        answer,
      )
    },
  }),
  probeCheck({
    id: 'by-external-id',
    says: 'Among other users, a look-up of nobody by externalId is answered with an empty list.',
    needs: ['write', 'users'],
    source: sources.probes,
    matters: 'Where externalId is the matching attribute, Entra ID probes with it.',
    mend,
    effect: 'quarantine',
    when: 'your job matches users by externalId',
    leadsTo: 'Test connection fails, because the probe isn’t answered with an empty list.',
    run: async stage => {
      await needFoundUser(stage, await createUser(stage))
      const answer = await stage.get(lookUp(stage.users, `externalId eq "${nobody()}"`))
      expectEqual(resourcesIn(answer).length, 0, 'the number of resources', answer)
    },
  }),
  probeCheck({
    id: 'group-finds-nobody',
    level: 'MUST',
    says: 'Among other groups, a look-up of one that doesn’t exist, without members, is answered with an empty list.',
    source: sources.tutorial,
    matters: 'Entra ID probes for a random group where groups are provisioned.',
    mend,
    needs: ['write', 'groups'],
    effect: 'quarantine',
    leadsTo:
      'Test connection fails and a running job is quarantined, because the probe for groups isn’t answered with 200 and an empty list.',
    foresee: groupProbe,
    run: async stage => {
      await createGroup(stage)
      const answer = await stage.get(
        lookUp(stage.groups, `displayName eq "${nobody()}"`, 'excludedAttributes=members&'),
      )
      expectEqual(resourcesIn(answer).length, 0, 'the number of resources', answer)
      expectEqual(objectIn(answer).totalResults, 0, 'totalResults', answer)
    },
  }),
]
