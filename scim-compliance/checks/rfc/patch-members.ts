import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectEqual } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { requireWritableAttribute, sortedValues } from '../steps/attributes.ts'
import { createWithMembers, patchAndRead } from '../steps/patches.ts'
import { skipAsConsequence } from '../steps/prerequisites.ts'
import { membershipIsAccess, patchMembersArea } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

/** Three users, and a group with the first two or none of them; skips if the server doesn't return members. */
async function createTeam(context: CheckContext, inside = 2) {
  requireWritableAttribute(context.groups, 'members')
  const made: CreatedResource[] = []
  for (let number = 0; number < 3; number++) made.push(await context.create(context.users))
  const ids = made.map(({ id }) => id)
  const full = await createWithMembers(context, ids.slice(0, inside || 1))
  const group = inside === 0 ? await context.create(context.groups) : full
  return { group, a: ids[0] ?? '', b: ids[1] ?? '', c: ids[2] ?? '' }
}

async function expectMembersLeft(
  context: CheckContext,
  group: CreatedResource,
  ids: readonly string[],
  ...operations: readonly JsonObject[]
): Promise<void> {
  const { body, response } = await patchAndRead(context, group, ...operations)
  expectEqual(sortedValues(body, 'members'), ids.toSorted(), 'members', response)
}

export const patchMembersAddedChecks: readonly Check[] = defineChecks(patchMembersArea, [
  should('add', ['R-179'], {
    description: 'add of a member keeps the existing members.',
    source: 'RFC 7644 §3.5.2.1',
    rationale: membershipIsAccess,
    remedy: 'Append to members, and never replace them in an add.',
    run: async context => {
      const { group, a, b, c } = await createTeam(context)
      const change = { op: 'add', path: 'members', value: [{ value: c }] }
      await expectMembersLeft(context, group, [a, b, c], change)
    },
  }),
  should('add-to-empty', ['R-179'], {
    description: 'add adds the first member to an empty group.',
    source: 'RFC 7644 §3.5.2.1',
    rationale: membershipIsAccess,
    remedy: 'Create the list if it doesn’t exist.',
    run: async context => {
      const { group, a } = await createTeam(context, 0)
      const change = { op: 'add', path: 'members', value: [{ value: a }] }
      await expectMembersLeft(context, group, [a], change)
    },
  }),
  should('add-several', ['R-179'], {
    description: 'add accepts several members.',
    source: 'RFC 7644 §3.5.2.1',
    rationale: membershipIsAccess,
    remedy: 'Append every value of the list.',
    run: async context => {
      const { group, a, b, c } = await createTeam(context, 0)
      const value = [a, b, c].map(id => ({ value: id }))
      await expectMembersLeft(context, group, [a, b, c], { op: 'add', path: 'members', value })
    },
  }),
  should('add-no-path', ['R-178', 'R-179'], {
    description: 'add without path keeps the existing members.',
    source: 'RFC 7644 §3.5.2.1',
    rationale: membershipIsAccess,
    remedy: 'Add each attribute of the object in value as if a path named it.',
    run: async context => {
      const { group, a, b, c } = await createTeam(context)
      const change = { op: 'add', value: { members: [{ value: c }] } }
      await expectMembersLeft(context, group, [a, b, c], change)
    },
  }),
  should('add-again', ['R-180'], {
    description: 'add of an existing member succeeds and creates no duplicate.',
    source: 'RFC 7644 §3.5.2.1',
    rationale:
      'Clients send memberships again after failures. If these are rejected, clients keep retrying; if duplicates are stored, members are counted twice.',
    remedy: 'Compare members by value, and skip existing ones.',
    run: async context => {
      const { group, a, b, c } = await createTeam(context)
      const add = (id: string) => ({ op: 'add', path: 'members', value: [{ value: id }] })
      const control = await patchAndRead(context, group, add(c))
      if (!sortedValues(control.body, 'members').includes(c))
        skipAsConsequence('Adding a member has no effect', 'rfc/patch-members/add')
      await expectMembersLeft(context, group, [a, b, c], add(a))
    },
  }),
])

export const patchMembersChangedChecks: readonly Check[] = defineChecks(patchMembersArea, [
  should('replace', ['R-189'], {
    description: 'replace of members replaces the whole list.',
    source: 'RFC 7644 §3.5.2.3',
    rationale: membershipIsAccess,
    remedy: 'Replace all existing members with those that were sent.',
    run: async context => {
      const { group, b, c } = await createTeam(context)
      const value = [{ value: b }, { value: c }]
      await expectMembersLeft(context, group, [b, c], { op: 'replace', path: 'members', value })
    },
  }),
  should('add-and-remove', ['R-171'], {
    description: 'PATCH applies an add and a remove of members in one request.',
    rationale: membershipIsAccess,
    remedy: 'Apply all operations of a request in order.',
    run: async context => {
      const { group, a, b, c } = await createTeam(context)
      await expectMembersLeft(
        context,
        group,
        [b, c],
        { op: 'add', path: 'members', value: [{ value: c }] },
        { op: 'remove', path: `members[value eq ${JSON.stringify(a)}]` },
      )
    },
  }),
  should('rename-keeps-members', ['R-188'], {
    description: 'Renaming a group doesn’t change its members.',
    source: 'RFC 7644 §3.5.2.3',
    rationale: membershipIsAccess,
    remedy: 'Change only the attributes that are named.',
    run: async context => {
      const { group, a, b } = await createTeam(context)
      const displayName = context.unique()
      const change = { op: 'replace', path: 'displayName', value: displayName }
      const { body, response } = await patchAndRead(context, group, change)
      expectEqual(body.displayName, displayName, 'displayName', response)
      expectEqual(sortedValues(body, 'members'), [a, b].toSorted(), 'members', response)
    },
  }),
  practice('many-operations', ['R-194'], {
    description: 'PATCH accepts many operations in one request.',
    source: 'RFC 7644 §3.5.2',
    rationale: 'Clients that send a day’s changes in one request are rejected.',
    remedy: 'Limit the size of the body, not the number of operations.',
    run: async context => {
      const group = await context.create(context.groups)
      const names = Array.from({ length: 101 }, () => context.unique())
      const operations = names.map(value => ({ op: 'replace', path: 'displayName', value }))
      const { body, response } = await patchAndRead(context, group, ...operations)
      expectEqual(body.displayName, names.at(-1), 'displayName', response)
    },
  }),
])

export const patchMembersRemovedChecks: readonly Check[] = defineChecks(patchMembersArea, [
  must('remove-by-filter', ['R-184'], {
    description: 'remove of `members[value eq "…"]` removes only this member.',
    source: 'RFC 7644 §3.5.2.2',
    rationale: membershipIsAccess,
    remedy: 'Evaluate the filter in the path for each member.',
    run: async context => {
      const { group, a, b } = await createTeam(context)
      const change = { op: 'remove', path: `members[value eq ${JSON.stringify(a)}]` }
      await expectMembersLeft(context, group, [b], change)
    },
  }),
  practice('remove-by-value', ['R-187'], {
    description: 'remove of members with a list in value removes only the listed members.',
    source: 'Entra ID, AWS IAM Identity Center',
    rationale: 'Entra ID removes members this way. A server that ignores value empties the group.',
    remedy: 'If a remove of members has a value, remove only the members that it lists.',
    run: async context => {
      const { group, a, b } = await createTeam(context)
      const change = { op: 'remove', path: 'members', value: [{ value: a }] }
      await expectMembersLeft(context, group, [b], change)
    },
  }),
  must('remove-all', ['R-183'], {
    description: 'remove of members without value removes all members.',
    source: 'RFC 7644 §3.5.2.2',
    rationale: membershipIsAccess,
    remedy: 'Remove all members if the path has no filter.',
    run: async context => {
      const { group } = await createTeam(context)
      await expectMembersLeft(context, group, [], { op: 'remove', path: 'members' })
    },
  }),
  should('remove-nobody', ['R-186'], {
    description: 'Removing a user that isn’t a member succeeds and changes nothing.',
    source: 'RFC 7644 §3.5.2.2',
    rationale: 'Clients that make sure that a user isn’t a member are rejected in every run.',
    remedy: 'Return the same response as if the member had been removed.',
    run: async context => {
      const { group, a, b, c } = await createTeam(context)
      const remove = (id: string) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]` })
      const control = await patchAndRead(context, group, remove(b))
      if (sortedValues(control.body, 'members').join() !== a)
        skipAsConsequence('Removing a member has no effect', 'rfc/patch-members/remove-by-filter')
      await expectMembersLeft(context, group, [a], remove(c))
    },
  }),
])
