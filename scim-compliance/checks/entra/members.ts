import type { Check } from '../../check.ts'
import { expectThat } from '../../expect.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { byDisplayName, expectFound, lookUp } from '../tools/look-ups.ts'
import { expectMembers } from '../tools/memberships.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createGroup, createUser } from '../tools/people.ts'
import { membersCheck } from './areas.ts'
import { sources } from './sources.ts'

const notAdded = 'Nobody becomes a member this way: the group’s updates fail, and stay in escrow.'

/** A group, and so many users of whom the first `inside` are members. */
async function team(
  stage: Stage,
  size: number,
  inside = 0,
): Promise<{ readonly group: Made; readonly ids: readonly string[] }> {
  needs(stage.groups, 'members')
  const group = await createGroup(stage)
  const users: Made[] = []
  for (let made = 0; made < size; made++) users.push(await createUser(stage))
  const ids = users.map(({ id }) => id)
  if (inside > 0)
    await expectPatched(stage, group.path, operation('add', 'members', listed(ids.slice(0, inside))))
  return { group, ids }
}

const listed = (ids: readonly string[]): readonly JsonObject[] => ids.map(value => ({ value }))

type Picked<Picks> = (ids: readonly string[]) => readonly Picks[]

/** Who is a member after a PATCH of such a team. */
const whenPatched =
  (
    { size, inside }: { readonly size: number; readonly inside: number },
    operations: Picked<JsonObject>,
    left: Picked<string>,
  ) =>
  async (stage: Stage): Promise<void> => {
    const { group, ids } = await team(stage, size, inside)
    await expectPatched(stage, group.path, ...operations(ids))
    await expectMembers(stage, group, ids, left(ids))
  }

const many = 20

export const checks: readonly Check[] = [
  membersCheck({
    id: 'add-one',
    level: 'MUST',
    says: 'Add of one member makes them a member.',
    source: sources.tutorial,
    matters: 'Entra ID sends memberships one by one, after the groups.',
    mend: 'Take Add in any case on the path members, with a list of values.',
    effect: 'data-lost',
    leadsTo: notAdded,
    run: whenPatched(
      { size: 1, inside: 0 },
      ids => [operation('Add', 'members', listed(ids))],
      ids => ids,
    ),
  }),
  membersCheck({
    id: 'add-with-null-ref',
    level: 'MUST',
    says: 'Add of a member whose $ref is null makes them a member.',
    source: sources.tutorial,
    matters: 'The tutorial’s sample has $ref: null beside the value.',
    mend: 'Take null for an attribute that isn’t there.',
    effect: 'data-lost',
    leadsTo: notAdded,
    run: whenPatched(
      { size: 1, inside: 0 },
      ids => [
        operation(
          'Add',
          'members',
          ids.map(value => ({ $ref: null, value })),
        ),
      ],
      ids => ids,
    ),
  }),
  membersCheck({
    id: 'add-several',
    says: 'Add of several members in one operation makes all of them members.',
    source: sources.referenceCode,
    matters: 'Microsoft’s checklist for the gallery asks for it, and gallery jobs send it.',
    mend: 'Add every value of the list.',
    effect: 'data-lost',
    leadsTo: 'Of the members that are sent together some are lost, and Entra never reads them again.',
    run: whenPatched(
      { size: 4, inside: 0 },
      ids => [operation('Add', 'members', listed(ids))],
      ids => ids,
    ),
  }),
  membersCheck({
    id: 'flag-add',
    says: 'add in lower case makes somebody a member.',
    source: sources.compatibility,
    matters: 'With the flag aadOptscim062020, Entra ID writes operations in lower case.',
    mend: 'Take op in any case.',
    effect: 'data-lost',
    leadsTo: notAdded,
    run: whenPatched(
      { size: 2, inside: 1 },
      ids => [operation('add', 'members', listed(ids.slice(1)))],
      ids => ids,
    ),
  }),
  membersCheck({
    id: 'remove-listed',
    level: 'MUST',
    says: 'Remove of members with a list takes away those who are listed, and nobody else.',
    source: sources.compatibility,
    matters: 'By default Entra ID names whom to remove in the value, which isn’t in the RFC.',
    mend: 'Where remove of members has a value, take away only those ids.',
    effect: 'data-lost',
    leadsTo:
      'Removing one member empties the group or removes nobody, and Entra doesn’t read members to notice.',
    run: whenPatched(
      { size: 3, inside: 3 },
      ids => [operation('Remove', 'members', listed(ids.slice(0, 1)))],
      ids => ids.slice(1),
    ),
  }),
  membersCheck({
    id: 'remove-several-listed',
    says: 'Remove of several members with a list takes away all of them, and nobody else.',
    source: sources.emptiedGroup,
    matters: 'Gallery jobs of Entra ID send several at once.',
    mend: 'Where remove of members has a value, take away each of those ids.',
    effect: 'shown-wrong',
    leadsTo: 'People stay in groups that they have left.',
    run: whenPatched(
      { size: 4, inside: 4 },
      ids => [operation('Remove', 'members', listed(ids.slice(0, 2)))],
      ids => ids.slice(2),
    ),
  }),
  membersCheck({
    id: 'flag-remove',
    level: 'MUST',
    says: 'remove of members[value eq "…"] takes away that member, and nobody else.',
    source: sources.compatibility,
    matters: 'With the flag aadOptscim062020, Entra ID names whom to remove in the path.',
    mend: 'Take away those members that the path’s filter matches.',
    effect: 'shown-wrong',
    leadsTo: 'With the flag, people stay in groups that they have left.',
    run: whenPatched(
      { size: 3, inside: 3 },
      ids => [operation('remove', `members[value eq "${ids[0]}"]`)],
      ids => ids.slice(1),
    ),
  }),
  membersCheck({
    id: 'add-again',
    says: 'Adding somebody who is a member succeeds, and they are a member once.',
    source: sources.readding,
    matters: 'Entra ID repeats what it isn’t sure of, and never reads members.',
    mend: 'Answer 204, and leave the group as it is.',
    effect: 'escrow',
    leadsTo: 'A membership that is sent again fails or doubles, and the group stays in escrow.',
    run: whenPatched(
      { size: 2, inside: 2 },
      ids => [operation('Add', 'members', listed(ids.slice(0, 1)))],
      ids => ids,
    ),
  }),
  membersCheck({
    id: 'remove-again',
    says: 'Removing somebody who isn’t a member succeeds, and takes away nobody.',
    source: sources.readding,
    matters: 'Entra ID repeats what it isn’t sure of, and never reads members.',
    mend: 'Answer 204, and leave the group as it is.',
    effect: 'escrow',
    leadsTo: 'A removal that is sent again fails or takes away others, and the group stays in escrow.',
    run: whenPatched(
      { size: 3, inside: 2 },
      ids => [operation('Remove', 'members', listed(ids.slice(2)))],
      ids => ids.slice(0, 2),
    ),
  }),
  membersCheck({
    id: 'flag-remove-again',
    says: 'remove of members[value eq "…"] that matches nobody succeeds, and takes away nobody.',
    source: sources.readding,
    matters: 'With the flag aadOptscim062020, Entra ID repeats removals too.',
    mend: 'Answer 204 where nothing is left to remove.',
    effect: 'escrow',
    leadsTo: 'With the flag, a removal that is sent again fails, and the group stays in escrow.',
    run: whenPatched(
      { size: 3, inside: 2 },
      ids => [operation('remove', `members[value eq "${ids[2]}"]`)],
      ids => ids.slice(0, 2),
    ),
  }),
  membersCheck({
    id: 'add-and-remove',
    says: 'Add and remove in one PATCH are both applied.',
    source: sources.validator,
    matters: 'Microsoft’s validator sends both at once.',
    mend: 'Apply all operations, in order.',
    effect: 'data-lost',
    leadsTo: 'Of changes that come together some are lost.',
    run: whenPatched(
      { size: 3, inside: 2 },
      ids => [
        operation('add', 'members', listed(ids.slice(2))),
        operation('remove', `members[value eq "${ids[0]}"]`),
      ],
      ids => ids.slice(1),
    ),
  }),
  membersCheck({
    id: 'replace',
    says: 'replace of members puts a new list in place of the old one.',
    source: sources.validator,
    matters: 'Microsoft’s validator adds its member so.',
    mend: 'Let replace of members replace all of them (RFC 7644 §3.5.2.3).',
    effect: 'shown-wrong',
    leadsTo: 'Microsoft’s validator reports that members can’t be added.',
    run: whenPatched(
      { size: 3, inside: 2 },
      ids => [operation('replace', 'members', listed(ids.slice(2)))],
      ids => ids.slice(2),
    ),
  }),
  membersCheck({
    id: 'group-in-a-group',
    says: 'A group is taken as a member.',
    source: sources.howItWorks,
    matters: 'Entra ID sends the id of a nested group when it is in scope itself.',
    mend: 'Take ids of groups as members.',
    needs: ['write', 'groups', 'patch'],
    effect: 'escrow',
    leadsTo: 'Groups that hold groups stay in escrow.',
    run: async stage => {
      const { group } = await team(stage, 0)
      const inner = await createGroup(stage)
      await expectPatched(stage, group.path, operation('Add', 'members', listed([inner.id])))
      await expectMembers(stage, group, [inner.id], [inner.id])
    },
  }),
  membersCheck({
    id: 'parallel-add',
    says: `${many} members who are added by ${many} PATCHes at once are all members.`,
    source: sources.lostMembers,
    matters: 'Entra ID sends memberships of one group in parallel, and never reads them again.',
    mend: 'Change members in one transaction, or one after the other for each group; don’t read, change and write.',
    effect: 'data-lost',
    leadsTo:
      'Members are lost when Entra adds several at once, and nothing brings them back but a restart of the job.',
    run: async stage => {
      const { group, ids } = await team(stage, many)
      await Promise.all(
        ids.map(id => expectPatched(stage, group.path, operation('Add', 'members', listed([id])))),
      )
      await expectMembers(stage, group, ids, ids)
    },
  }),
  membersCheck({
    id: 'parallel-remove',
    says: `${many} members who are removed by ${many} PATCHes at once are all gone, and the others are there.`,
    source: sources.lostMembers,
    matters: 'Entra ID sends removals of one group in parallel, and never reads members again.',
    mend: 'Change members in one transaction, or one after the other for each group; don’t read, change and write.',
    effect: 'shown-wrong',
    leadsTo: 'People stay in groups that they have left when Entra removes several at once.',
    run: async stage => {
      const { group, ids } = await team(stage, many + 1, many + 1)
      const gone = ids.slice(1)
      await Promise.all(
        gone.map(id => expectPatched(stage, group.path, operation('Remove', 'members', listed([id])))),
      )
      await expectMembers(stage, group, ids, ids.slice(0, 1))
    },
  }),
  membersCheck({
    id: 'shown-in-a-look-up',
    says: 'A look-up of a group that doesn’t exclude members shows them.',
    source: sources.nullUpdate,
    matters: 'Microsoft’s Logic App tests look so whether a member has been added.',
    mend: 'Show members in lists, unless they are excluded.',
    effect: 'shown-wrong',
    leadsTo:
      'Microsoft’s Logic App tests report that members aren’t added, and the gallery doesn’t take the application.',
    run: async stage => {
      const { group, ids } = await team(stage, 1, 1)
      const [found] = await expectFound(stage, byDisplayName(stage, group), [group.id])
      const members = Array.isArray(found?.members)
        ? found.members.filter(isObject).map(({ value }) => value)
        : []
      expectThat(members.length === 1 && members[0] === ids[0], `the member ${ids[0]}`, found?.members)
    },
  }),
  membersCheck({
    id: 'id-and-member',
    says: 'Whether somebody is a member is found by id and members.',
    source: sources.tutorial,
    matters: 'The tutorial documents this as its check of references.',
    mend: 'Compare a bare members in a filter with its values.',
    effect: 'escrow',
    leadsTo: 'The check of references as Microsoft documents it is refused; memberships wait in escrow.',
    run: async stage => {
      const { group, ids } = await team(stage, 2, 1)
      const path = (id = '') =>
        lookUp(stage.groups, `id eq "${group.id}" and members eq "${id}"`, 'attributes=id&')
      await expectFound(stage, path(ids[0]), [group.id])
      await expectFound(stage, path(ids[1]), [])
    },
  }),
]
