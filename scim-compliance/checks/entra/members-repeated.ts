import type { Check } from '../../check.ts'
import type { JsonObject } from '../../json.ts'
import type { Stage } from '../../stage.ts'
import { expectMembers } from '../tools/memberships.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createGroup } from '../tools/people.ts'
import { reached } from '../tools/prepared.ts'
import { flagged, gallery, membersCheck } from './areas.ts'
import { sources } from './sources.ts'
import { listed, team, whenPatched } from './team.ts'

/** Takes a member away, and then once more; skips where the first removal has no effect. */
const removedTwice = (remove: (id: string) => JsonObject, root: string) => async (stage: Stage) => {
  const { group, ids } = await team(stage, 3, 3)
  const [gone = '', ...left] = ids
  await reached('The member isn’t removed', root, async () => {
    await expectPatched(stage, group.path, remove(gone))
    await expectMembers(stage, group, ids, left)
  })
  await expectPatched(stage, group.path, remove(gone))
  await expectMembers(stage, group, ids, left)
}

export const checks: readonly Check[] = [
  membersCheck({
    id: 'add-again',
    says: 'Adding somebody who is a member succeeds, and they are a member once.',
    source: sources.readding,
    matters: 'Entra ID repeats what it isn’t sure of, and never reads members.',
    mend: 'Answer 204, and leave the group as it is.',
    effect: 'write',
    when: 'Entra repeats a request whose response was lost',
    leadsTo: 'A repeated membership fails or doubles.',
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
    effect: 'write',
    when: 'Entra repeats a request whose response was lost',
    leadsTo: 'A repeated removal fails or removes others.',
    run: removedTwice(
      remove => operation('Remove', 'members', listed([remove])),
      'entra/members/remove-listed',
    ),
  }),
  membersCheck({
    id: 'flag-remove-again',
    says: 'remove of members[value eq "…"] that matches nobody succeeds, and takes away nobody.',
    source: sources.readding,
    matters: 'With the flag aadOptscim062020, Entra ID repeats removals too.',
    mend: 'Answer 204 where nothing is left to remove.',
    effect: 'write',
    when: flagged,
    leadsTo: 'A repeated removal fails or removes others.',
    run: removedTwice(
      remove => operation('remove', `members[value eq "${remove}"]`),
      'entra/members/flag-remove',
    ),
  }),
  membersCheck({
    id: 'add-and-remove',
    says: 'Add and remove in one PATCH are both applied.',
    source: sources.validator,
    matters: 'Microsoft’s validator sends both at once.',
    mend: 'Apply all operations, in order.',
    effect: 'write',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports that members can’t be changed.',
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
    effect: 'write',
    when: gallery,
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
    effect: 'write',
    when: 'groups are members of groups',
    leadsTo: 'The inner group doesn’t become a member.',
    run: async stage => {
      const { group } = await team(stage, 0)
      const inner = await createGroup(stage)
      await expectPatched(stage, group.path, operation('Add', 'members', listed([inner.id])))
      await expectMembers(stage, group, [inner.id], [inner.id])
    },
  }),
]
