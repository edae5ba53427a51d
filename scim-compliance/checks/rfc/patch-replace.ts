import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, skip } from '../../expect.ts'
import {
  createWithAddresses,
  createWithEmails,
  createWithPrimary,
  objectsIn,
  primaryEmails,
  requireWritable,
  sortedValues,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { readBody } from '../steps/create-and-read.ts'
import { expectFound } from '../steps/lists.ts'
import {
  expectDisabled,
  expectNameParts,
  expectReplacesText,
  expectSetsText,
  patchAndRead,
} from '../steps/patches.ts'
import { skipAsConsequence } from '../steps/prerequisites.ts'
import { patchReplaceArea } from './areas.ts'
import { defineChecks, defineRejectionChecks, must, practice, should } from './define-checks.ts'

const stale =
  'Most changes that Entra ID and Okta send are replace operations. If they aren’t applied, the account becomes outdated.'

export const patchReplaceAttributeChecks: readonly Check[] = defineChecks(patchReplaceArea, [
  should('single-value', ['R-188'], {
    description: 'replace changes a single-valued attribute.',
    rationale: stale,
    remedy: 'Set the attribute that the path names.',
    run: context => expectReplacesText(context, (path, value) => ({ op: 'replace', path, value })),
  }),
  should('active', ['R-188'], {
    description: 'replace sets active to false and to true.',
    rationale: 'Clients disable users this way. Users who leave keep their accounts.',
    remedy: 'Allow clients to change active with PATCH, as a boolean.',
    run: async context => {
      requireWritable(context.users, 'active')
      const made = await context.create(context.users, { active: true })
      for (const value of [false, true]) {
        const { body, response } = await patchAndRead(context, made, { op: 'replace', path: 'active', value })
        expectEqual(valueIn(body, 'active'), value, 'active', response)
      }
    },
  }),
  must('unassigned', ['R-190'], {
    description: 'replace of an attribute without a value adds the value.',
    rationale: 'Clients don’t know whether the attribute has a value, and their change is rejected.',
    remedy: 'Treat replace on an unassigned attribute as add.',
    run: context => expectSetsText(context, (path, value) => ({ op: 'replace', path, value })),
  }),
  should('no-path', ['R-188'], {
    description: 'replace without path accepts an object of attributes, and changes no others.',
    rationale: 'Okta disables users with `{"op": "replace", "value": {"active": false}}`.',
    remedy: 'Replace each attribute of the object in value as if a path named it.',
    run: async context => {
      const text = textAttributeName(context.users)
      const other = textAttributeName(context.users, [text])
      const [value, kept] = [context.unique(), context.unique()]
      const made = await context.create(context.users, { [text]: context.unique(), [other]: kept })
      const { body, response } = await patchAndRead(context, made, {
        op: 'replace',
        value: { [text]: value },
      })
      expectEqual(valueIn(body, text), value, text, response)
      expectEqual(valueIn(body, other), kept, other, response)
    },
  }),
  should('no-path-active', ['R-188'], {
    description: 'replace without path sets active to false.',
    rationale: 'Okta disables users this way. Users who leave would keep their accounts.',
    remedy: 'Replace each attribute of the object in value, including booleans.',
    run: context => expectDisabled(context, { op: 'replace', value: { active: false } }),
  }),
  should('whole-list', ['R-189'], {
    description: 'replace of a multi-valued attribute replaces all its values.',
    rationale: 'Old addresses remain, and mail goes to them.',
    remedy: 'Replace all existing values with those that were sent.',
    run: async context => {
      requireWritable(context.users, 'emails.value', 'emails.type')
      const mark = context.unique()
      const email = (name: string) => ({
        type: 'work',
        value: `${name}-${mark}@example.com`,
        primary: true,
      })
      const made = await context.create(context.users, { emails: [email('old')] })
      const change = { op: 'replace', path: 'emails', value: [email('new')] }
      const { body, response } = await patchAndRead(context, made, change)
      expectEqual(sortedValues(body, 'emails'), [`new-${mark}@example.com`], 'emails', response)
    },
  }),
  should('merges-complex', ['R-191'], {
    description: 'replace of a complex attribute changes only the sub-attributes in value.',
    rationale: 'Changing a family name removes the given name.',
    remedy: 'Replace the sub-attributes in value, not the whole object.',
    run: context =>
      expectNameParts(
        context,
        { op: 'replace', path: 'name', value: { familyName: 'Married' } },
        { familyName: 'Married', givenName: 'Ann' },
      ),
  }),
  should('sub-attribute', ['R-170', 'R-191'], {
    description: 'replace of `name.familyName` changes only this sub-attribute.',
    rationale: stale,
    remedy: 'Resolve paths with a sub-attribute.',
    run: context =>
      expectNameParts(
        context,
        { op: 'replace', path: 'name.familyName', value: 'Married' },
        { familyName: 'Married', givenName: 'Ann' },
      ),
  }),
])

const wrong = 'The wrong address or number is changed.'

export const patchReplaceByFilterChecks: readonly Check[] = defineChecks(patchReplaceArea, [
  should('part-by-filter', ['R-192'], {
    description:
      'replace of `emails[type eq "work"].value` changes this sub-attribute of the matching values only.',
    rationale: wrong,
    remedy: 'Evaluate the filter for each value, and change the sub-attribute of the values that match.',
    run: async context => {
      const { made, address } = await createWithAddresses(context, 'work', 'home')
      const change = { op: 'replace', path: 'emails[type eq "work"].value', value: address('new') }
      const { body, response } = await patchAndRead(context, made, change)
      expectEqual(sortedValues(body, 'emails'), [address('home'), address('new')], 'emails', response)
      const work = objectsIn(body, 'emails').find(({ type }) => type === 'work')
      expectEqual(work?.value, address('new'), 'value of the work address', response)
    },
  }),
  must('value-by-filter', ['R-192'], {
    description: 'replace of `emails[type eq "work"]` replaces the matching values.',
    rationale: wrong,
    remedy: 'Replace each value that matches with value.',
    run: async context => {
      const { made, address } = await createWithAddresses(context, 'work', 'home')
      const value = { type: 'work', value: address('new') }
      const { body, response } = await patchAndRead(context, made, {
        op: 'replace',
        path: 'emails[type eq "work"]',
        value,
      })
      expectEqual(sortedValues(body, 'emails'), [address('home'), address('new')], 'emails', response)
    },
  }),
  should('every-match', ['R-192'], {
    description: 'replace with a filter changes every matching value.',
    rationale: 'Only one of two values is changed.',
    remedy: 'Change every value that matches, not only the first.',
    run: async context => {
      requireWritable(context.users, 'emails.display', 'emails.type', 'emails.value')
      const mark = context.unique()
      const made = await createWithEmails(context, {
        emails: ['a', 'b'].map(name => ({ type: 'work', value: `${name}-${mark}@example.com` })),
      })
      const change = { op: 'replace', path: 'emails[type eq "work"].display', value: 'Office' }
      const { body, response } = await patchAndRead(context, made, change)
      const displays = objectsIn(body, 'emails').map(({ display }) => display ?? null)
      expectEqual(displays, ['Office', 'Office'], 'emails.display', response)
    },
  }),
  must('moves-primary', ['R-174'], {
    description: 'Setting primary to true on one value sets it to false on the others.',
    source: 'RFC 7644 §3.5.2',
    rationale: 'With two primary addresses, mail may go to the old one.',
    remedy: 'Set primary to false on all other values when one becomes primary.',
    run: async context => {
      const { made } = await createWithPrimary(context, 'home')
      const change = { op: 'replace', path: 'emails[type eq "home"].primary', value: true }
      const response = await context.patch(made.path, change)
      if (response.status >= 400) skip(`The server rejects setting primary by a filter (${response.status}).`)
      const body = await readBody(context, made.path)
      const primary = primaryEmails(body).map(({ type }) => type ?? null)
      expectEqual(primary, ['home'], 'types of the primary addresses', response)
    },
  }),
  practice('op-in-any-case', ['R-169'], {
    description: 'op ignores case: `Replace`.',
    rationale:
      'By default, Entra ID writes Add, Replace and Remove. Every change that it sends would be rejected.',
    remedy: 'Ignore case when you compare op.',
    run: context => expectSetsText(context, (path, value) => ({ op: 'Replace', path, value })),
  }),
])

async function replaceDisplay(context: CheckContext, filter: string): Promise<ScimResponse> {
  requireWritable(context.users, 'emails.value', 'emails.type')
  const value = `${context.unique()}@example.com`
  const made = await context.create(context.users, { emails: [{ type: 'work', value, primary: true }] })
  return context.patch(made.path, { op: 'replace', path: `emails[${filter}].display`, value: 'Somebody' })
}

export const patchReplaceRejectionChecks: readonly Check[] = defineRejectionChecks(patchReplaceArea, [
  {
    id: 'refuses-no-match',
    description: 'replace with a filter that matches nothing returns 400.',
    requirements: ['R-193'],
    rationale: 'The client assumes that a phone number or address was changed.',
    remedy: 'Return 400 with scimType noTarget.',
    scimTypes: ['noTarget'],
    control: context => replaceDisplay(context, 'type eq "work"'),
    send: context => replaceDisplay(context, 'value eq "nobody@example.org"'),
  },
])

export const patchReplaceUserNameChecks: readonly Check[] = defineChecks(patchReplaceArea, [
  should('user-name', ['R-188'], {
    description: 'replace changes userName.',
    rationale: 'Users who change their name keep signing in with the old one.',
    remedy: 'Allow clients to change userName. Identify resources by their id.',
    run: async context => {
      requireWritable(context.users, 'userName')
      const made = await context.create(context.users)
      const value = context.sample(context.users).userName ?? skip('Users have no userName.')
      const { body, response } = await patchAndRead(context, made, { op: 'replace', path: 'userName', value })
      expectEqual(valueIn(body, 'userName'), value, 'userName', response)
    },
  }),
  must('user-name-found', ['R-188', 'R-097'], {
    description:
      'After replace of userName, a search by the new name returns the user, and one by the old name doesn’t.',
    needs: ['filter'],
    rationale: 'Clients search for users by their new name, find no user, and create duplicates.',
    remedy: 'Update the index of names together with the name.',
    run: async context => {
      requireWritable(context.users, 'userName')
      const made = await context.create(context.users)
      const value = context.sample(context.users).userName ?? skip('Users have no userName.')
      const { body } = await patchAndRead(context, made, { op: 'replace', path: 'userName', value })
      if (valueIn(body, 'userName') !== value)
        skipAsConsequence('The name isn’t changed', 'rfc/patch-replace/user-name')
      await expectFound(context, context.users, `userName eq ${JSON.stringify(value)}`, [made])
      const old = JSON.stringify(valueIn(made.body, 'userName') ?? '')
      await expectFound(context, context.users, `userName eq ${old}`, [], [made])
    },
  }),
])
