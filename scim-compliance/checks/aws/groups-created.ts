import type { Check } from '../../check.ts'
import { expectError } from '../../expect.ts'
import { expectMembers, groupWithMember } from '../tools/memberships.ts'
import { createGroup, createUser, nobody } from '../tools/people.ts'
import { posted, postedSample } from '../tools/posted.ts'
import { followsFrom } from '../tools/prepared.ts'
import { groupsCheck } from './areas.ts'
import { expectRefused, lenient, sources } from './aws-checks.ts'
import { expectTooMany } from './too-many-members.ts'

export const checks: readonly Check[] = [
  groupsCheck({
    id: 'requires-display-name',
    level: 'MUST',
    says: 'A group without displayName is refused with 400.',
    source: sources.createGroup,
    matters: lenient,
    mend: 'Require displayName.',
    run: async stage => {
      await createGroup(stage)
      const answer = await posted(stage, stage.groups, { externalId: nobody() })
      expectRefused(answer)
    },
  }),
  groupsCheck({
    id: 'name-is-unique',
    level: 'MUST',
    says: 'A second group with one displayName is answered with 409.',
    source: sources.createGroup,
    matters: 'idp-scim-sync creates first, and looks which it is on 409.',
    mend: 'Keep displayName of groups unique.',
    leadsTo: 'Clients that create first make groups twice.',
    run: async stage => {
      const { sent } = await createGroup(stage)
      const answer = await posted(stage, stage.groups, sent)
      expectError(answer, 409)
    },
  }),
  groupsCheck({
    id: 'empty-members',
    level: 'SHOULD',
    says: 'A group is created with an empty list of members.',
    source: sources.ssosync,
    matters: 'ssosync always sends members: [].',
    mend: 'Take an empty list for none.',
    effect: 'escrow',
    leadsTo: 'ssosync can’t create groups.',
    run: async stage => {
      await createGroup(stage, { members: [] })
    },
  }),
  groupsCheck({
    id: 'create-with-members',
    level: 'MUST',
    says: 'A group is created with a member.',
    source: sources.createGroup,
    matters: 'AWS’s own sample does so.',
    mend: 'Take members on creation.',
    needs: ['write', 'groups', 'users'],
    effect: 'data-lost',
    leadsTo: 'Members who come with a new group are lost.',
    run: async stage => {
      const user = await createUser(stage)
      const group = await createGroup(stage, { members: [{ value: user.id, type: 'User' }] })
      await expectMembers(stage, group, [user.id], [user.id])
    },
  }),
  groupsCheck({
    id: 'no-101-members',
    level: 'MUST',
    says: 'A group with 101 members is refused with 400.',
    source: sources.createGroup,
    matters: lenient,
    mend: 'Take at most 100 members at once.',
    run: stage => expectTooMany(members => postedSample(stage, stage.groups, { members })),
  }),
  groupsCheck({
    id: 'no-nested-groups',
    level: 'MUST',
    says: 'A member of type Group is refused with 400.',
    needs: ['write', 'groups', 'users', 'patch'],
    source: sources.limitations,
    matters: lenient,
    mend: 'Take users as members only.',
    run: async stage => {
      const { user } = await groupWithMember(stage, 'aws')
      const withUser = await postedSample(stage, stage.groups, {
        members: [{ value: user.id, type: 'User' }],
      })
      if (withUser.status !== 201)
        followsFrom('A group isn’t created with a user as a member', 'aws/groups/create-with-members')
      const inner = await createGroup(stage)
      const members = [{ value: inner.id, type: 'Group' }]
      const answer = await postedSample(stage, stage.groups, { members })
      expectRefused(answer)
    },
  }),
]
