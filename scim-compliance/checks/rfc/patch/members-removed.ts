import type { Check } from '../../../check.ts'
import { sortedValues } from '../../tools/attributes.ts'
import { patched } from '../../tools/patches.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { checksOf } from '../checks-of.ts'
import { membershipIsAccess, patchMembersArea } from './areas.ts'
import { expectLeft, team } from './patched-members.ts'

export const checks: readonly Check[] = checksOf(patchMembersArea, [
  {
    id: 'remove-by-filter',
    level: 'MUST',
    says: 'remove of `members[value eq "…"]` takes just that one.',
    source: 'RFC 7644 §3.5.2.2',
    requirements: ['R-184'],
    matters: membershipIsAccess,
    mend: 'Evaluate the filter of the path for each member.',
    run: async stage => {
      const { group, a, b } = await team(stage)
      const change = { op: 'remove', path: `members[value eq ${JSON.stringify(a)}]` }
      await expectLeft(stage, group, [b], change)
    },
  },
  {
    id: 'remove-by-value',
    level: 'practice',
    says: 'remove of members with a list in value takes just those.',
    source: 'Entra ID, AWS IAM Identity Center',
    requirements: ['R-187'],
    matters: 'Entra ID removes members like this; a server that ignores value empties the group.',
    mend: 'Take just the members in value away when a remove of members has one.',
    run: async stage => {
      const { group, a, b } = await team(stage)
      const change = { op: 'remove', path: 'members', value: [{ value: a }] }
      await expectLeft(stage, group, [b], change)
    },
  },
  {
    id: 'remove-all',
    level: 'MUST',
    says: 'remove of members without value takes all.',
    source: 'RFC 7644 §3.5.2.2',
    requirements: ['R-183'],
    matters: membershipIsAccess,
    mend: 'Take all members away when path has no filter.',
    run: async stage => {
      const { group } = await team(stage)
      await expectLeft(stage, group, [], { op: 'remove', path: 'members' })
    },
  },
  {
    id: 'remove-nobody',
    level: 'SHOULD',
    says: 'Removing a user who isn’t a member succeeds and changes nothing.',
    source: 'RFC 7644 §3.5.2.2',
    requirements: ['R-186'],
    matters: 'Clients that make sure somebody is out are refused at each run.',
    mend: 'Return the same response as if the member had been removed.',
    run: async stage => {
      const { group, a, b, c } = await team(stage)
      const remove = (id: string) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]` })
      const control = await patched(stage, group, remove(b))
      if (sortedValues(control.body, 'members').join() !== a)
        followsFrom('Removing a member has no effect', 'rfc/patch-members/remove-by-filter')
      await expectLeft(stage, group, [a], remove(c))
    },
  },
])
