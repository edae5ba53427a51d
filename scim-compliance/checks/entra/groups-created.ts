import type { Check } from '../../check.ts'
import { expectStatus } from '../../expect.ts'
import { groupUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { createGroup, nobody } from '../tools/people.ts'
import { groupsCheck } from './areas.ts'
import { postGroup } from './post-group.ts'
import { sources } from './sources.ts'

const noGroup =
  'No group is created, and nobody becomes a member of one, because the server rejects the body that Microsoft documents for a new group.'

const adScim = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'

export const checks: readonly Check[] = [
  groupsCheck({
    id: 'documented-body',
    level: 'MUST',
    says: 'A group is created by a body with Microsoft’s own schema beside the core one.',
    source: sources.tutorial,
    matters: 'The tutorial’s body names the schema …/ADSCIM/2.0/Group.',
    mend: 'Pass over schemas that aren’t known.',
    effect: 'escrow',
    leadsTo: noGroup,
    gradeAtMost: 'D',
    run: async stage => {
      expectStatus(await postGroup(stage, { schemas: [groupUrn, adScim], externalId: nobody() }), 201)
    },
  }),
  groupsCheck({
    id: 'empty-members',
    says: 'A group is created with an empty list of members.',
    source: 'https://learn.microsoft.com/en-us/answers/questions/637791',
    matters: 'Entra ID has been seen to send members: [].',
    mend: 'Take an empty list for none.',
    effect: 'write',
    when: 'Entra sends members: [] with a new group',
    leadsTo: 'The group isn’t created.',
    run: async stage => {
      expectStatus(await postGroup(stage, { schemas: [groupUrn], externalId: nobody(), members: [] }), 201)
    },
  }),
  groupsCheck({
    id: 'answers-the-id',
    level: 'MUST',
    says: 'The answer to a group’s POST has an id, and the group is read by it.',
    source: sources.tutorial,
    matters: 'Entra ID keeps the id as its link to the group.',
    mend: 'Answer POST with the whole resource, id included.',
    effect: 'escrow',
    leadsTo: 'Entra reports InvalidAnchor for the groups it has created, and writes no memberships.',
    run: async stage => {
      const { path, id } = await createGroup(stage)
      await expectKept(stage, path, { id })
    },
  }),
]
