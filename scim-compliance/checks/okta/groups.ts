import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectError, expectStatus, expectThat, jsonObject, listedResources } from '../../expect.ts'
import { groupUrn } from '../../scim.ts'
import { expectStored, postForCleanup } from '../steps/create-and-read.ts'
import { expectPatched } from '../steps/patches.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import {
  addMembers,
  createGroup,
  createGroupWithMember,
  createUser,
  expectFound,
  expectMembers,
  randomId,
  sentDisplayName,
} from '../steps/users-and-groups.ts'
import { groupsCheck, membersCheck, sources } from './areas.ts'
import {
  addMember,
  groupSearch,
  memberOf,
  oktaBodyHeaders,
  oktaHeaders,
  oktaSearch,
  removeMember,
  renameGroup,
} from './requests.ts'

export const groupChecks: readonly Check[] = [
  groupsCheck({
    id: 'created-empty',
    level: 'MUST',
    description: 'POST /Groups with a displayName and an empty list of members returns 201 with an id.',
    source: sources.reference,
    rationale: 'Okta creates each pushed group in this way, and then adds its members.',
    remedy: 'Accept an empty list of members.',
    needs: ['write', 'groups'],
    effect: 'write',
    leadsTo: 'No groups are pushed.',
    run: async context => {
      const sent = context.sample(context.groups, {
        schemas: [groupUrn],
        displayName: context.unique(),
        members: [],
      })
      const response = await postForCleanup(context, context.groups, sent, oktaBodyHeaders)
      expectStatus(response, 201)
      const { id } = jsonObject(response)
      expectThat(typeof id === 'string' && id !== '', 'an id', id, response)
    },
  }),
  groupsCheck({
    id: 'look-up',
    level: 'MUST',
    description: 'A search by displayName with startIndex=1 and count=100 returns only that group.',
    source: sources.reference,
    rationale: 'Okta searches for a group before it pushes the group.',
    remedy: 'Support displayName eq in filters of groups, with startIndex and count.',
    needs: ['write', 'groups'],
    effect: 'not-linked',
    leadsTo: 'Existing groups aren’t found, and pushed groups are created twice.',
    run: async context => {
      await createGroup(context)
      const group = await createGroup(context)
      await expectFound(context, groupSearch(context, group), [group.id], oktaHeaders)
    },
  }),
  groupsCheck({
    id: 'look-up-nothing',
    level: 'MUST',
    description: 'A search for an unknown displayName returns an empty list, or 404 with a SCIM error.',
    source: sources.reference,
    rationale: 'Okta creates a group if the search finds none.',
    remedy: 'Return 200 with totalResults 0.',
    needs: ['write', 'groups'],
    effect: 'not-provisioned',
    leadsTo: 'No group is pushed, because the search before the create fails.',
    run: async context => {
      await createGroup(context)
      const response = await context.get(
        oktaSearch(context.groups, 'displayName', context.unique()),
        oktaHeaders,
      )
      if (response.status === 404) return expectError(response, 404)
      const { length } = listedResources(response)
      expectThat(length === 0, 'no groups', `${length} groups`, response)
    },
  }),
  groupsCheck({
    id: 'rename',
    level: 'MUST',
    description: 'A PATCH without a path renames a group; its value repeats the id.',
    source: sources.reference,
    rationale: 'Okta sends it when a group is renamed, and with each change of members.',
    remedy: 'Ignore id in the value, since it is read-only, and apply displayName.',
    effect: 'write',
    leadsTo: 'Groups aren’t renamed.',
    run: async context => {
      const group = await createGroup(context)
      const displayName = context.unique()
      await expectPatched(context, group.path, renameGroup(group, displayName))
      await expectStored(context, group.path, { displayName })
    },
  }),
  groupsCheck({
    id: 'rename-to-the-same',
    level: 'practice',
    description: 'The same PATCH with the present name succeeds, and the group keeps its members.',
    source: sources.rename,
    rationale: 'With each change of members, Okta sends the name of the group, too.',
    remedy: 'Accept a PATCH that changes nothing.',
    needs: ['write', 'users', 'groups', 'patch'],
    effect: 'write',
    leadsTo: 'Each change of members ends with an error, or empties the group.',
    run: async context => {
      const { group, user } = await createGroupWithMember(context, 'okta')
      await expectPatched(context, group.path, renameGroup(group, sentDisplayName(group)))
      await expectMembers(context, group, [user.id], [user.id])
    },
  }),
  groupsCheck({
    id: 'deleted',
    level: 'MUST',
    description: 'DELETE of a group returns 204, and the group is gone.',
    source: sources.groupPush,
    rationale: 'Okta sends it if a pushed group is deleted and the group is to be deleted in the app.',
    remedy: 'Return 204, and 404 for the group from then on.',
    needs: ['write', 'groups'],
    effect: 'write',
    leadsTo: 'Deleted groups remain on the server.',
    run: async context => {
      const { path } = await createGroup(context)
      expectStatus(await context.delete(path, oktaHeaders), 200, 204)
      expectStatus(await context.get(path, oktaHeaders), 404)
    },
  }),
  groupsCheck({
    id: 'vanished-is-404',
    level: 'practice',
    description: 'PATCH of a group that does not exist returns 404.',
    source: sources.groupPush,
    rationale:
      'A group that was deleted on the server has to be unlinked and pushed again; only 404 tells that.',
    remedy: 'Return 404 with a SCIM error.',
    effect: 'shown-wrong',
    leadsTo: 'Okta doesn’t report that the group is missing.',
    run: async context => {
      // The endpoint is only known to process such a request if it does so for another group.
      const group = await createGroup(context)
      await expectPatched(context, group.path, renameGroup(group, sentDisplayName(group)))
      const id = randomId()
      expectError(
        await context.patch(`${context.groups.endpoint}/${id}`, renameGroup({ id }, context.unique())),
        404,
      )
    },
  }),
]

/** Two users and a group with the first of them. */
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

const notPushed = 'Memberships aren’t pushed.'

export const memberChecks: readonly Check[] = [
  membersCheck({
    id: 'add',
    level: 'MUST',
    description: 'A PATCH adds a member that has value and display.',
    source: sources.reference,
    rationale: 'Okta sends the userName as display.',
    remedy: 'Ignore display in a request, since it is read-only.',
    effect: 'write',
    leadsTo: notPushed,
    run: async context => {
      requireAttributes(context.groups, 'members')
      const [user, group] = [await createUser(context), await createGroup(context)]
      await expectPatched(context, group.path, addMember(user))
      await expectMembers(context, group, [user.id], [user.id])
    },
  }),
  membersCheck({
    id: 'remove',
    level: 'MUST',
    description: 'A PATCH with the path members[value eq "…"] removes only that member.',
    source: sources.reference,
    rationale: 'Okta removes each member with an operation of its own.',
    remedy: 'Support value filters in paths of PATCH.',
    effect: 'write',
    leadsTo: 'Members aren’t removed from groups, or too many are.',
    run: async context => {
      const { group, user, other, all } = await createPushedGroup(context)
      await addMembers(context, group, all, 'okta')
      await expectPatched(context, group.path, removeMember(user))
      await expectMembers(context, group, all, [other.id])
    },
  }),
  membersCheck({
    id: 'remove-and-add',
    level: 'MUST',
    description: 'One PATCH removes members and then adds others.',
    source: sources.reference,
    rationale: 'Okta sends all changes of a group in one request, the removals first.',
    remedy: 'Apply the operations of a PATCH in their order.',
    effect: 'write',
    leadsTo: 'Memberships are wrong after members were replaced.',
    run: async context => {
      const { group, user, other, all } = await createPushedGroup(context)
      await expectPatched(context, group.path, removeMember(user), addMember(other))
      await expectMembers(context, group, all, [other.id])
    },
  }),
  membersCheck({
    id: 'push-now',
    level: 'practice',
    description: 'A PATCH that replaces members sets exactly these members.',
    source: sources.pushNow,
    rationale: 'Push now sends all members of a group.',
    remedy: 'Support replace with the path members.',
    effect: 'write',
    leadsTo: 'Push now doesn’t set the members of a group.',
    run: async context => {
      const { group, other, all } = await createPushedGroup(context)
      const value = [memberOf(other)]
      await expectPatched(context, group.path, { op: 'replace', path: 'members', value })
      await expectMembers(context, group, all, [other.id])
    },
  }),
  membersCheck({
    id: 'push-now-without-path',
    level: 'practice',
    description: 'The same without a path, with id and displayName in the value, sets exactly these members.',
    source: sources.pushNowPathless,
    rationale: 'Some apps of Okta send Push now in this form.',
    remedy: 'Ignore id in the value, and apply displayName and members.',
    effect: 'write',
    leadsTo: 'Push now doesn’t set the members of a group.',
    run: async context => {
      const { group, other, all } = await createPushedGroup(context)
      const { id } = group
      const value = { id, displayName: sentDisplayName(group), members: [memberOf(other)] }
      await expectPatched(context, group.path, { op: 'replace', value })
      await expectMembers(context, group, all, [other.id])
    },
  }),
  membersCheck({
    id: 'push-now-of-nobody',
    level: 'practice',
    description: 'A PATCH that replaces members with an empty list empties the group.',
    source: sources.pushNow,
    rationale: 'Push now of a group without members sends an empty list.',
    remedy: 'Treat an empty list as no members (RFC 7643 §2.5).',
    effect: 'write',
    leadsTo: 'Groups that were emptied keep their members.',
    run: async context => {
      const { group, all } = await createPushedGroup(context)
      await expectPatched(context, group.path, { op: 'replace', path: 'members', value: [] })
      await expectMembers(context, group, all, [])
    },
  }),
]
