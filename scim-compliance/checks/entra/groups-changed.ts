import type { Check } from '../../check.ts'
import { expectStatus, expectThat } from '../../expect.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createGroup, nobody } from '../tools/people.ts'
import { reached } from '../tools/prepared.ts'
import { flagged, gallery, groupsCheck } from './areas.ts'
import { groupTwice } from './foreseen.ts'
import { postGroup } from './post-group.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  groupsCheck({
    id: 'rename',
    level: 'MUST',
    says: 'Replace of displayName renames a group.',
    source: sources.tutorial,
    matters: 'Entra ID sends this when a group is renamed.',
    mend: 'Let displayName be changed, with op in any case.',
    needs: ['write', 'groups', 'patch'],
    effect: 'write',
    leadsTo: 'Groups keep their old name.',
    run: async stage => {
      const group = await createGroup(stage)
      const displayName = stage.unique()
      await expectPatched(stage, group.path, operation('Replace', 'displayName', displayName))
      await expectKept(stage, group.path, { displayName, id: group.id })
    },
  }),
  groupsCheck({
    id: 'flag-rename',
    says: 'replace without a path renames a group.',
    source: sources.compatibility,
    matters:
      'With the flag aadOptscim062020, Entra ID merges what has no filter into one operation without a path.',
    mend: 'Take a replace without a path.',
    needs: ['write', 'groups', 'patch'],
    effect: 'write',
    when: flagged,
    leadsTo: 'Groups keep their old name.',
    run: async stage => {
      const group = await createGroup(stage)
      const displayName = stage.unique()
      await expectPatched(stage, group.path, operation('replace', undefined, { displayName }))
      await expectKept(stage, group.path, { displayName })
    },
  }),
  groupsCheck({
    id: 'flag-external-id',
    says: 'replace without a path sets a group’s externalId.',
    source: sources.validator,
    matters: 'Microsoft’s validator updates the attributes of a group so.',
    mend: 'Take a replace without a path, externalId included.',
    needs: ['write', 'groups', 'patch'],
    effect: 'write',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports that groups can’t be updated.',
    run: async stage => {
      const group = await createGroup(stage)
      const externalId = nobody()
      await expectPatched(stage, group.path, operation('replace', undefined, { externalId }))
      await expectKept(stage, group.path, { externalId })
    },
  }),
  groupsCheck({
    id: 'patch-answers-204',
    level: 'SHOULD',
    says: 'A group’s PATCH is answered with 204 and no body.',
    source: sources.tutorial,
    matters: 'Microsoft’s tutorial asks for it: the body could hold all members.',
    mend: 'Answer PATCH of groups with 204.',
    needs: ['write', 'groups', 'patch'],
    effect: 'slower',
    leadsTo:
      'Each response to a change of a membership holds the group; where it holds all members, large groups may time out.',
    run: async stage => {
      const group = await createGroup(stage)
      const displayName = stage.unique()
      const answer = await stage.patch(group.path, operation('Replace', 'displayName', displayName))
      await reached('The group isn’t renamed', 'entra/groups/rename', () =>
        expectKept(stage, group.path, { displayName }),
      )
      expectStatus(answer, 204)
      expectThat(answer.text === '', 'no body', answer.text, answer)
    },
  }),
  groupsCheck({
    id: 'twice-is-409',
    level: 'MUST',
    says: 'A displayName that another group has is answered with 409.',
    source: sources.tutorial,
    matters:
      'Entra ID matches groups by displayName, and asks that it is unique. RFC 7643 doesn’t: rfc/group/name-twice and rfc/advertised/not-unique-groups want the opposite, and a server can’t pass all of them.',
    mend: 'Keep displayName of groups unique, and answer 409.',
    effect: 'shown-wrong',
    leadsTo: 'Two groups can have the same name, and Entra matches groups by name.',
    foresee: groupTwice,
    run: async stage => {
      const { sent } = await createGroup(stage)
      expectStatus(await postGroup(stage, { displayName: sent.displayName ?? null }), 409)
    },
  }),
]
