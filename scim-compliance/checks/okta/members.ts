import type { Check, CheckContext, CreatedResource, Prediction } from '../../check.ts'
import { expectPatched } from '../steps/patches.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import {
  addMembers,
  createGroup,
  createGroupWithMember,
  createUser,
  expectMembers,
  sentDisplayName,
} from '../steps/users-and-groups.ts'
import { membersCheck, sources } from './areas.ts'
import { addMember, memberOf, removeMember } from './requests.ts'

async function createPushedGroup(context: CheckContext): Promise<{
  readonly group: CreatedResource
  readonly user: CreatedResource
  readonly other: CreatedResource
  readonly all: readonly string[]
}> {
  requireAttributes(context.groups, 'members')
  const { group, user } = await createGroupWithMember(context, 'okta')
  const other = await createUser(context)
  return { group, user, other, all: [user.id, other.id] }
}

const lost = (summary: string): Prediction => ({
  effect: 'data-lost',
  summary: `${summary} The server reports success, so Okta does too.`,
})

const notPushed = 'Memberships aren’t pushed.'

export const memberChecks: readonly Check[] = [
  membersCheck('add', 'MUST', sources.reference, {
    description: 'A PATCH adds a member that has value and display.',
    rationale: 'Okta sends the userName as display.',
    remedy: 'Ignore display in a request, since it is read-only.',
    leadsTo: notPushed,
    run: async context => {
      requireAttributes(context.groups, 'members')
      const [user, group] = [await createUser(context), await createGroup(context)]
      await expectPatched(context, group.path, addMember(user))
      await expectMembers(context, group, [user.id], [user.id], [])
    },
  }),
  membersCheck('remove', 'MUST', sources.reference, {
    description: 'A PATCH with the path members[value eq "…"] removes only that member.',
    rationale: 'Okta removes each member with an operation of its own.',
    remedy: 'Support value filters in paths of PATCH.',
    leadsTo: 'Members aren’t removed from groups.',
    blame: [{ on: 'missing', predict: lost('Too many members are removed from groups.') }],
    run: async context => {
      const { group, user, other, all } = await createPushedGroup(context)
      await addMembers(context, group, all, 'okta')
      await expectPatched(context, group.path, removeMember(user))
      await expectMembers(context, group, all, [other.id], all)
    },
  }),
  membersCheck('remove-and-add', 'MUST', sources.reference, {
    description: 'One PATCH removes members and then adds others.',
    rationale: 'Okta sends all changes of a group in one request, the removals first.',
    remedy: 'Apply the operations of a PATCH in their order.',
    leadsTo: 'Memberships are wrong after members were replaced.',
    run: async context => {
      const { group, user, other, all } = await createPushedGroup(context)
      await expectPatched(context, group.path, removeMember(user), addMember(other))
      await expectMembers(context, group, all, [other.id], [user.id])
    },
  }),
  membersCheck('push-now', 'practice', sources.pushNow, {
    description: 'A PATCH that replaces members sets exactly these members.',
    rationale: 'Push now sends all members of a group.',
    remedy: 'Support replace with the path members.',
    leadsTo: 'Push now doesn’t set the members of a group.',
    run: async context => {
      const { group, user, other, all } = await createPushedGroup(context)
      const value = [memberOf(other)]
      await expectPatched(context, group.path, { op: 'replace', path: 'members', value })
      await expectMembers(context, group, all, [other.id], [user.id])
    },
  }),
  membersCheck('push-now-without-path', 'practice', sources.pushNowPathless, {
    after: ['okta/groups/rename'],
    description: 'The same without a path, with id and displayName in the value, sets exactly these members.',
    rationale: 'Some apps of Okta send Push now in this form.',
    remedy: 'Ignore id in the value, and apply displayName and members.',
    leadsTo: 'Push now doesn’t set the members of a group.',
    run: async context => {
      const { group, user, other, all } = await createPushedGroup(context)
      const { id } = group
      const value = { id, displayName: sentDisplayName(group), members: [memberOf(other)] }
      await expectPatched(context, group.path, { op: 'replace', value })
      await expectMembers(context, group, all, [other.id], [user.id])
    },
  }),
  membersCheck('push-now-empty', 'practice', sources.pushNow, {
    description: 'A PATCH that replaces members with an empty list empties the group.',
    rationale: 'Push now of a group without members sends an empty list.',
    remedy: 'Treat an empty list as no members (RFC 7643 §2.5).',
    leadsTo: 'Groups that were emptied keep their members.',
    run: async context => {
      const { group, user, all } = await createPushedGroup(context)
      await expectPatched(context, group.path, { op: 'replace', path: 'members', value: [] })
      await expectMembers(context, group, all, [], [user.id])
    },
  }),
]
