import type { Check } from '../../check.ts'
import { expectEqual } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Made, Stage } from '../../stage.ts'
import { sortedValues, writable } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { patched, withMembers } from '../tools/patches.ts'

const access = 'Membership is access: people keep what they should have lost, or don’t get what they need.'

/** Three users, of whom the first two, or none, are in a group; skips where members aren't shown. */
async function team(stage: Stage, inIt = 2) {
  writable(stage.groups, 'members')
  const made: Made[] = []
  for (let number = 0; number < 3; number++) made.push(await stage.create(stage.users))
  const ids = made.map(({ id }) => id)
  const full = await withMembers(stage, ids.slice(0, inIt || 1))
  const group = inIt === 0 ? await stage.create(stage.groups) : full
  return { group, a: ids[0] ?? '', b: ids[1] ?? '', c: ids[2] ?? '' }
}

/** Just these are in the group after these operations. */
async function expectLeft(
  stage: Stage,
  group: Made,
  ids: readonly string[],
  ...operations: readonly JsonObject[]
): Promise<void> {
  const { body, answer } = await patched(stage, group, ...operations)
  expectEqual(sortedValues(body, 'members'), ids.toSorted(), 'members', answer)
}

export const checks: readonly Check[] = checksOf(
  {
    area: 'patch-members',
    section: 'PATCH of members',
    source: 'RFC 7644 §3.5.2',
    needs: ['write', 'users', 'groups', 'patch'],
  },
  [
    {
      id: 'add',
      level: 'MUST',
      says: 'add puts a member to those that are there.',
      source: 'RFC 7644 §3.5.2.1',
      requirements: ['R-179'],
      matters: access,
      mend: 'Append to members; never replace them on add.',
      run: async stage => {
        const { group, a, b, c } = await team(stage)
        const change = { op: 'add', path: 'members', value: [{ value: c }] }
        await expectLeft(stage, group, [a, b, c], change)
      },
    },
    {
      id: 'add-to-empty',
      level: 'MUST',
      says: 'add puts the first member into a group that has none.',
      source: 'RFC 7644 §3.5.2.1',
      requirements: ['R-179'],
      matters: access,
      mend: 'Begin the list where there is none.',
      run: async stage => {
        const { group, a } = await team(stage, 0)
        const change = { op: 'add', path: 'members', value: [{ value: a }] }
        await expectLeft(stage, group, [a], change)
      },
    },
    {
      id: 'add-several',
      level: 'MUST',
      says: 'add takes several members at once.',
      source: 'RFC 7644 §3.5.2.1',
      requirements: ['R-179'],
      matters: access,
      mend: 'Append every value of the list.',
      run: async stage => {
        const { group, a, b, c } = await team(stage, 0)
        const value = [a, b, c].map(id => ({ value: id }))
        await expectLeft(stage, group, [a, b, c], { op: 'add', path: 'members', value })
      },
    },
    {
      id: 'add-no-path',
      level: 'MUST',
      says: 'add without path puts members to those that are there.',
      source: 'RFC 7644 §3.5.2.1',
      requirements: ['R-178', 'R-179'],
      matters: access,
      mend: 'Add each attribute of the object in value as if it were named by a path.',
      run: async stage => {
        const { group, a, b, c } = await team(stage)
        const change = { op: 'add', value: { members: [{ value: c }] } }
        await expectLeft(stage, group, [a, b, c], change)
      },
    },
    {
      id: 'add-again',
      level: 'MUST',
      says: 'add of who is a member already succeeds and doesn’t double them.',
      source: 'RFC 7644 §3.5.2.1',
      requirements: ['R-180'],
      matters: 'Clients send memberships again after failures; they are refused, or members counted twice.',
      mend: 'Compare members by value, and leave those out that are there.',
      run: async stage => {
        const { group, a, b } = await team(stage)
        const change = { op: 'add', path: 'members', value: [{ value: a }] }
        await expectLeft(stage, group, [a, b], change)
      },
    },
    {
      id: 'remove-by-filter',
      level: 'MUST',
      says: 'remove of `members[value eq "…"]` takes just that one.',
      source: 'RFC 7644 §3.5.2.2',
      requirements: ['R-184'],
      matters: access,
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
      matters: access,
      mend: 'Take all members away when path has no filter.',
      run: async stage => {
        const { group } = await team(stage)
        await expectLeft(stage, group, [], { op: 'remove', path: 'members' })
      },
    },
    {
      id: 'remove-nobody',
      level: 'MUST',
      says: 'Removing who isn’t a member succeeds and changes nothing.',
      source: 'RFC 7644 §3.5.2.2',
      requirements: ['R-186'],
      matters: 'Clients that make sure somebody is out are refused at each run.',
      mend: 'Answer as if they had been removed: it is as was asked for.',
      run: async stage => {
        const { group, a, b, c } = await team(stage)
        const change = { op: 'remove', path: `members[value eq ${JSON.stringify(c)}]` }
        await expectLeft(stage, group, [a, b], change)
      },
    },
    {
      id: 'replace',
      level: 'MUST',
      says: 'replace of members makes the list what was sent.',
      source: 'RFC 7644 §3.5.2.3',
      requirements: ['R-189'],
      matters: access,
      mend: 'Put the members that were sent in place of all that were there.',
      run: async stage => {
        const { group, b, c } = await team(stage)
        const value = [{ value: b }, { value: c }]
        await expectLeft(stage, group, [b, c], { op: 'replace', path: 'members', value })
      },
    },
    {
      id: 'add-and-remove',
      level: 'MUST',
      says: 'Adding and removing in one request both happen.',
      requirements: ['R-171'],
      matters: access,
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
      level: 'MUST',
      says: 'Renaming a group leaves its members.',
      source: 'RFC 7644 §3.5.2.3',
      requirements: ['R-188'],
      matters: access,
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
  ],
)
