import type { Check } from '../../check.ts'
import { expectStatus, expectThat, objectIn } from '../../expect.ts'
import { isObject } from '../../json.ts'
import { byDisplayName } from '../tools/look-ups.ts'
import { expectNoMembers, groupWithMember } from '../tools/memberships.ts'
import { groupsCheck } from './areas.ts'
import { sources } from './aws-checks.ts'

export const checks: readonly Check[] = [
  groupsCheck({
    id: 'read-without-members',
    level: 'MUST',
    says: 'A group is read without members.',
    source: sources.getGroup,
    matters: 'A client that relies on members sees an empty group at AWS, and empties it or fills it again.',
    mend: 'Never show members.',
    needs: ['write', 'groups', 'users', 'patch'],
    run: async stage => {
      const { group } = await groupWithMember(stage, 'aws')
      const answer = await stage.get(group.path)
      expectStatus(answer, 200)
      expectNoMembers(objectIn(answer), answer)
    },
  }),
  groupsCheck({
    id: 'listed-without-members',
    level: 'MUST',
    says: 'A list shows groups with an empty list of members.',
    source: sources.listGroups,
    matters: 'A client that relies on members sees empty groups at AWS.',
    mend: 'Show members: [] in lists.',
    needs: ['write', 'groups', 'users', 'patch'],
    run: async stage => {
      const { group } = await groupWithMember(stage, 'aws')
      const answer = await stage.get(byDisplayName(stage, group))
      const { Resources } = objectIn(answer)
      const [found] = Array.isArray(Resources) ? Resources.filter(isObject) : []
      expectThat(
        Array.isArray(found?.members) && found.members.length === 0,
        'members []',
        found?.members ?? null,
        answer,
      )
    },
  }),
]
