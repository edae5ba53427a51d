import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectStatus, isInvalid, isSuccess } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { over } from '../forms.ts'
import { requireWritableAttribute, sortedValues, valueIn } from '../steps/attributes.ts'
import { readBody } from '../steps/create-and-read.ts'
import { acceptedBlame, add, createWithMembers, patchAndRead, remove, replace } from '../steps/patches.ts'
import { area, patched } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

const patchMembersArea = area('patch-members', 'PATCH of members', 'RFC 7644 §3.5.2', {
  ...patched,
  needs: [...patched.needs, 'groups'],
  rationale:
    'Membership grants access: users keep access that they should have lost, or don’t get access that they need.',
})

/** Three users, and a group with the first `inside` of them. */
async function createTeam(context: CheckContext, inside: number) {
  requireWritableAttribute(context.groups, 'members')
  const create = async () => (await context.create(context.users)).id
  const ids = [await create(), await create(), await create()] as const
  const group = await (inside === 0
    ? context.create(context.groups)
    : createWithMembers(context, ids.slice(0, inside)))
  return { group, ids }
}

type Change = {
  readonly patch: JsonObject | readonly JsonObject[]
  /** The members afterwards. */
  readonly left: readonly string[]
}

const changesMembers =
  (inside: number, change: (a: string, b: string, c: string) => Change): Check['run'] =>
  async context => {
    const { group, ids } = await createTeam(context, inside)
    const { patch, left } = change(...ids)
    const { body, response } = await patchAndRead(context, group, ...[patch].flat())
    const before = { value: ids.slice(0, inside).toSorted() }
    expectEqual(sortedValues(body, 'members'), left.toSorted(), 'members', response, before)
  }

const listed = (...ids: readonly string[]): readonly JsonObject[] => ids.map(value => ({ value }))

const byId = (id: string): string => `members[value eq ${JSON.stringify(id)}]`

export const patchMembersChecks: readonly Check[] = defineChecks(patchMembersArea, [
  should('add-to-empty', ['R-179'], {
    description: 'add adds the first member to an empty group.',
    source: 'RFC 7644 §3.5.2.1',
    remedy: 'Create the list if it doesn’t exist.',
    after: ['probe/members'],
    blame: acceptedBlame,
    run: changesMembers(0, a => ({ patch: add('members', listed(a)), left: [a] })),
  }),
  should('add', ['R-179'], {
    description: 'add of one or several members keeps the existing members.',
    source: 'RFC 7644 §3.5.2.1',
    remedy: 'Append every value of the list to members, and never replace them in an add.',
    after: ['rfc/patch-members/add-to-empty'],
    ...over({ 'one member': 2, 'several members': 1 }, inside =>
      changesMembers(inside, (...all) => ({
        patch: add('members', listed(...all.slice(inside))),
        left: all,
      })),
    ),
  }),
  should('add-no-path', ['R-178', 'R-179'], {
    description: 'add without path keeps the existing members.',
    source: 'RFC 7644 §3.5.2.1',
    remedy: 'Add each attribute of the object in value as if a path named it.',
    after: ['rfc/patch-members/add', 'rfc/patch-replace/no-path'],
    run: changesMembers(2, (a, b, c) => ({
      patch: { op: 'add', value: { members: listed(c) } },
      left: [a, b, c],
    })),
  }),
  should('add-again', ['R-180'], {
    description: 'add of an existing member succeeds and creates no duplicate.',
    source: 'RFC 7644 §3.5.2.1',
    rationale:
      'Clients send memberships again after failures. If these are rejected, clients keep retrying; if duplicates are stored, members are counted twice.',
    remedy: 'Compare members by value, and skip existing ones.',
    after: ['rfc/patch-members/add', 'rfc/patch-add/what-is-there'],
    run: changesMembers(2, (a, b) => ({ patch: add('members', listed(a)), left: [a, b] })),
  }),
  must('remove-by-filter', ['R-184'], {
    description: 'remove of `members[value eq "…"]` removes only this member.',
    source: 'RFC 7644 §3.5.2.2',
    remedy: 'Evaluate the filter in the path for each member.',
    after: ['rfc/patch-members/add', 'rfc/patch-remove/by-filter'],
    run: changesMembers(2, (a, b) => ({ patch: remove(byId(a)), left: [b] })),
  }),
  practice('remove-by-value', ['R-187'], {
    description: 'remove of members with a list in value removes only the listed members.',
    source: 'Entra ID, AWS IAM Identity Center',
    rationale: 'Entra ID removes members this way. A server that ignores value empties the group.',
    remedy: 'If a remove of members has a value, remove only the members that it lists.',
    after: ['rfc/patch-members/remove-by-filter'],
    run: changesMembers(2, (a, b) => ({ patch: { ...remove('members'), value: listed(a) }, left: [b] })),
  }),
  must('remove-all', ['R-183'], {
    description: 'remove of members without value removes all members.',
    source: 'RFC 7644 §3.5.2.2',
    remedy: 'Remove all members if the path has no filter.',
    after: ['rfc/patch-members/add'],
    run: changesMembers(2, () => ({ patch: remove('members'), left: [] })),
  }),
  practice('remove-nobody', ['R-186'], {
    description: 'Removing a user that isn’t a member succeeds, or returns noTarget, and changes nothing.',
    source: 'RFC 7644 §3.5.2.2',
    rationale: 'Clients that make sure that a user isn’t a member are rejected in every run.',
    remedy: 'Return the same response as if the member had been removed.',
    after: ['rfc/patch-members/remove-by-filter'],
    run: async context => {
      const { group, ids } = await createTeam(context, 2)
      const response = await context.patch(group.path, remove(byId(ids[2])))
      const isNoTarget = isInvalid(response) && valueIn(response.body, 'scimType') === 'noTarget'
      if (!isNoTarget && !isSuccess(response)) expectStatus(response, 200, 204)
      const members = sortedValues(await readBody(context, group.path), 'members')
      expectEqual(members, ids.slice(0, 2).toSorted(), 'members', response)
    },
  }),
  should('replace', ['R-189'], {
    description: 'replace of members replaces the whole list.',
    source: 'RFC 7644 §3.5.2.3',
    remedy: 'Replace all existing members with those that were sent.',
    after: ['rfc/patch-members/add'],
    blame: acceptedBlame,
    run: changesMembers(2, (_, b, c) => ({ patch: replace('members', listed(b, c)), left: [b, c] })),
  }),
  should('add-and-remove', ['R-171'], {
    description: 'PATCH applies an add and a remove of members in one request.',
    remedy: 'Apply all operations of a request in order.',
    after: ['rfc/patch-members/remove-by-filter'],
    run: changesMembers(2, (a, b, c) => ({
      patch: [add('members', listed(c)), remove(byId(a))],
      left: [b, c],
    })),
  }),
  should('rename-keeps-members', ['R-188'], {
    description: 'Renaming a group doesn’t change its members.',
    source: 'RFC 7644 §3.5.2.3',
    remedy: 'Change only the attributes that are named.',
    after: ['rfc/patch-members/add', 'rfc/patch-replace/single-value'],
    run: async context => {
      const { group, ids } = await createTeam(context, 2)
      const displayName = context.unique()
      const { body, response } = await patchAndRead(context, group, replace('displayName', displayName))
      expectEqual(body.displayName, displayName, 'displayName', response)
      expectEqual(sortedValues(body, 'members'), ids.slice(0, 2).toSorted(), 'members', response)
    },
  }),
  practice('many-operations', ['R-194'], {
    description: 'PATCH accepts many operations in one request.',
    rationale: 'Clients that send a day’s changes in one request are rejected.',
    remedy: 'Limit the size of the body, not the number of operations.',
    after: ['rfc/patch-replace/single-value'],
    given: { group: true },
    request: ({ mark }) => ({
      patch: Array.from({ length: 101 }, (_, number) => replace('displayName', `${mark}-${number}`)),
      of: 'group',
    }),
    expect: ({ mark }) => ({ stored: { displayName: `${mark}-100` } }),
  }),
])
