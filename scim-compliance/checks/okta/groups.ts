import type { Check, CreatedResource, Prediction } from '../../check.ts'
import { expectError, expectStatus } from '../../expect.ts'
import { groupUrn, type JsonObject } from '../../scim.ts'
import { dataLost, notLinked, notProvisioned, shownWrong, task } from '../steps/client-areas.ts'
import { expectGone } from '../steps/lists.ts'
import { expectPatched, replace } from '../steps/patches.ts'
import {
  createGroup,
  createGroupWithMember,
  createTeam,
  createUser,
  expectMembers,
  findsOnly,
  randomId,
  sentName,
} from '../steps/users-and-groups.ts'
import { excessBlame, groupPatchCheck, groupsCheck, membersCheck, sources } from './areas.ts'
import { expectNothing } from './lists.ts'
import {
  addMember,
  memberOf,
  oktaBodyHeaders,
  oktaHeaders,
  oktaSearch,
  oktaSearchFor,
  removeMember,
  renameGroup,
} from './requests.ts'

type Team = Readonly<Record<'group' | 'user' | 'other', CreatedResource>>

/** PATCH of a group whose only member is the first of two users; by default, the other one is the only member afterwards. */
const changes =
  (
    operationsFor: (team: Team) => readonly JsonObject[],
    left = ({ other }: Team) => [other.id],
  ): Check['run'] =>
  async context => {
    const { group, user } = await createGroupWithMember(context, 'okta')
    const team = { group, user, other: await createUser(context) }
    await expectPatched(context, group.path, ...operationsFor(team))
    await expectMembers(context, group, [user.id, team.other.id], left(team), [user.id])
  }

const lost = (summary: string): Prediction =>
  dataLost(`${summary} The server reports success, so Okta does too.`)

export const groupChecks: readonly Check[] = [
  groupsCheck('created-empty', 'MUST', sources.reference, {
    description: 'POST /Groups with a displayName and an empty list of members creates a group with an id.',
    rationale: 'Okta creates each pushed group in this way, and then adds its members.',
    remedy: 'Accept an empty list of members.',
    leadsTo: 'No groups are pushed.',
    request: ({ mark }) => ({
      post: { schemas: [groupUrn], displayName: mark, members: [] },
      of: 'groups',
      headers: oktaBodyHeaders,
    }),
    expect: { holds: { 'an id': ({ body }) => typeof body.id === 'string' && body.id !== '' } },
  }),
  groupsCheck('look-up', 'MUST', sources.reference, {
    description: 'A search by displayName with startIndex=1 and count=100 returns only that group.',
    rationale: 'Okta searches for a group before it pushes the group.',
    remedy: 'Support displayName eq in filters of groups, with startIndex and count.',
    leadsTo: notLinked('Existing groups aren’t found, and pushed groups are created twice.'),
    blame: excessBlame('groups'),
    after: ['okta/look-up/by-user-name'],
    run: findsOnly('groups', oktaSearchFor, undefined, oktaHeaders),
  }),
  groupsCheck('look-up-nothing', 'MUST', sources.reference, {
    description: 'A search for an unknown displayName returns an empty list, or 404 with a SCIM error.',
    rationale: 'Okta creates a group if the search finds none.',
    remedy: 'Return 200 with totalResults 0.',
    leadsTo: notProvisioned('No group is pushed, because the search before the create fails.'),
    blame: excessBlame('groups'),
    after: ['okta/groups/look-up'],
    run: async context => {
      await createGroup(context)
      await expectNothing(context, oktaSearch(context.groups, `displayName eq "${context.unique()}"`))
    },
  }),
  groupPatchCheck('rename', 'MUST', sources.reference, {
    description: 'A PATCH without a path renames a group; its value repeats the id.',
    rationale: 'Okta sends it when a group is renamed, and with each change of members.',
    remedy: 'Ignore id in the value, since it is read-only, and apply displayName.',
    leadsTo: 'Groups aren’t renamed.',
    given: { group: ({ mark }) => ({ displayName: mark }) },
    request: ({ group, mark }) => ({ patch: renameGroup(group, `new-${mark}`), of: 'group' }),
    expect: ({ mark }) => ({ stored: { displayName: `new-${mark}` } }),
  }),
  groupPatchCheck('rename-to-the-same', 'practice', sources.rename, {
    description: 'The same PATCH with the present name succeeds, and the group keeps its members.',
    rationale: 'With each change of members, Okta sends the name of the group, too.',
    remedy: 'Accept a PATCH that changes nothing.',
    needs: ['write', 'users', 'groups', 'patch'],
    leadsTo: 'Each change of members empties the group.',
    after: ['okta/members/add'],
    blame: {
      on: ['4xx', '5xx'],
      predict: task(
        'Each change of members ends with an error. {answer}, and an administrator has to retry it (task).',
      ),
    },
    run: async context => {
      const { group, user } = await createGroupWithMember(context, 'okta')
      await expectPatched(context, group.path, renameGroup(group, sentName(group)))
      await expectMembers(context, group, [user.id], [user.id])
    },
  }),
  groupsCheck('deleted', 'MUST', sources.groupPush, {
    description: 'DELETE of a group returns 204, and the group is gone.',
    rationale: 'Okta sends it if a pushed group is deleted and the group is to be deleted in the app.',
    remedy: 'Return 204, and 404 for the group from then on.',
    leadsTo: 'Deleted groups remain on the server.',
    protects: 'deletion',
    blame: { on: ['4xx', '5xx'], if: ({ method }) => method === 'GET', harmless: true },
    run: async context => {
      const { path } = await createGroup(context)
      expectStatus(await context.delete(path, oktaHeaders), 200, 204)
      await expectGone(context, path, oktaHeaders)
    },
  }),
  groupPatchCheck('vanished-is-404', 'practice', sources.groupPush, {
    description: 'PATCH of a group that does not exist returns 404.',
    rationale:
      'A group that was deleted on the server has to be unlinked and pushed again; only a 404 shows that.',
    remedy: 'Return 404 with a SCIM error.',
    leadsTo: shownWrong('Okta doesn’t report that the group is missing.'),
    run: async context => {
      const id = randomId()
      const rename = renameGroup({ id }, context.unique())
      expectError(await context.patch(`${context.groups.endpoint}/${id}`, rename), 404)
    },
  }),
  membersCheck('add', 'MUST', sources.reference, {
    description: 'A PATCH adds a member that has value and display.',
    rationale: 'Okta sends the userName as display.',
    remedy: 'Ignore display in a request, since it is read-only.',
    leadsTo: 'Memberships aren’t pushed.',
    run: async context => {
      const { group, users, ids } = await createTeam(context, 1)
      await expectPatched(context, group.path, ...users.map(addMember))
      await expectMembers(context, group, ids, ids, [])
    },
  }),
  membersCheck('remove', 'MUST', sources.reference, {
    description: 'A PATCH with the path members[value eq "…"] removes only that member.',
    rationale: 'Okta removes each member with an operation of its own.',
    remedy: 'Support value filters in paths of PATCH.',
    leadsTo: 'Members aren’t removed from groups.',
    blame: { on: 'missing', predict: lost('Too many members are removed from groups.') },
    run: async context => {
      const { group, users, ids } = await createTeam(context, 2, 2, 'okta')
      await expectPatched(context, group.path, ...users.slice(0, 1).map(removeMember))
      await expectMembers(context, group, ids, ids.slice(1), ids)
    },
  }),
  membersCheck('remove-and-add', 'MUST', sources.reference, {
    description: 'One PATCH removes members and then adds others.',
    rationale: 'Okta sends all changes of a group in one request, the removals first.',
    remedy: 'Apply the operations of a PATCH in their order.',
    leadsTo: 'Memberships are wrong after members were replaced.',
    run: changes(({ user, other }) => [removeMember(user), addMember(other)]),
  }),
  membersCheck('push-now', 'practice', sources.pushNow, {
    description: 'A PATCH that replaces members sets exactly these members.',
    rationale: 'Push now sends all members of a group.',
    remedy: 'Support replace with the path members.',
    leadsTo: 'Push now doesn’t set the members of a group.',
    run: changes(({ other }) => [replace('members', [memberOf(other)])]),
  }),
  membersCheck('push-now-without-path', 'practice', sources.pushNowPathless, {
    after: ['okta/groups/rename'],
    description: 'The same without a path, with id and displayName in the value, sets exactly these members.',
    rationale: 'Some apps of Okta send Push now in this form.',
    remedy: 'Ignore id in the value, and apply displayName and members.',
    leadsTo: 'Push now doesn’t set the members of a group.',
    run: changes(({ group, other }) => {
      const value = { id: group.id, displayName: sentName(group), members: [memberOf(other)] }
      return [{ op: 'replace', value }]
    }),
  }),
  membersCheck('push-now-empty', 'practice', sources.pushNow, {
    description: 'A PATCH that replaces members with an empty list empties the group.',
    rationale: 'Push now of a group without members sends an empty list.',
    remedy: 'Treat an empty list as no members (RFC 7643 §2.5).',
    leadsTo: 'Groups that were emptied keep their members.',
    run: changes(
      () => [replace('members', [])],
      () => [],
    ),
  }),
]
