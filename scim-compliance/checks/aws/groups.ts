import type { Check, ScimResponse } from '../../check.ts'
import { expectError, expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import type { Scene } from '../forms.ts'
import { objectsIn } from '../steps/attributes.ts'
import { dataLost, escrow, unwritten } from '../steps/client-areas.ts'
import { postForCleanup, postSample, readResource } from '../steps/create-and-read.ts'
import { add, expectPatched, patchOperation, replace } from '../steps/patches.ts'
import {
  createGroup,
  createGroupWithMember,
  createTeam,
  createUser,
  expectMembers,
  expectNoMembers,
  listMembers,
  nameQuery,
  randomId,
} from '../steps/users-and-groups.ts'
import {
  deletionBlame,
  expectDeleted,
  expectRejected,
  groupPatchCheck,
  groupsCheck,
  membershipCheck,
  rejects,
  sources,
  tooLenient,
} from './areas.ts'

const changes = (patch: (scene: Scene) => JsonObject | readonly JsonObject[]) => ({
  given: { group: ({ mark }: Scene) => ({ displayName: mark }) },
  request: (scene: Scene) => ({ patch: patch(scene), of: 'group' }) as const,
})

const byIds = 'Return 400: members can only be added and removed by their IDs.'

const unknown = (length: number): readonly JsonObject[] => listMembers(Array.from({ length }, randomId))

/** Expects 101 members to be rejected; skips if the reason is not their number but that they don't exist. */
async function expectTooMany(ask: (members: readonly JsonObject[]) => Promise<ScimResponse>): Promise<void> {
  expectRejected(await ask(unknown(101)))
  const { status } = await ask(unknown(100))
  if (status === 400) skip('The server rejects any number of unknown members.')
}

export const groupChecks: readonly Check[] = [
  groupsCheck('requires-display-name', 'MUST', sources.createGroup, {
    description: 'POST /Groups without displayName returns 400.',
    remedy: 'Require displayName.',
    ...rejects(async context => {
      await createGroup(context)
      return postForCleanup(context, context.groups, { externalId: randomId() })
    }),
  }),
  groupsCheck('name-is-unique', 'MUST', sources.createGroup, {
    description: 'POST /Groups with an existing displayName returns 409.',
    rationale: 'idp-scim-sync creates the group first, and on 409 searches for the existing one.',
    remedy: 'Keep displayName of groups unique, and return 409 for a duplicate.',
    leadsTo: 'Clients that create without a search create duplicate groups.',
    run: async context => {
      const { sent } = await createGroup(context)
      expectError(await postForCleanup(context, context.groups, sent), 409)
    },
  }),
  groupsCheck('empty-members', 'SHOULD', sources.ssosync, {
    description: 'POST /Groups accepts an empty list of members.',
    rationale: 'ssosync always sends members: [].',
    remedy: 'Accept an empty list as no value.',
    leadsTo: escrow('ssosync can’t create groups.'),
    run: async context => void (await createGroup(context, { members: [] })),
  }),
  groupsCheck('create-with-members', 'MUST', sources.createGroup, {
    description: 'POST /Groups stores a member.',
    rationale: 'AWS’s own sample creates groups with members.',
    remedy: 'Accept members in POST /Groups.',
    creates: true,
    needs: ['write', 'groups', 'users'],
    leadsTo: dataLost('Members that are sent with a new group are lost.'),
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
  membershipCheck('no-nested-groups', 'MUST', sources.limitations, {
    description: 'POST /Groups with a member of type Group returns 400.',
    remedy: 'Accept only users as members.',
    after: ['aws/groups/create-with-members'],
    ...rejects(async context => {
      const { id } = await createGroup(context)
      return postSample(context, context.groups, { members: [{ value: id, type: 'Group' }] })
    }),
  }),
  membershipCheck('read-without-members', 'MUST', sources.getGroup, {
    description: 'GET of a group returns no members.',
    rationale:
      'A client that relies on members sees an empty group on AWS, and empties it or adds the members again.',
    remedy: 'Never return members.',
    run: async context => {
      const { group } = await createGroupWithMember(context, 'aws')
      const { body, response } = await readResource(context, group.path)
      expectNoMembers(body, response)
    },
  }),
  membershipCheck('listed-without-members', 'MUST', sources.listGroups, {
    description: 'GET /Groups returns groups with an empty list of members.',
    rationale: 'A client that relies on members sees empty groups on AWS.',
    remedy: 'Return members: [] in lists.',
    run: async context => {
      const { group } = await createGroupWithMember(context, 'aws')
      const response = await context.get(nameQuery(context, group))
      const [{ members = null } = {}] = objectsIn(jsonObject(response).Resources)
      expectThat(Array.isArray(members) && members.length === 0, 'members []', members, response)
    },
  }),
  groupPatchCheck('patch-answers-204', 'MUST', sources.patchGroup, {
    description: 'PATCH of a group returns 204 without a body.',
    rationale: 'ssosync and idp-scim-sync treat 204 as success.',
    remedy: 'Return 204.',
    leadsTo: escrow('Clients that accept only 204 report each change of a group as failed.'),
    ...changes(({ mark }) => replace('displayName', `new-${mark}`)),
    expect: { status: [204], holds: { 'no body': ({ response }) => response.text === '' } },
  }),
  groupPatchCheck('name-and-external-id', 'SHOULD', sources.ssosync, {
    description: 'PATCH replaces displayName and externalId with two operations.',
    rationale: 'ssosync and authentik update groups this way.',
    remedy: 'Apply all operations.',
    leadsTo: unwritten('ssosync’s and authentik’s updates of groups aren’t applied.'),
    ...changes(({ mark }) => [replace('displayName', `new-${mark}`), replace('externalId', mark)]),
    expect: s => ({ stored: { displayName: `new-${s.mark}`, externalId: s.mark } }),
  }),
  groupPatchCheck('pathless-with-id', 'SHOULD', sources.patchGroup, {
    description: 'A replace without a path accepts id in addition to one attribute.',
    rationale: 'Okta and idp-scim-sync send {"id": …, "displayName": …}.',
    remedy: 'Don’t treat id as an attribute to change.',
    leadsTo: unwritten('Okta and idp-scim-sync can’t rename groups.'),
    ...changes(s => ({ op: 'replace', value: { id: s.group.id, displayName: `new-${s.mark}` } })),
    expect: s => ({ stored: { displayName: `new-${s.mark}` } }),
  }),
  membershipCheck('remove-listed', 'MUST', sources.patchGroup, {
    description: 'Remove of members with a value removes the listed member and no other.',
    rationale: 'All clients of AWS remove members this way.',
    remedy: 'If a remove of members has a value, remove only the members with those IDs.',
    leadsTo: unwritten('Members aren’t removed from groups.'),
    blame: { on: 'missing', predict: dataLost('Removing one member removes others, too.') },
    run: async context => {
      const { group, ids } = await createTeam(context, 2, 2, 'aws')
      const removal = patchOperation('remove', 'members', listMembers(ids.slice(0, 1)))
      await expectPatched(context, group.path, removal)
      await expectMembers(context, group, ids, ids.slice(1), ids)
    },
  }),
  membershipCheck('no-replacing-members', 'SHOULD', sources.replacing, {
    description: 'Replace of members returns 400 with AWS’s message.',
    remedy: byIds,
    ...rejects(async context => {
      const { group, user } = await createGroupWithMember(context, 'aws')
      return context.patch(group.path, replace('members', listMembers([user.id])))
    }, 'Replacing group memberships is not supported.'),
  }),
  membershipCheck('no-removing-nobody', 'MUST', sources.patchGroup, {
    description: 'Removing members with an empty list returns 400.',
    remedy: byIds,
    ...rejects(async context => {
      const { group } = await createGroupWithMember(context, 'aws')
      return context.patch(group.path, { op: 'remove', path: 'members', value: [] })
    }),
  }),
  groupPatchCheck('no-101-changes', 'MUST', sources.patchGroup, {
    description: 'PATCH with 101 membership changes returns 400.',
    rationale: tooLenient,
    remedy: 'Accept at most 100 membership changes per request.',
    run: async context => {
      const { path } = await createGroup(context)
      await expectTooMany(value => context.patch(path, add('members', value)))
    },
  }),
  groupPatchCheck('pathless-several', 'SHOULD', sources.pathless, {
    description: 'A replace without a path that changes two attributes returns 400 with AWS’s message.',
    remedy: 'Return 400 with the detail "Current PATCH support allows omitting "path" attribute only for …".',
    ...rejects(async context => {
      const { path } = await createGroup(context)
      const value = { displayName: context.unique(), externalId: randomId() }
      return context.patch(path, { op: 'replace', value })
    }, /omitting "path"/),
  }),
  groupsCheck('no-put', 'MUST', sources.operations, {
    description: 'PUT of a group is not supported.',
    rationale: tooLenient,
    remedy: 'Don’t support PUT for groups.',
    needs: ['write', 'groups', 'users'],
    run: async context => {
      const user = await createUser(context)
      const { status } = await context.put(user.path, { ...user.sent, id: user.id })
      if (status !== 200 && status !== 201)
        skip(`PUT of users returns ${status}, too.`, 'aws/users/put-replaces-all')
      const { path, sent } = await createGroup(context)
      expectStatus(await context.put(path, sent), 400, 404, 405, 501)
    },
  }),
  membershipCheck('deleted-with-204', 'MUST', sources.deleteGroup, {
    description: 'DELETE of a group returns 204, then 404, and its members are not deleted.',
    rationale: 'idp-scim-sync treats a 404 as success, but no other error.',
    remedy: 'Return 204, and 404 for a resource that no longer exists.',
    leadsTo: escrow('Clients that repeat a deletion fail.'),
    protects: 'deletion',
    blame: [
      ...deletionBlame('groups'),
      {
        on: 'excess',
        remedy: 'Delete the group only, and keep its members.',
        predict: dataLost('Users are deleted with a group that they are members of.'),
      },
    ],
    run: async context => {
      const { group, user } = await createGroupWithMember(context, 'aws')
      await expectDeleted(context, group.path)
      const { status } = await context.get(user.path)
      expectThat(status === 200, 'status 200 for a member of a deleted group', status, undefined, 'excess')
    },
  }),
]
