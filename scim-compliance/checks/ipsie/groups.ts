import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectStatus, isSuccess } from '../../expect.ts'
import { groupUrn, type JsonObject } from '../../scim.ts'
import { objectsIn } from '../steps/attributes.ts'
import { postSample } from '../steps/create-and-read.ts'
import { expectTotal, requestList } from '../steps/lists.ts'
import { acceptedBlame, add, expectPatched, patchOperation, remove, replace } from '../steps/patches.ts'
import { createGroup, createGroupWithMember, createTeam, expectMembers } from '../steps/users-and-groups.ts'
import { byOwn, finds, groupsCheck, quoted } from './areas.ts'
import { declares, hasId } from './users.ts'

const made = 'ipsie/groups/create'
const withMembers = ['write', 'users', 'groups'] as const
const changes = 50

const byId = 'ipsie/groups/by-id'
const fiftyMembers = 'ipsie/groups/fifty-members'

const groupNotFound = 'The identity provider can’t find groups that exist, so it creates them twice.'

/** As Entra removes members. */
const removeByValue = (value: string): JsonObject => patchOperation('remove', 'members', [{ value }])

/** A group that is as if it had been created with its member. */
async function createWithMember(context: CheckContext): Promise<CreatedResource> {
  const { group, user } = await createGroupWithMember(context, 'ipsie')
  return { ...group, sent: { ...group.sent, members: [{ value: user.id }] } }
}

export const groupsChecks: readonly Check[] = [
  groupsCheck('create', 'AL-204', '6.2.2', 'MUST', {
    description: 'POST /Groups creates a group without members.',
    rationale: 'At this level, the identity provider creates groups, and adds their members afterwards.',
    remedy: 'Accept a group that has only a displayName.',
    request: { post: {}, of: 'groups' },
    expect: hasId,
  }),
  groupsCheck('attributes', 'AL-204', '6.2.1', 'MUST', {
    description: 'The schema of groups has displayName and members.',
    rationale: 'The identity provider maps these attributes for every application.',
    remedy: 'Support these attributes, and declare them in /Schemas.',
    needs: ['groups'],
    run: declares(groupUrn, 'displayName', 'members'),
  }),
  groupsCheck('external-id', 'AL-204', '6.2.1', 'MUST', {
    description: 'The server returns the externalId of a group.',
    rationale: 'The identity provider recognizes its groups by externalId.',
    remedy: 'Return externalId with a group.',
    after: [made, byId, 'ipsie/groups/find-by-external-id'],
    given: { group: ({ mark }) => ({ externalId: mark }) },
    request: ({ group }) => ({ get: group.path }),
    expect: ({ mark }) => ({ body: { externalId: mark } }),
  }),
  groupsCheck('by-id', 'AL-204', '6.2.4', 'MUST', {
    description: 'GET /Groups/{id} returns the group.',
    rationale: 'The identity provider reads a group before it changes it.',
    remedy: 'Support GET by id, also right after the creation.',
    after: [made],
    given: { group: true },
    request: ({ group }) => ({ get: group.path }),
    expect: ({ group }) => ({ status: [200], body: { id: group.id } }),
  }),
  groupsCheck('list', 'AL-204', '6.2.3', 'MUST', {
    description: 'GET /Groups returns a list with the total number of groups.',
    rationale: 'The identity provider compares the list with its own groups.',
    remedy: 'Return a list response, and count all groups in totalResults.',
    after: [made],
    run: async context => {
      await createGroup(context)
      await createGroup(context)
      expectTotal(await requestList(context, context.groups, {}), 2)
    },
  }),
  groupsCheck('find-by-name', 'AL-205', '6.2.5', 'MUST', {
    description: 'A filter by displayName with eq finds only the group with this name.',
    rationale: groupNotFound,
    remedy: 'Support displayName eq in filters of groups.',
    after: [made, 'probe/filter'],
    ...finds('groups', context => createGroup(context), { displayName: byOwn('displayName') }),
  }),
  groupsCheck('find-by-external-id', 'AL-205', '6.2.5', 'MUST', {
    description: 'A filter by externalId with eq finds only the group with this value.',
    rationale: groupNotFound,
    remedy: 'Store externalId of groups, and support externalId eq in filters.',
    after: [made, 'probe/filter'],
    ...finds('groups', context => createGroup(context, { externalId: context.unique() }), {
      externalId: byOwn('externalId'),
    }),
  }),
  groupsCheck('find-by-member', 'AL-205', '6.2.5', 'MUST', {
    description: 'The filter members[value eq "…"] finds only the groups of this user.',
    rationale: 'The identity provider can’t find out which groups a user is in.',
    remedy: 'Support members[value eq "…"] in filters of groups.',
    needs: withMembers,
    after: [made, fiftyMembers, 'probe/filter'],
    ...finds('groups', createWithMember, {
      'members[value]': [
        made => `members[value eq ${quoted(objectsIn(made.sent, 'members')[0]?.value)}]`,
        (_, unused) => `members[value eq ${quoted(unused)}]`,
      ],
    }),
  }),
  groupsCheck('update', 'AL-206', '6.2.6', 'MUST', {
    description: 'A PATCH changes the displayName of a group.',
    rationale: 'Groups keep the name that they were created with.',
    remedy: 'Support replace of displayName by PATCH.',
    after: [made, byId, 'probe/patch'],
    blame: acceptedBlame,
    given: { group: true },
    request: ({ mark }) => ({ patch: replace('displayName', mark), of: 'group' }),
    expect: ({ mark }) => ({ stored: { displayName: mark } }),
  }),
  groupsCheck('fifty-members', 'AL-206', '6.2.6', 'MUST', {
    description: `A PATCH with ${changes} operations adds a member each, and another one removes them.`,
    rationale: 'The identity provider sends the changes of a group in one request.',
    remedy: `Accept at least ${changes} operations on members in one PATCH, and apply all of them.`,
    needs: withMembers,
    after: [made, byId, 'probe/create', 'probe/patch'],
    blame: acceptedBlame,
    run: async context => {
      const { group, ids } = await createTeam(context, changes + 1)
      const [stays, removed] = [ids.slice(0, 1), ids.slice(1)]
      for (const those of [stays, removed])
        await expectPatched(context, group.path, ...those.map(value => add('members', [{ value }])))
      await expectMembers(context, group, ids, ids, stays)
      // The Interoperability Profile forbids the form of RFC 7644 §3.5.2.2 (its §6.5.2), and names no other.
      const response = await context.patch(
        group.path,
        ...removed.map(id => remove(`members[value eq "${id}"]`)),
      )
      if (!isSuccess(response)) await expectPatched(context, group.path, ...removed.map(removeByValue))
      await expectMembers(context, group, ids, stays, ids)
    },
  }),
  groupsCheck('unique-name', 'AL-207', '6.2.1', 'SHOULD', {
    description: 'A second group with the same displayName is rejected.',
    rationale: 'Two groups with one name look alike wherever access is granted by them.',
    remedy: 'Return 409 for a displayName that another group has.',
    after: [made],
    run: async context => {
      const { displayName = null } = (await createGroup(context)).sent
      expectStatus(await postSample(context, context.groups, { displayName }), 409, 400)
    },
  }),
]
