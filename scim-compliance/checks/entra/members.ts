import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectThat, listedResources } from '../../expect.ts'
import { isObject, type JsonObject } from '../../scim.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { orSkipAsConsequence, requireAttributes } from '../steps/prerequisites.ts'
import {
  addMembers,
  createGroup,
  createUser,
  displayNameQuery,
  expectFound,
  expectMembers,
  lookUpPath,
  requireGroupFound,
} from '../steps/users-and-groups.ts'
import { flagged, gallery, membersCheck, sources } from './areas.ts'
import { removal } from './predictions.ts'

/** Creates a group and users, of whom the first `inside` are members. */
async function createTeam(
  context: CheckContext,
  size: number,
  inside = 0,
): Promise<{ readonly group: CreatedResource; readonly ids: readonly string[] }> {
  requireAttributes(context.groups, 'members')
  const group = await createGroup(context)
  const users: CreatedResource[] = []
  for (let made = 0; made < size; made++) users.push(await createUser(context))
  const ids = users.map(({ id }) => id)
  if (inside > 0) await addMembers(context, group, ids.slice(0, inside))
  return { group, ids }
}

const listMembers = (ids: readonly string[]): readonly JsonObject[] => ids.map(value => ({ value }))

type Picked<Picks> = (ids: readonly string[]) => readonly Picks[]

const patchTeam =
  (
    { size, inside }: { readonly size: number; readonly inside: number },
    operations: Picked<JsonObject>,
    left: Picked<string>,
  ) =>
  async (context: CheckContext): Promise<void> => {
    const { group, ids } = await createTeam(context, size, inside)
    await expectPatched(context, group.path, ...operations(ids))
    await expectMembers(context, group, ids, left(ids))
  }

export const membersChangedChecks: readonly Check[] = [
  membersCheck('add-one', 'MUST', sources.tutorial, {
    description: 'Add with one member adds the member.',
    rationale: 'Entra ID sends memberships one by one, after the groups.',
    remedy: 'Accept Add in any case on the path members, with a list of values.',
    effect: 'write',
    leadsTo: 'Memberships aren’t written.',
    run: patchTeam(
      { size: 1, inside: 0 },
      ids => [patchOperation('Add', 'members', listMembers(ids))],
      ids => ids,
    ),
  }),
  membersCheck('add-with-null-ref', 'MUST', sources.tutorial, {
    description: 'Add with a member whose $ref is null adds the member.',
    rationale: 'The tutorial’s sample has $ref: null next to the value.',
    remedy: 'Treat null as a missing attribute.',
    effect: 'write',
    when: 'Entra sends "$ref": null with members, as in Microsoft’s tutorial',
    leadsTo: 'Memberships aren’t written.',
    run: patchTeam(
      { size: 1, inside: 0 },
      ids => [
        patchOperation(
          'Add',
          'members',
          ids.map(value => ({ $ref: null, value })),
        ),
      ],
      ids => ids,
    ),
  }),
  membersCheck('add-several', 'practice', sources.referenceCode, {
    description: 'Add with several members in one operation adds all of them.',
    rationale: 'Microsoft’s checklist for the app gallery requires it, and gallery jobs send it.',
    remedy: 'Add every value of the list.',
    effect: 'write',
    when: 'your job sends several members in one request, as gallery applications do',
    leadsTo: 'Some of the members aren’t added.',
    run: patchTeam(
      { size: 4, inside: 0 },
      ids => [patchOperation('Add', 'members', listMembers(ids))],
      ids => ids,
    ),
  }),
  membersCheck('flag-add', 'practice', sources.compatibility, {
    description: 'add in lower case adds a member.',
    rationale: 'With the flag aadOptscim062020, Entra ID writes operations in lower case.',
    remedy: 'Accept op in any case.',
    effect: 'write',
    when: flagged,
    leadsTo: 'Memberships aren’t written.',
    run: patchTeam(
      { size: 2, inside: 1 },
      ids => [patchOperation('add', 'members', listMembers(ids.slice(1)))],
      ids => ids,
    ),
  }),
  membersCheck('remove-listed', 'MUST', sources.compatibility, {
    description: 'Remove of members with a value removes the listed member and no other.',
    rationale: 'By default, Entra ID names the members to remove in value, which the RFC doesn’t define.',
    remedy: 'If a remove of members has a value, remove only the members with those IDs.',
    effect: 'write',
    leadsTo: 'Entra’s requests don’t remove members.',
    predictConsequence: removal,
    run: patchTeam(
      { size: 3, inside: 3 },
      ids => [patchOperation('Remove', 'members', listMembers(ids.slice(0, 1)))],
      ids => ids.slice(1),
    ),
  }),
  membersCheck('remove-several-listed', 'practice', sources.emptiedGroup, {
    description: 'Remove of members with several values removes the listed members and no other.',
    rationale: 'Entra ID jobs of gallery applications remove several members in one request.',
    remedy: 'If a remove of members has a value, remove all members with those IDs.',
    effect: 'write',
    when: 'your job sends several members in one request, as gallery applications do',
    leadsTo: 'Entra’s requests don’t remove members.',
    run: patchTeam(
      { size: 4, inside: 4 },
      ids => [patchOperation('Remove', 'members', listMembers(ids.slice(0, 2)))],
      ids => ids.slice(2),
    ),
  }),
  membersCheck('flag-remove', 'MUST', sources.compatibility, {
    description: 'remove of members[value eq "…"] removes this member and no other.',
    rationale: 'With the flag aadOptscim062020, Entra ID names the member to remove in the path.',
    remedy: 'Remove the members that match the filter in the path.',
    effect: 'write',
    when: flagged,
    leadsTo: 'Entra’s requests don’t remove members.',
    run: patchTeam(
      { size: 3, inside: 3 },
      ids => [patchOperation('remove', `members[value eq "${ids[0]}"]`)],
      ids => ids.slice(1),
    ),
  }),
]

const memberCount = 20

export const membersInParallelChecks: readonly Check[] = [
  membersCheck('parallel-add', 'practice', sources.lostMembers, {
    description: `${memberCount} concurrent PATCH requests that each add a member add all of them.`,
    rationale: 'Entra ID sends memberships of one group in parallel, and never reads them again.',
    remedy:
      'Change members in one transaction, or serialize the changes of each group. Don’t read, change and write back the whole list.',
    effect: 'write',
    leadsTo: 'Members are lost when Entra adds several concurrently.',
    accepted: 'The server reports success, and only a restart of the job adds them again.',
    run: async context => {
      const { group, ids } = await createTeam(context, memberCount)
      await Promise.all(
        ids.map(id =>
          expectPatched(context, group.path, patchOperation('Add', 'members', listMembers([id]))),
        ),
      )
      await expectMembers(context, group, ids, ids)
    },
  }),
  membersCheck('parallel-remove', 'practice', sources.lostMembers, {
    description: `${memberCount} concurrent PATCH requests that each remove a member remove all of them and no other.`,
    rationale: 'Entra ID sends removals of one group in parallel, and never reads members again.',
    remedy:
      'Change members in one transaction, or serialize the changes of each group. Don’t read, change and write back the whole list.',
    effect: 'write',
    leadsTo: 'Users stay in groups that they have left when Entra removes several concurrently.',
    accepted: 'The server reports success, so Entra doesn’t notice.',
    run: async context => {
      const { group, ids } = await createTeam(context, memberCount + 1, memberCount + 1)
      const gone = ids.slice(1)
      await Promise.all(
        gone.map(id =>
          expectPatched(context, group.path, patchOperation('Remove', 'members', listMembers([id]))),
        ),
      )
      await expectMembers(context, group, ids, ids.slice(0, 1))
    },
  }),
]

export const membersLookedUpChecks: readonly Check[] = [
  membersCheck('shown-in-a-look-up', 'practice', sources.nullUpdate, {
    description: 'A search for groups returns members unless they are excluded.',
    rationale: 'Microsoft’s Logic App tests use it to check whether a member was added.',
    remedy: 'Return members in lists, unless they are excluded.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s tests report that members aren’t added.',
    run: async context => {
      const { group, ids } = await createTeam(context, 1, 1)
      await requireGroupFound(context, group)
      const response = await context.get(displayNameQuery(context, group))
      const [found] = listedResources(response)
      const members = Array.isArray(found?.members)
        ? found.members.filter(isObject).map(({ value }) => value)
        : []
      expectThat(
        members.length === 1 && members[0] === ids[0],
        `the member ${ids[0]}`,
        found?.members,
        response,
      )
    },
  }),
  membersCheck('id-and-member', 'practice', sources.tutorial, {
    description: 'A filter by id and members returns the group if the user is a member.',
    rationale: 'Microsoft’s tutorial documents this filter as Entra ID’s reference check.',
    remedy: 'Compare members in a filter with the value of each member.',
    effect: 'escrow',
    when: 'Entra checks references by a filter, as in Microsoft’s tutorial',
    leadsTo: 'The check fails, and memberships may be delayed.',
    run: async context => {
      const { group, ids } = await createTeam(context, 2, 1)
      await requireGroupFound(context, group)
      const path = (id = '') =>
        lookUpPath(context.groups, `id eq "${group.id}" and members eq "${id}"`, 'attributes=id&')
      await expectFound(context, path(ids[0]), [group.id])
      await expectFound(context, path(ids[1]), [])
    },
  }),
]

/** Removes a member twice; skips if the first removal has no effect. */
const removedTwice = (remove: (id: string) => JsonObject, root: string) => async (context: CheckContext) => {
  const { group, ids } = await createTeam(context, 3, 3)
  const [gone = '', ...left] = ids
  await orSkipAsConsequence('The member isn’t removed', root, async () => {
    await expectPatched(context, group.path, remove(gone))
    await expectMembers(context, group, ids, left)
  })
  await expectPatched(context, group.path, remove(gone))
  await expectMembers(context, group, ids, left)
}

export const membersRepeatedChecks: readonly Check[] = [
  membersCheck('add-again', 'practice', sources.readding, {
    description: 'Adding an existing member succeeds, and the group contains the member once.',
    rationale: 'Entra ID repeats requests whose result it doesn’t know, and never reads members.',
    remedy: 'Return 204, and leave the group unchanged.',
    effect: 'write',
    when: 'Entra repeats a request whose response was lost',
    leadsTo: 'A repeated Add fails or creates a duplicate.',
    run: patchTeam(
      { size: 2, inside: 2 },
      ids => [patchOperation('Add', 'members', listMembers(ids.slice(0, 1)))],
      ids => ids,
    ),
  }),
  membersCheck('remove-again', 'practice', sources.readding, {
    description: 'Removing a user that isn’t a member succeeds, and removes no other member.',
    rationale: 'Entra ID repeats requests whose result it doesn’t know, and never reads members.',
    remedy: 'Return 204, and leave the group unchanged.',
    effect: 'write',
    when: 'Entra repeats a request whose response was lost',
    leadsTo: 'A repeated removal fails or removes other members.',
    run: removedTwice(
      remove => patchOperation('Remove', 'members', listMembers([remove])),
      'entra/members/remove-listed',
    ),
  }),
  membersCheck('flag-remove-again', 'practice', sources.readding, {
    description: 'remove of members[value eq "…"] without a match succeeds, and removes no other member.',
    rationale: 'With the flag aadOptscim062020, Entra ID also repeats removals.',
    remedy: 'Return 204 if there is nothing to remove.',
    effect: 'write',
    when: flagged,
    leadsTo: 'A repeated removal fails or removes other members.',
    run: removedTwice(
      remove => patchOperation('remove', `members[value eq "${remove}"]`),
      'entra/members/flag-remove',
    ),
  }),
  membersCheck('add-and-remove', 'practice', sources.validator, {
    description: 'PATCH applies an add and a remove in one request.',
    rationale: 'Microsoft’s validator sends both in one request.',
    remedy: 'Apply all operations in order.',
    effect: 'write',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports that members can’t be changed.',
    run: patchTeam(
      { size: 3, inside: 2 },
      ids => [
        patchOperation('add', 'members', listMembers(ids.slice(2))),
        patchOperation('remove', `members[value eq "${ids[0]}"]`),
      ],
      ids => ids.slice(1),
    ),
  }),
  membersCheck('replace', 'practice', sources.validator, {
    description: 'replace of members replaces the list.',
    rationale: 'Microsoft’s validator adds a member this way.',
    remedy: 'Let replace on members replace all of them (RFC 7644 §3.5.2.3).',
    effect: 'write',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports that members can’t be added.',
    run: patchTeam(
      { size: 3, inside: 2 },
      ids => [patchOperation('replace', 'members', listMembers(ids.slice(2)))],
      ids => ids.slice(2),
    ),
  }),
  membersCheck('group-in-a-group', 'practice', sources.howItWorks, {
    description: 'A group can be a member of a group.',
    rationale: 'Entra ID sends the id of a nested group if that group is in scope.',
    remedy: 'Accept IDs of groups as members.',
    needs: ['write', 'groups', 'patch'],
    effect: 'write',
    when: 'groups are members of groups',
    leadsTo: 'The nested group doesn’t become a member.',
    run: async context => {
      const { group } = await createTeam(context, 0)
      const inner = await createGroup(context)
      await expectPatched(context, group.path, patchOperation('Add', 'members', listMembers([inner.id])))
      await expectMembers(context, group, [inner.id], [inner.id])
    },
  }),
]
