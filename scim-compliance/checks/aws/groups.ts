import type { Check, ScimResponse } from '../../check.ts'
import { expectError, expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import { isObject, type JsonObject } from '../../scim.ts'
import { expectStored, postForCleanup, postSample } from '../steps/create-and-read.ts'
import { expectPatched } from '../steps/patches.ts'
import { skipAsConsequence } from '../steps/prerequisites.ts'
import {
  createGroup,
  createGroupWithMember,
  createUser,
  displayNameQuery,
  expectMembers,
  expectNoMembers,
  randomId,
} from '../steps/users-and-groups.ts'
import { expectRejected, groupsCheck, sources, tooLenient } from './areas.ts'
import { requirePatchedGroup } from './prerequisites.ts'

const unknown = (length: number): readonly JsonObject[] =>
  Array.from({ length }, () => ({ value: randomId() }))

/** Expects 101 members to be rejected; skips if the reason is not their number but that they don't exist. */
async function expectTooMany(ask: (members: readonly JsonObject[]) => Promise<ScimResponse>): Promise<void> {
  expectRejected(await ask(unknown(101)))
  const { status } = await ask(unknown(100))
  if (status === 400) skip('The server rejects any number of unknown members.')
}

export const groupsCreatedChecks: readonly Check[] = [
  groupsCheck('requires-display-name', 'MUST', sources.createGroup, {
    description: 'POST /Groups without displayName returns 400.',
    rationale: tooLenient,
    remedy: 'Require displayName.',
    run: async context => {
      await createGroup(context)
      const response = await postForCleanup(context, context.groups, { externalId: randomId() })
      expectRejected(response)
    },
  }),
  groupsCheck('name-is-unique', 'MUST', sources.createGroup, {
    description: 'POST /Groups with an existing displayName returns 409.',
    rationale: 'idp-scim-sync creates the group first, and on 409 searches for the existing one.',
    remedy: 'Keep displayName of groups unique.',
    leadsTo: 'Clients that create without a search create duplicate groups.',
    run: async context => {
      const { sent } = await createGroup(context)
      const response = await postForCleanup(context, context.groups, sent)
      expectError(response, 409)
    },
  }),
  groupsCheck('empty-members', 'SHOULD', sources.ssosync, {
    description: 'POST /Groups accepts an empty list of members.',
    rationale: 'ssosync always sends members: [].',
    remedy: 'Accept an empty list as no value.',
    effect: 'escrow',
    leadsTo: 'ssosync can’t create groups.',
    run: async context => {
      await createGroup(context, { members: [] })
    },
  }),
  groupsCheck('create-with-members', 'MUST', sources.createGroup, {
    description: 'POST /Groups stores a member.',
    rationale: 'AWS’s own sample creates groups with members.',
    remedy: 'Accept members in POST /Groups.',
    needs: ['write', 'groups', 'users'],
    effect: 'data-lost',
    leadsTo: 'Members that are sent with a new group are lost.',
    run: async context => {
      const user = await createUser(context)
      const group = await createGroup(context, { members: [{ value: user.id, type: 'User' }] })
      await expectMembers(context, group, [user.id], [user.id])
    },
  }),
  groupsCheck('no-101-members', 'MUST', sources.createGroup, {
    description: 'POST /Groups with 101 members returns 400.',
    rationale: tooLenient,
    remedy: 'Accept at most 100 members per request.',
    run: context => expectTooMany(members => postSample(context, context.groups, { members })),
  }),
  groupsCheck('no-nested-groups', 'MUST', sources.limitations, {
    description: 'POST /Groups with a member of type Group returns 400.',
    needs: ['write', 'groups', 'users', 'patch'],
    rationale: tooLenient,
    remedy: 'Accept only users as members.',
    run: async context => {
      const { user } = await createGroupWithMember(context, 'aws')
      const withUser = await postSample(context, context.groups, {
        members: [{ value: user.id, type: 'User' }],
      })
      if (withUser.status !== 201)
        skipAsConsequence('POST /Groups with a user as a member fails', 'aws/groups/create-with-members')
      const inner = await createGroup(context)
      const members = [{ value: inner.id, type: 'Group' }]
      const response = await postSample(context, context.groups, { members })
      expectRejected(response)
    },
  }),
]

export const groupsPatchedChecks: readonly Check[] = [
  groupsCheck('patch-answers-204', 'MUST', sources.patchGroup, {
    description: 'PATCH of a group returns 204 without a body.',
    rationale: 'ssosync and idp-scim-sync treat 204 as success.',
    remedy: 'Return 204.',
    needs: ['write', 'groups', 'patch'],
    effect: 'escrow',
    leadsTo: 'Clients that accept only 204 report each change of a group as failed.',
    run: async context => {
      const { path } = await createGroup(context)
      await requirePatchedGroup(context, { path })
      const response = await context.patch(path, {
        op: 'replace',
        path: 'displayName',
        value: context.unique(),
      })
      expectStatus(response, 204)
      expectThat(response.text === '', 'no body', response.text, response)
    },
  }),
  groupsCheck('name-and-external-id', 'SHOULD', sources.ssosync, {
    description: 'PATCH replaces displayName and externalId with two operations.',
    rationale: 'ssosync and authentik update groups this way.',
    remedy: 'Apply all operations.',
    needs: ['write', 'groups', 'patch'],
    effect: 'escrow',
    leadsTo: 'ssosync and authentik can’t update groups.',
    run: async context => {
      const { path } = await createGroup(context)
      const wanted = { displayName: context.unique(), externalId: randomId() }
      const operations = Object.entries(wanted).map(([at, value]) => ({ op: 'replace', path: at, value }))
      await expectPatched(context, path, ...operations)
      await expectStored(context, path, wanted)
    },
  }),
  groupsCheck('pathless-with-id', 'SHOULD', sources.patchGroup, {
    description: 'A replace without a path accepts id in addition to one attribute.',
    rationale: 'Okta and idp-scim-sync send {"id": …, "displayName": …}.',
    remedy: 'Don’t treat id as an attribute to change.',
    needs: ['write', 'groups', 'patch'],
    effect: 'escrow',
    leadsTo: 'Okta and idp-scim-sync can’t rename groups.',
    run: async context => {
      const { path, id } = await createGroup(context)
      const displayName = context.unique()
      await expectPatched(context, path, { op: 'replace', value: { id, displayName } })
      await expectStored(context, path, { displayName })
    },
  }),
  groupsCheck('remove-listed', 'MUST', sources.patchGroup, {
    description: 'Remove of members with a value removes the listed member and no other.',
    rationale: 'All clients of AWS remove members this way.',
    remedy: 'If a remove of members has a value, remove only the members with those IDs.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'data-lost',
    leadsTo: 'Removing one member empties the group, or has no effect.',
    run: async context => {
      const { group, user } = await createGroupWithMember(context, 'aws')
      const other = await createUser(context)
      const change = (op: string, id: string) =>
        context.patch(group.path, { op, path: 'members', value: [{ value: id }] })
      expectStatus(await change('add', other.id), 200, 204)
      expectStatus(await change('remove', user.id), 200, 204)
      await expectMembers(context, group, [user.id, other.id], [other.id])
    },
  }),
  ...(
    [
      ['no-replacing-members', 'SHOULD', 'Replace of members returns 400 with AWS’s message.', 'replace'],
      ['no-removing-nobody', 'MUST', 'Removing members with an empty list returns 400.', 'remove'],
    ] as const
  ).map(([name, level, description, op]) =>
    groupsCheck(name, level, op === 'replace' ? sources.replacing : sources.patchGroup, {
      description,
      rationale: tooLenient,
      remedy: 'Return 400: members can only be added and removed by their IDs.',
      needs: ['write', 'groups', 'users', 'patch'],
      run: async context => {
        const { group, user } = await createGroupWithMember(context, 'aws')
        const value = op === 'replace' ? [{ value: user.id }] : []
        const response = await context.patch(group.path, { op, path: 'members', value })
        expectRejected(
          response,
          op === 'replace' ? 'Replacing group memberships is not supported.' : undefined,
        )
      },
    }),
  ),
  groupsCheck('no-101-changes', 'MUST', sources.patchGroup, {
    description: 'PATCH with 101 membership changes returns 400.',
    rationale: tooLenient,
    remedy: 'Accept at most 100 membership changes per request.',
    needs: ['write', 'groups', 'patch'],
    run: async context => {
      const { path } = await createGroup(context)
      await requirePatchedGroup(context, { path })
      await expectTooMany(value => context.patch(path, { op: 'add', path: 'members', value }))
    },
  }),
  groupsCheck('pathless-several', 'SHOULD', sources.pathless, {
    description: 'A replace without a path that changes two attributes returns 400 with AWS’s message.',
    rationale: tooLenient,
    remedy: 'Return 400 with the detail "Current PATCH support allows omitting "path" attribute only for …".',
    needs: ['write', 'groups', 'patch'],
    run: async context => {
      const { path } = await createGroup(context)
      await requirePatchedGroup(context, { path })
      const value = { displayName: context.unique(), externalId: randomId() }
      expectRejected(await context.patch(path, { op: 'replace', value }), /omitting "path"/)
    },
  }),
]

export const groupsPutAndDeletedChecks: readonly Check[] = [
  groupsCheck('no-put', 'MUST', sources.operations, {
    description: 'PUT of a group is not supported.',
    rationale: tooLenient,
    remedy: 'Don’t support PUT for groups.',
    needs: ['write', 'groups', 'users'],
    run: async context => {
      const user = await createUser(context)
      const { status } = await context.put(user.path, { ...user.sent, id: user.id })
      if (status !== 200 && status !== 201) skip(`PUT of users isn’t supported either: it returns ${status}.`)
      const { path, sent } = await createGroup(context)
      expectStatus(await context.put(path, sent), 400, 404, 405, 501)
    },
  }),
  groupsCheck('deleted-with-204', 'MUST', sources.deleteGroup, {
    description: 'DELETE of a group returns 204, then 404, and its members are not deleted.',
    rationale: 'idp-scim-sync treats a 404 as success, but no other error.',
    remedy: 'Return 204, and 404 for a resource that no longer exists.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'escrow',
    leadsTo: 'Groups aren’t deleted, or their members are deleted as well.',
    run: async context => {
      const { group, user } = await createGroupWithMember(context, 'aws')
      const response = await context.delete(group.path)
      expectStatus(response, 204)
      expectThat(
        (await context.get(group.path)).status === 404,
        'a deleted group',
        'a group that can be read',
      )
      expectStatus(await context.delete(group.path), 404)
      expectStatus(await context.get(user.path), 200)
    },
  }),
]

export const groupsShownChecks: readonly Check[] = [
  groupsCheck('read-without-members', 'MUST', sources.getGroup, {
    description: 'GET of a group returns no members.',
    rationale:
      'A client that relies on members sees an empty group on AWS, and empties it or adds the members again.',
    remedy: 'Never return members.',
    needs: ['write', 'groups', 'users', 'patch'],
    run: async context => {
      const { group } = await createGroupWithMember(context, 'aws')
      const response = await context.get(group.path)
      expectStatus(response, 200)
      expectNoMembers(jsonObject(response), response)
    },
  }),
  groupsCheck('listed-without-members', 'MUST', sources.listGroups, {
    description: 'GET /Groups returns groups with an empty list of members.',
    rationale: 'A client that relies on members sees empty groups on AWS.',
    remedy: 'Return members: [] in lists.',
    needs: ['write', 'groups', 'users', 'patch'],
    run: async context => {
      const { group } = await createGroupWithMember(context, 'aws')
      const response = await context.get(displayNameQuery(context, group))
      const { Resources } = jsonObject(response)
      const [found] = Array.isArray(Resources) ? Resources.filter(isObject) : []
      expectThat(
        Array.isArray(found?.members) && found.members.length === 0,
        'members []',
        found?.members ?? null,
        response,
      )
    },
  }),
]
