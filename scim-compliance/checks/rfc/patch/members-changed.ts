import type { Check } from '../../../check.ts'
import { expectEqual } from '../../../expect.ts'
import { sortedValues } from '../../tools/attributes.ts'
import { patched } from '../../tools/patches.ts'
import { checksOf } from '../checks-of.ts'
import { membershipIsAccess, patchMembersArea } from './areas.ts'
import { expectLeft, team } from './patched-members.ts'

export const checks: readonly Check[] = checksOf(patchMembersArea, [
  {
    id: 'replace',
    level: 'SHOULD',
    says: 'replace of members makes the list what was sent.',
    source: 'RFC 7644 §3.5.2.3',
    requirements: ['R-189'],
    matters: membershipIsAccess,
    mend: 'Put the members that were sent in place of all that were there.',
    run: async stage => {
      const { group, b, c } = await team(stage)
      const value = [{ value: b }, { value: c }]
      await expectLeft(stage, group, [b, c], { op: 'replace', path: 'members', value })
    },
  },
  {
    id: 'add-and-remove',
    level: 'SHOULD',
    says: 'Adding and removing in one request both happen.',
    requirements: ['R-171'],
    matters: membershipIsAccess,
    mend: 'Carry out all operations of a request, in order.',
    run: async stage => {
      const { group, a, b, c } = await team(stage)
      await expectLeft(
        stage,
        group,
        [b, c],
        { op: 'add', path: 'members', value: [{ value: c }] },
        { op: 'remove', path: `members[value eq ${JSON.stringify(a)}]` },
      )
    },
  },
  {
    id: 'rename-keeps-members',
    level: 'SHOULD',
    says: 'Renaming a group leaves its members.',
    source: 'RFC 7644 §3.5.2.3',
    requirements: ['R-188'],
    matters: membershipIsAccess,
    mend: 'Change just the attributes that are named.',
    run: async stage => {
      const { group, a, b } = await team(stage)
      const displayName = stage.unique()
      const change = { op: 'replace', path: 'displayName', value: displayName }
      const { body, answer } = await patched(stage, group, change)
      expectEqual(body.displayName, displayName, 'displayName', answer)
      expectEqual(sortedValues(body, 'members'), [a, b].toSorted(), 'members', answer)
    },
  },
  {
    id: 'many-operations',
    level: 'practice',
    says: 'A request may have many operations.',
    source: 'RFC 7644 §3.5.2',
    requirements: ['R-194'],
    matters: 'Clients that send the changes of a day at once are refused.',
    mend: 'Set no limit on operations but that of the body’s size.',
    run: async stage => {
      const group = await stage.create(stage.groups)
      const names = Array.from({ length: 101 }, () => stage.unique())
      const operations = names.map(value => ({ op: 'replace', path: 'displayName', value }))
      const { body, answer } = await patched(stage, group, ...operations)
      expectEqual(body.displayName, names.at(-1), 'displayName', answer)
    },
  },
])
