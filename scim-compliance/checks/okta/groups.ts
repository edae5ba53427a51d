import type { Check } from '../../check.ts'
import { expectError, expectStatus } from '../../expect.ts'
import { groupUrn } from '../../scim.ts'
import { expectGone } from '../steps/lists.ts'
import { expectPatched } from '../steps/patches.ts'
import {
  createGroup,
  createGroupWithMember,
  expectFound,
  expectMembers,
  randomId,
  sentDisplayName,
} from '../steps/users-and-groups.ts'
import { excessBlame, groupPatchCheck, groupsCheck, sources } from './areas.ts'
import { expectNothing } from './look-up.ts'
import { groupSearch, oktaBodyHeaders, oktaHeaders, oktaSearch, renameGroup } from './requests.ts'

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
    effect: 'not-linked',
    leadsTo: 'Existing groups aren’t found, and pushed groups are created twice.',
    blame: excessBlame('groups'),
    run: async context => {
      await createGroup(context)
      const group = await createGroup(context)
      await expectFound(context, groupSearch(context, group), [group.id], oktaHeaders)
    },
  }),
  groupsCheck('look-up-nothing', 'MUST', sources.reference, {
    description: 'A search for an unknown displayName returns an empty list, or 404 with a SCIM error.',
    rationale: 'Okta creates a group if the search finds none.',
    remedy: 'Return 200 with totalResults 0.',
    effect: 'not-provisioned',
    leadsTo: 'No group is pushed, because the search before the create fails.',
    blame: excessBlame('groups'),
    after: ['okta/groups/look-up'],
    run: async context => {
      await createGroup(context)
      await expectNothing(context, oktaSearch(context.groups, 'displayName', context.unique()))
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
    blame: [
      {
        on: ['4xx', '5xx'],
        predict: {
          effect: 'task',
          summary:
            'Each change of members ends with an error. {answer}, and an administrator has to retry it (task).',
        },
      },
    ],
    run: async context => {
      const { group, user } = await createGroupWithMember(context, 'okta')
      await expectPatched(context, group.path, renameGroup(group, sentDisplayName(group)))
      await expectMembers(context, group, [user.id], [user.id])
    },
  }),
  groupsCheck('deleted', 'MUST', sources.groupPush, {
    description: 'DELETE of a group returns 204, and the group is gone.',
    rationale: 'Okta sends it if a pushed group is deleted and the group is to be deleted in the app.',
    remedy: 'Return 204, and 404 for the group from then on.',
    leadsTo: 'Deleted groups remain on the server.',
    protects: 'deletion',
    blame: [{ on: ['4xx', '5xx'], if: ({ method }) => method === 'GET', harmless: true }],
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
    effect: 'shown-wrong',
    leadsTo: 'Okta doesn’t report that the group is missing.',
    run: async context => {
      const id = randomId()
      const path = `${context.groups.endpoint}/${id}`
      expectError(await context.patch(path, renameGroup({ id }, context.unique())), 404)
    },
  }),
]
