import type { Check } from '../../../check.ts'
import { sortedValues } from '../../tools/attributes.ts'
import { patched } from '../../tools/patches.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { checksOf } from '../checks-of.ts'
import { membershipIsAccess, patchMembersArea } from './areas.ts'
import { expectLeft, team } from './patched-members.ts'

export const checks: readonly Check[] = checksOf(patchMembersArea, [
  {
    id: 'add',
    level: 'SHOULD',
    says: 'add puts a member to those that are there.',
    source: 'RFC 7644 §3.5.2.1',
    requirements: ['R-179'],
    matters: membershipIsAccess,
    mend: 'Append to members; never replace them on add.',
    run: async stage => {
      const { group, a, b, c } = await team(stage)
      const change = { op: 'add', path: 'members', value: [{ value: c }] }
      await expectLeft(stage, group, [a, b, c], change)
    },
  },
  {
    id: 'add-to-empty',
    level: 'SHOULD',
    says: 'add puts the first member into a group that has none.',
    source: 'RFC 7644 §3.5.2.1',
    requirements: ['R-179'],
    matters: membershipIsAccess,
    mend: 'Begin the list where there is none.',
    run: async stage => {
      const { group, a } = await team(stage, 0)
      const change = { op: 'add', path: 'members', value: [{ value: a }] }
      await expectLeft(stage, group, [a], change)
    },
  },
  {
    id: 'add-several',
    level: 'SHOULD',
    says: 'add takes several members at once.',
    source: 'RFC 7644 §3.5.2.1',
    requirements: ['R-179'],
    matters: membershipIsAccess,
    mend: 'Append every value of the list.',
    run: async stage => {
      const { group, a, b, c } = await team(stage, 0)
      const value = [a, b, c].map(id => ({ value: id }))
      await expectLeft(stage, group, [a, b, c], { op: 'add', path: 'members', value })
    },
  },
  {
    id: 'add-no-path',
    level: 'SHOULD',
    says: 'add without path puts members to those that are there.',
    source: 'RFC 7644 §3.5.2.1',
    requirements: ['R-178', 'R-179'],
    matters: membershipIsAccess,
    mend: 'Add each attribute of the object in value as if it were named by a path.',
    run: async stage => {
      const { group, a, b, c } = await team(stage)
      const change = { op: 'add', value: { members: [{ value: c }] } }
      await expectLeft(stage, group, [a, b, c], change)
    },
  },
  {
    id: 'add-again',
    level: 'SHOULD',
    says: 'add of a user who is a member already succeeds and adds no duplicate.',
    source: 'RFC 7644 §3.5.2.1',
    requirements: ['R-180'],
    matters:
      'Clients send memberships again after failures; a refusal keeps them trying, and doubles are counted twice.',
    mend: 'Compare members by value, and leave those out that are there.',
    run: async stage => {
      const { group, a, b, c } = await team(stage)
      const add = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] })
      const control = await patched(stage, group, add(c))
      if (!sortedValues(control.body, 'members').includes(c))
        followsFrom('Adding a member has no effect', 'rfc/patch-members/add')
      await expectLeft(stage, group, [a, b, c], add(a))
    },
  },
])
