import type { Blame, Check, CheckContext, Prediction, Seen } from '../../check.ts'
import { expectThat, listedResources } from '../../expect.ts'
import { isObject, type JsonObject } from '../../scim.ts'
import type { Form } from '../forms.ts'
import { objectsIn, sortedValues } from '../steps/attributes.ts'
import { dataLost, escrow } from '../steps/client-areas.ts'
import { expectEventually } from '../steps/lists.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import {
  createGroup,
  createTeam,
  expectFound,
  expectMembers,
  listMembers,
  lookUpPath,
  nameQuery,
} from '../steps/users-and-groups.ts'
import { flagged, gallery, membersCheck, sources } from './areas.ts'

const changeOf = (op: string, ...ids: readonly string[]): JsonObject =>
  patchOperation(op, 'members', listMembers(ids))

const removeByValue = (id: string): JsonObject => changeOf('Remove', id)
const removeByFilter = (id = ''): JsonObject => patchOperation('remove', `members[value eq "${id}"]`)

type Operations = (ids: readonly string[]) => JsonObject | readonly JsonObject[]

/** PATCH of a group, of whose users the first are members; those from this number on are members afterwards. */
const patches = (
  team: readonly [users: number, members: number],
  operations: Operations,
  left = 0,
): Form => ({
  given: { team },
  request: ({ ids }) => ({ patch: operations(ids), of: 'group' }),
  expect: ({ ids }) => ({ members: ids.slice(left) }),
})

const adds = (op: string, team: readonly [number, number]): Form =>
  patches(team, ids => changeOf(op, ...ids.slice(team[1])))

const added = ['entra/members/add-one']
const removed = ['entra/members/remove-listed']
const flagRemoved = ['entra/members/flag-remove']
const repeated = 'Entra repeats a request whose response was lost'
const several = 'your job sends several members in one request, as gallery applications do'

const lost = (summary: string): Prediction =>
  dataLost(`${summary} The server reports success, and Entra doesn’t read members to notice.`)

const isEmptied = ({ body }: Seen): boolean => isObject(body) && objectsIn(body, 'members').length === 0

const removalBlame: readonly Blame[] = [
  { on: ['excess', 'without effect'], predict: lost('Removing a member has no effect.') },
  { on: 'missing', if: isEmptied, predict: lost('Removing one member empties the group.') },
  { on: ['missing', 'other'], predict: lost('The wrong members are left.') },
]

const memberCount = 20

const serialized =
  'Change members in one transaction, or serialize the changes of each group. Don’t read, change and write back the whole list.'

/** Of concurrent requests that are rejected. */
const rejectedBlame: Blame = {
  on: ['nothing', '3xx', '4xx', '5xx'],
  predict: escrow(
    'Some concurrent changes of one group fail. {answer}, and Entra retries them later (escrow).',
    'concurrent changes of a group fail',
  ),
}

async function expectParallel(context: CheckContext, op: string, inside: number): Promise<void> {
  const { group, ids } = await createTeam(context, Math.max(memberCount, inside), inside)
  const changed = ids.slice(-memberCount)
  await Promise.all(changed.map(id => expectPatched(context, group.path, changeOf(op, id))))
  await expectMembers(context, group, ids, inside === 0 ? ids : ids.slice(0, 1))
}

/** Removes a member, and then once more. */
const removedTwice = (remove: (id: string) => JsonObject) => async (context: CheckContext) => {
  const { group, ids } = await createTeam(context, 3, 3)
  const [gone = '', ...left] = ids
  for (const operation of [remove(gone), remove(gone)]) await expectPatched(context, group.path, operation)
  await expectMembers(context, group, ids, left)
}

export const memberChecks: readonly Check[] = [
  membersCheck('add-one', 'MUST', sources.tutorial, {
    description: 'Add with one member adds the member.',
    rationale: 'Entra ID sends memberships one by one, after the groups.',
    remedy: 'Accept Add in any case on the path members, with a list of values.',
    leadsTo: 'Memberships aren’t written.',
    ...adds('Add', [1, 0]),
  }),
  membersCheck('add-with-null-ref', 'MUST', sources.tutorial, {
    description: 'Add with a member whose $ref is null adds the member.',
    rationale: 'The tutorial’s sample has $ref: null next to the value.',
    remedy: 'Treat null as a missing attribute.',
    when: 'Entra sends "$ref": null with members, as in Microsoft’s tutorial',
    leadsTo: 'Memberships aren’t written.',
    after: added,
    ...patches([1, 0], ([value = '']) => patchOperation('Add', 'members', [{ $ref: null, value }])),
  }),
  membersCheck('add-several', 'practice', sources.referenceCode, {
    description: 'Add with several members in one operation adds all of them.',
    rationale: 'Microsoft’s checklist for the app gallery requires it, and gallery jobs send it.',
    remedy: 'Add every value of the list.',
    when: several,
    leadsTo: 'Some of the members aren’t added.',
    after: added,
    ...adds('Add', [4, 0]),
  }),
  membersCheck('flag-add', 'practice', sources.compatibility, {
    description: 'add in lower case adds a member.',
    rationale: 'With the flag aadOptscim062020, Entra ID writes operations in lower case.',
    remedy: 'Accept op in any case.',
    when: flagged,
    leadsTo: 'Memberships aren’t written.',
    ...adds('add', [2, 1]),
  }),
  membersCheck('remove-listed', 'MUST', sources.compatibility, {
    description: 'Remove of members with a value removes the listed member and no other.',
    rationale: 'By default, Entra ID names the members to remove in value, which the RFC doesn’t define.',
    remedy: 'If a remove of members has a value, remove only the members with those IDs.',
    leadsTo: 'Entra’s requests don’t remove members.',
    after: added,
    blame: removalBlame,
    ...patches([3, 3], ([gone = '']) => removeByValue(gone), 1),
  }),
  membersCheck('remove-several-listed', 'practice', sources.emptiedGroup, {
    description: 'Remove of members with several values removes the listed members and no other.',
    rationale: 'Entra ID jobs of gallery applications remove several members in one request.',
    remedy: 'If a remove of members has a value, remove all members with those IDs.',
    when: several,
    leadsTo: 'Entra’s requests don’t remove members.',
    after: removed,
    ...patches([4, 4], ids => changeOf('Remove', ...ids.slice(0, 2)), 2),
  }),
  membersCheck('flag-remove', 'MUST', sources.compatibility, {
    description: 'remove of members[value eq "…"] removes this member and no other.',
    rationale: 'With the flag aadOptscim062020, Entra ID names the member to remove in the path.',
    remedy: 'Remove the members that match the filter in the path.',
    when: flagged,
    leadsTo: 'Entra’s requests don’t remove members.',
    blame: removalBlame,
    ...patches([3, 3], ([gone]) => removeByFilter(gone), 1),
  }),
  membersCheck('add-again', 'practice', sources.readding, {
    description: 'Adding an existing member succeeds, and the group contains the member once.',
    rationale: 'Entra ID repeats requests whose result it doesn’t know, and never reads members.',
    remedy: 'Return 204, and leave the group unchanged.',
    when: repeated,
    leadsTo: 'A repeated Add fails or creates a duplicate.',
    after: added,
    ...patches([2, 2], ([member = '']) => changeOf('Add', member)),
  }),
  membersCheck('remove-again', 'practice', sources.readding, {
    description: 'Removing a user that isn’t a member succeeds, and removes no other member.',
    rationale: 'Entra ID repeats requests whose result it doesn’t know, and never reads members.',
    remedy: 'Return 204, and leave the group unchanged.',
    when: repeated,
    leadsTo: 'A repeated removal fails or removes other members.',
    after: removed,
    run: removedTwice(removeByValue),
  }),
  membersCheck('flag-remove-again', 'practice', sources.readding, {
    description: 'remove of members[value eq "…"] without a match succeeds, and removes no other member.',
    rationale: 'With the flag aadOptscim062020, Entra ID also repeats removals.',
    remedy: 'Return 204 if there is nothing to remove.',
    when: flagged,
    leadsTo: 'A repeated removal fails or removes other members.',
    after: flagRemoved,
    run: removedTwice(removeByFilter),
  }),
  membersCheck('add-and-remove', 'practice', sources.validator, {
    description: 'PATCH applies an add and a remove in one request.',
    rationale: 'Microsoft’s validator sends both in one request.',
    remedy: 'Apply all operations in order.',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports that members can’t be changed.',
    after: flagRemoved,
    ...patches([3, 2], ([gone, , added = '']) => [changeOf('add', added), removeByFilter(gone)], 1),
  }),
  membersCheck('replace', 'practice', sources.validator, {
    description: 'replace of members replaces the list.',
    rationale: 'Microsoft’s validator adds a member this way.',
    remedy: 'Let replace on members replace all of them (RFC 7644 §3.5.2.3).',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports that members can’t be added.',
    ...patches([3, 2], ids => changeOf('replace', ...ids.slice(2)), 2),
  }),
  membersCheck('group-in-a-group', 'practice', sources.howItWorks, {
    description: 'A group can be a member of a group.',
    rationale: 'Entra ID sends the id of a nested group if that group is in scope.',
    remedy: 'Accept IDs of groups as members.',
    needs: ['write', 'groups', 'patch'],
    when: 'groups are members of groups',
    leadsTo: 'The nested group doesn’t become a member.',
    after: added,
    run: async context => {
      const { group } = await createTeam(context, 0)
      const inner = await createGroup(context)
      await expectPatched(context, group.path, changeOf('Add', inner.id))
      await expectMembers(context, group, [inner.id], [inner.id])
    },
  }),
  membersCheck('parallel-add', 'practice', sources.lostMembers, {
    description: `${memberCount} concurrent PATCH requests that each add a member add all of them.`,
    rationale: 'Entra ID sends memberships of one group in parallel, and never reads them again.',
    remedy: serialized,
    leadsTo: 'Members are lost when Entra adds several concurrently.',
    accepted: 'The server reports success, and only a restart of the job adds them again.',
    after: added,
    blame: rejectedBlame,
    run: context => expectParallel(context, 'Add', 0),
  }),
  membersCheck('parallel-remove', 'practice', sources.lostMembers, {
    description: `${memberCount} concurrent PATCH requests that each remove a member remove all of them and no other.`,
    rationale: 'Entra ID sends removals of one group in parallel, and never reads members again.',
    remedy: serialized,
    leadsTo: 'Users stay in groups that they have left when Entra removes several concurrently.',
    accepted: 'The server reports success, so Entra doesn’t notice.',
    after: removed,
    blame: [
      rejectedBlame,
      { on: 'missing', predict: lost('Concurrent removals remove other members, too.') },
    ],
    run: context => expectParallel(context, 'Remove', memberCount + 1),
  }),
  membersCheck('shown-in-a-look-up', 'practice', sources.nullUpdate, {
    description: 'A search for groups returns members unless they are excluded.',
    rationale: 'Microsoft’s Logic App tests use it to check whether a member was added.',
    remedy: 'Return members in lists, unless they are excluded.',
    when: gallery,
    leadsTo: 'Microsoft’s tests report that members aren’t added.',
    after: ['entra/groups/look-up', ...added],
    run: async context => {
      const { group, ids } = await createTeam(context, 1, 1)
      await expectEventually(context, async () => {
        const response = await context.get(nameQuery(context, group))
        const [found = {}] = listedResources(response)
        const isShown = sortedValues(found, 'members').join() === ids.join()
        expectThat(isShown, `the member ${ids}`, found.members, response)
      })
    },
  }),
  membersCheck('id-and-member', 'practice', sources.tutorial, {
    description: 'A filter by id and members returns the group if the user is a member.',
    rationale: 'Microsoft’s tutorial documents this filter as Entra ID’s reference check.',
    remedy: 'Compare members in a filter with the value of each member.',
    when: 'Entra checks references by a filter, as in Microsoft’s tutorial',
    leadsTo: escrow('The check fails, and memberships may be delayed.'),
    after: ['entra/groups/look-up', ...added],
    run: async context => {
      const { group, ids } = await createTeam(context, 2, 1)
      const path = (id = '') =>
        lookUpPath(context.groups, `id eq "${group.id}" and members eq "${id}"`, 'attributes=id&')
      await expectFound(context, path(ids[0]), [group.id])
      await expectFound(context, path(ids[1]), [])
    },
  }),
]
