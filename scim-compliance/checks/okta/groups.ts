import type { Check } from '../../check.ts'
import { expectError, expectStatus, expectThat, jsonObject, listedResources } from '../../expect.ts'
import { groupUrn } from '../../scim.ts'
import { expectStored, postForCleanup } from '../steps/create-and-read.ts'
import { expectPatched } from '../steps/patches.ts'
import {
  createGroup,
  createGroupWithMember,
  expectFound,
  expectMembers,
  randomId,
  sentDisplayName,
} from '../steps/users-and-groups.ts'
import { groupsCheck, sources } from './areas.ts'
import { groupSearch, oktaBodyHeaders, oktaHeaders, oktaSearch, renameGroup } from './requests.ts'

export const groupChecks: readonly Check[] = [
  groupsCheck('created-empty', 'MUST', sources.reference, {
    description: 'POST /Groups with a displayName and an empty list of members returns 201 with an id.',
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
  groupsCheck('look-up', 'MUST', sources.reference, {
    description: 'A search by displayName with startIndex=1 and count=100 returns only that group.',
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
  groupsCheck('look-up-nothing', 'MUST', sources.reference, {
    description: 'A search for an unknown displayName returns an empty list, or 404 with a SCIM error.',
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
  groupsCheck('rename', 'MUST', sources.reference, {
    description: 'A PATCH without a path renames a group; its value repeats the id.',
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
  groupsCheck('rename-to-the-same', 'practice', sources.rename, {
    description: 'The same PATCH with the present name succeeds, and the group keeps its members.',
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
  groupsCheck('deleted', 'MUST', sources.groupPush, {
    description: 'DELETE of a group returns 204, and the group is gone.',
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
  groupsCheck('vanished-is-404', 'practice', sources.groupPush, {
    description: 'PATCH of a group that does not exist returns 404.',
    rationale:
      'A group that was deleted on the server has to be unlinked and pushed again; only a 404 shows that.',
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
