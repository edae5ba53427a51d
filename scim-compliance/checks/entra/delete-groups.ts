import type { Check } from '../../check.ts'
import { expectStatus, expectThat } from '../../expect.ts'
import { byDisplayName, expectFound, needFoundGroup } from '../tools/look-ups.ts'
import { groupWithMember } from '../tools/memberships.ts'
import { needs } from '../tools/offered.ts'
import { createGroup, displayNameOf } from '../tools/people.ts'
import { deleteCheck, gallery } from './areas.ts'
import { isSuccess } from './entra-checks.ts'
import { expectDeleted, expectGone, needDeleted } from './expect-deleted.ts'
import { deletion, kept } from './foreseen.ts'
import { sources } from './sources.ts'

export const checks: readonly Check[] = [
  deleteCheck({
    id: 'group-answers-204',
    level: 'MUST',
    says: 'DELETE of a group is answered with 204, and its members stay.',
    source: sources.tutorial,
    matters: 'Entra ID deletes groups that are unassigned or deleted, not their members.',
    mend: 'Serve DELETE of groups with 204 and no body.',
    needs: ['write', 'groups', 'users', 'patch'],
    effect: 'write',
    leadsTo: 'Deleted groups stay on the server, or take their members along.',
    foresee: deletion,
    run: async stage => {
      needs(stage.groups, 'members')
      const { group, user } = await groupWithMember(stage)
      const answer = await stage.delete(group.path)
      if (isSuccess(answer.status)) await expectGone(stage, group.path, 'entra/delete/group-is-gone')
      expectStatus(answer, 204)
      expectStatus(await stage.get(user.path), 200)
    },
  }),
  deleteCheck({
    id: 'group-is-gone',
    level: 'MUST',
    says: 'A deleted group is answered with 404, and isn’t found any more.',
    source: sources.validator,
    matters: 'Entra ID takes whatever is read for a group that exists.',
    mend: 'Answer 404 for ids that are gone, and leave them out of lists.',
    needs: ['write', 'groups'],
    effect: 'shown-wrong',
    leadsTo: 'Deleted groups are taken for groups that exist, and are written to again.',
    foresee: kept('groups'),
    run: async stage => {
      const group = await createGroup(stage)
      await needFoundGroup(stage, group)
      await expectDeleted(stage, group.path)
      expectStatus(await stage.get(`${group.path}?excludedAttributes=members`), 404)
      await expectFound(stage, byDisplayName(stage, group), [])
    },
  }),
  deleteCheck({
    id: 'group-again',
    says: 'DELETE of a group that is gone is answered with 404.',
    source: sources.validator,
    matters: 'Microsoft’s validator deletes twice.',
    mend: 'Answer 404, never 5xx, for ids that are gone.',
    needs: ['write', 'groups'],
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s validator reports the second deletion as failed.',
    run: async stage => {
      const { path } = await createGroup(stage)
      await needDeleted(stage, path)
      expectStatus(await stage.delete(path), 404)
    },
  }),
  deleteCheck({
    id: 'group-comes-again',
    says: 'After a deletion a group of the same name is created, under a new id.',
    source: sources.howItWorks,
    matters: 'A group that is assigned again is created anew by Entra ID.',
    mend: 'Give a name free when its group is deleted.',
    needs: ['write', 'groups'],
    effect: 'escrow',
    leadsTo: 'Groups that come back aren’t created, and Entra retries them later (escrow).',
    run: async stage => {
      const group = await createGroup(stage)
      await needDeleted(stage, group.path)
      const next = await createGroup(stage, { displayName: displayNameOf(group) })
      expectThat(next.id !== group.id, 'another id', next.id, next.answer)
    },
  }),
]
