import type { Check } from '../../check.ts'
import { expectThat } from '../../expect.ts'
import { isObject } from '../../json.ts'
import { byDisplayName, expectFound, lookUp } from '../tools/look-ups.ts'
import { membersCheck } from './areas.ts'
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
    leadsTo: 'The check of references as Microsoft documents it is refused; memberships may wait in escrow.',
    run: async stage => {
      const { group, ids } = await team(stage, 2, 1)
      const path = (id = '') =>
        lookUp(stage.groups, `id eq "${group.id}" and members eq "${id}"`, 'attributes=id&')
      await expectFound(stage, path(ids[0]), [group.id])
      await expectFound(stage, path(ids[1]), [])
    },
  }),
]
