import type { Check } from '../../check.ts'
import { expectThat, resourcesIn } from '../../expect.ts'
import { isObject } from '../../json.ts'
import { byDisplayName, expectFound, lookUp, needFoundGroup } from '../tools/look-ups.ts'
import { gallery, membersCheck } from './areas.ts'
import { sources } from './sources.ts'
import { team } from './team.ts'

export const checks: readonly Check[] = [
  membersCheck({
    id: 'shown-in-a-look-up',
    says: 'A look-up of a group that doesn’t exclude members shows them.',
    source: sources.nullUpdate,
    matters: 'Microsoft’s Logic App tests look so whether a member has been added.',
    mend: 'Show members in lists, unless they are excluded.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: 'Microsoft’s tests report that members aren’t added.',
    run: async stage => {
      const { group, ids } = await team(stage, 1, 1)
      await needFoundGroup(stage, group)
      const answer = await stage.get(byDisplayName(stage, group))
      const [found] = resourcesIn(answer)
      const members = Array.isArray(found?.members)
        ? found.members.filter(isObject).map(({ value }) => value)
        : []
      expectThat(
        members.length === 1 && members[0] === ids[0],
        `the member ${ids[0]}`,
        found?.members,
        answer,
      )
    },
  }),
  membersCheck({
    id: 'id-and-member',
    says: 'Whether somebody is a member is found by id and members.',
    source: sources.tutorial,
    matters: 'The tutorial documents this as its check of references.',
    mend: 'Compare a bare members in a filter with its values.',
    effect: 'escrow',
    when: 'Entra checks references by a filter, as in Microsoft’s tutorial',
    leadsTo: 'The check fails, and memberships may have to wait.',
    run: async stage => {
      const { group, ids } = await team(stage, 2, 1)
      await needFoundGroup(stage, group)
      const path = (id = '') =>
        lookUp(stage.groups, `id eq "${group.id}" and members eq "${id}"`, 'attributes=id&')
      await expectFound(stage, path(ids[0]), [group.id])
      await expectFound(stage, path(ids[1]), [])
    },
  }),
]
