import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, isSuccess, skip } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { over } from '../forms.ts'
import { createWithPrimary, objectsIn, requireWritable } from '../steps/attributes.ts'
import { readBody } from '../steps/create-and-read.ts'
import { expectFound } from '../steps/lists.ts'
import {
  type Address,
  acceptedBlame,
  add,
  changesEmails,
  changesName,
  createWithTwoWorkEmails,
  disables,
  expectWorkEmailsRenamed,
  hiddenBlame,
  onlyEmail,
  patchActive,
  patchAndRead,
  renamesWorkEmails,
  replace,
  replacesEmails,
  replacesText,
  setsText,
} from '../steps/patches.ts'
import { area, patched, patchedText } from './areas.ts'
import { defineChecks, type Invalid, must, practice, refuses, refusesNamed, should } from './define-checks.ts'

const patchReplaceArea = area('patch-replace', 'PATCH replace', 'RFC 7644 §3.5.2.3', {
  ...patchedText,
  rationale:
    'Most changes that Entra ID and Okta send are replace operations. If they aren’t applied, the account becomes outdated.',
})

/** The name Ann Check after a change of the family name. */
const married = { 'name.familyName': 'Married', 'name.givenName': 'Ann' }

/** replace with a filter that doesn't match the user's only address. */
const noMatch: Invalid = {
  given: {
    has: ['emails.value', 'emails.type', 'emails.display'],
    user: ({ mark }) => ({ emails: onlyEmail(mark) }),
  },
  request: { patch: replace('emails[value eq "nobody@example.org"].display', 'Somebody') },
}

/** By what becomes primary. */
const primaries: Readonly<Record<string, (address: Address) => JsonObject>> = {
  home: () => replace('emails[type eq "home"].primary', true),
  other: address => add('emails', [{ type: 'other', value: address('other'), primary: true }]),
}

/** A user, another name, and the operation that sets it. */
async function renamed(context: CheckContext) {
  requireWritable(context.users, 'userName')
  const made = await context.create(context.users)
  const value = context.sample(context.users).userName ?? skip('Users have no userName.')
  return { made, value, patch: replace('userName', value) }
}

const activeChecks = defineChecks({ ...patchReplaceArea, ...patched }, [
  should('active', ['R-188'], {
    description: 'replace sets active to false and to true.',
    rationale: 'Clients disable users this way. Users who leave keep their accounts.',
    remedy: 'Allow clients to change active with PATCH, as a boolean.',
    protects: 'disabling',
    blame: [hiddenBlame],
    run: async context => {
      requireWritable(context.users, 'active')
      const made = await context.create(context.users, { active: true })
      for (const value of [false, true]) await patchActive(context, made, value, replace('active', value))
    },
  }),
])

const afterFilter = ['probe/patch-validated', 'rfc/patch-replace/part-by-filter'] as const

const valueChecks = defineChecks(patchReplaceArea, [
  should('single-value', ['R-188'], {
    description: 'replace changes a single-valued attribute.',
    remedy: 'Set the attribute that the path names.',
    ...replacesText(({ text, mark }) => replace(text, mark)),
  }),
  must('unassigned', ['R-190'], {
    description: 'replace of an attribute without a value adds the value.',
    rationale: 'Clients don’t know whether the attribute has a value, and their change is rejected.',
    remedy: 'Treat replace on an unassigned attribute as add.',
    ...setsText(({ text, mark }) => replace(text, mark)),
  }),
  should('no-path', ['R-188'], {
    description: 'replace without path accepts an object of attributes, and changes no others.',
    rationale: 'Okta disables users with `{"op": "replace", "value": {"active": false}}`.',
    remedy: 'Replace each attribute of the object in value as if a path named it.',
    given: { user: s => ({ [s.text]: `old-${s.mark}`, [s.text2]: s.mark }) },
    request: s => ({ patch: { op: 'replace', value: { [s.text]: s.mark } } }),
    expect: s => ({ stored: { [s.text]: s.mark, [s.text2]: s.mark } }),
  }),
  should('no-path-active', ['R-188'], {
    description: 'replace without path sets active to false.',
    rationale: 'Okta disables users this way. Users who leave would keep their accounts.',
    remedy: 'Replace each attribute of the object in value, including booleans.',
    after: ['rfc/patch-replace/no-path', 'rfc/patch-replace/active'],
    protects: 'disabling',
    blame: [hiddenBlame],
    run: disables({ op: 'replace', value: { active: false } }),
  }),
  should('whole-list', ['R-189'], {
    description: 'replace of a multi-valued attribute replaces all its values.',
    rationale: 'Old addresses remain, and mail goes to them.',
    remedy: 'Replace all existing values with those that were sent.',
    blame: acceptedBlame,
    ...replacesEmails,
  }),
  should('merges-complex', ['R-191'], {
    description: 'replace of a complex attribute changes only the sub-attributes in value.',
    rationale: 'Changing a family name removes the given name.',
    remedy: 'Replace the sub-attributes in value, not the whole object.',
    after: ['rfc/patch-replace/sub-attribute', 'rfc/patch-add/merges-complex'],
    ...changesName(replace('name', { familyName: 'Married' }), married),
  }),
  should('sub-attribute', ['R-170', 'R-191'], {
    description: 'replace of `name.familyName` changes only this sub-attribute.',
    remedy: 'Resolve paths with a sub-attribute, and leave the other sub-attributes unchanged.',
    ...changesName(replace('name.familyName', 'Married'), married),
  }),
  should('part-by-filter', ['R-192'], {
    description:
      'replace of `emails[type eq "work"].value` changes this sub-attribute of the matching values only.',
    rationale: 'The wrong address or number is changed.',
    remedy: 'Evaluate the filter for each value, and change the sub-attribute of the values that match.',
    run: changesEmails(['work', 'home'], address => ({
      patch: replace('emails[type eq "work"].value', address('new')),
      left: ['home', 'new'],
    })),
  }),
  must('value-by-filter', ['R-192'], {
    description: 'replace of `emails[type eq "work"]` replaces the matching values.',
    rationale: 'The wrong address or number is changed.',
    remedy: 'Replace each value that matches with value.',
    after: ['rfc/patch-replace/part-by-filter', 'rfc/patch-remove/by-filter'],
    run: changesEmails(['work', 'home'], address => ({
      patch: replace('emails[type eq "work"]', { type: 'work', value: address('new') }),
      left: ['home', 'new'],
    })),
  }),
  should('every-match', ['R-192'], {
    description: 'replace with a filter changes every matching value.',
    rationale: 'Only one of two values is changed.',
    remedy: 'Change every value that matches, not only the first.',
    after: ['rfc/patch-replace/part-by-filter'],
    run: async context => {
      const made = await createWithTwoWorkEmails(context)
      const { body, response } = await patchAndRead(context, made, renamesWorkEmails)
      expectWorkEmailsRenamed(body, response)
    },
  }),
  must('moves-primary', ['R-174'], {
    description: 'PATCH that sets primary to true on one value sets it to false on the others.',
    source: 'RFC 7644 §3.5.2',
    rationale: 'With two primary addresses, mail may go to the old one.',
    remedy: 'Set primary to false on all other values when one becomes primary.',
    after: ['rfc/values/two-primaries', 'rfc/patch-replace/part-by-filter'],
    ...over(primaries, (patch, primary) => async context => {
      const { made, address } = await createWithPrimary(context, 'home')
      const response = await context.patch(made.path, patch(address))
      if (!isSuccess(response)) skip(`The server rejects setting primary (${response.status}).`)
      const emails = objectsIn(await readBody(context, made.path), 'emails')
      const now = emails.filter(one => one.primary === true).map(({ value }) => value ?? null)
      expectEqual(now, [address(primary)], 'primary addresses', response)
    }),
  }),
  practice('op-in-any-case', ['R-169'], {
    description: 'op ignores case: `Replace`.',
    rationale:
      'By default, Entra ID writes Add, Replace and Remove. Every change that it sends would be rejected.',
    remedy: 'Ignore case when you compare op.',
    after: ['rfc/patch-replace/unassigned'],
    ...setsText(({ text, mark }) => ({ op: 'Replace', path: text, value: mark })),
  }),
  should('user-name', ['R-188'], {
    description: 'replace changes userName.',
    rationale: 'Users who change their name keep signing in with the old one.',
    remedy: 'Allow clients to change userName. Identify resources by their id.',
    run: async context => {
      const { made, value, patch } = await renamed(context)
      const { body, response } = await patchAndRead(context, made, patch)
      expectEqual(body.userName, value, 'userName', response)
    },
  }),
  must('user-name-found', ['R-188', 'R-097'], {
    description:
      'After replace of userName, a search by the new name returns the user, and one by the old name doesn’t.',
    needs: ['filter'],
    rationale: 'Clients search for users by their new name, find no user, and create duplicates.',
    remedy: 'Update the index of names together with the name.',
    after: ['rfc/patch-replace/user-name', 'rfc/filter/eq-string', 'rfc/retrieve/nothing-found'],
    run: async context => {
      const { made, value, patch } = await renamed(context)
      await patchAndRead(context, made, patch)
      await expectFound(context, context.users, `userName eq ${JSON.stringify(value)}`, [made])
      const old = JSON.stringify(made.body.userName ?? '')
      await expectFound(context, context.users, `userName eq ${old}`, [], [made])
    },
  }),
  must('refuses-no-match', ['R-193'], {
    description: 'replace with a filter that matches nothing returns 400.',
    rationale: 'The client assumes that a phone number or address was changed.',
    remedy: 'Return 400 with scimType noTarget.',
    after: afterFilter,
    ...refuses(noMatch),
  }),
  {
    ...refusesNamed(['R-193'], afterFilter, { 'a filter that matches nothing': [noMatch, 'noTarget'] }),
    id: 'refuses-no-match-named',
  },
])

export const patchReplaceChecks: readonly Check[] = [...activeChecks, ...valueChecks]
