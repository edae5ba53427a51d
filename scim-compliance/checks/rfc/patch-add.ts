import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import {
  createWithAddresses,
  createWithPrimary,
  objectsIn,
  primaryEmails,
  sortedValues,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { readBody } from '../steps/create-and-read.ts'
import {
  expectDisabled,
  expectNameParts,
  expectPatched,
  expectReplacesText,
  expectSetsText,
  patchAndRead,
  requirePatchEffect,
} from '../steps/patches.ts'
import { skipAsConsequence } from '../steps/prerequisites.ts'
import { patchAddArea } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

async function withAddressToAdd(context: CheckContext) {
  const found = await createWithAddresses(context, 'work', 'other')
  const home: JsonObject = { type: 'home', value: found.address('home') }
  return { ...found, home }
}

export const patchAddSpecialCaseChecks: readonly Check[] = defineChecks(patchAddArea, [
  should('what-is-there', ['R-180'], {
    description: 'add of an existing value succeeds and creates no duplicate.',
    rationale: 'Clients that send a value again are rejected or store it twice.',
    remedy: 'Compare the values with the existing ones, and skip equal ones.',
    run: async context => {
      const { made, address, home } = await withAddressToAdd(context)
      const control = await patchAndRead(context, made, { op: 'add', path: 'emails', value: [home] })
      if (!sortedValues(control.body, 'emails').includes(address('home')))
        skipAsConsequence('Adding an address has no effect', 'rfc/patch-add/appends-list')
      const value = [{ type: 'work', value: address('work') }]
      const { body, response } = await patchAndRead(context, made, { op: 'add', path: 'emails', value })
      expectEqual(sortedValues(body, 'emails'), ['home', 'other', 'work'].map(address), 'emails', response)
    },
  }),
  must('what-is-there-moves-nothing', ['R-180'], {
    description: 'add of an existing value doesn’t change meta.lastModified.',
    rationale:
      'Each run of a client looks like a change of every resource to clients that query for changes.',
    remedy: 'Write only if something differs.',
    run: async context => {
      const text = textAttributeName(context.users)
      const value = context.unique()
      const made = await context.create(context.users, { [text]: value })
      await requirePatchEffect(context, made, text)
      await expectPatched(context, made.path, { op: 'add', path: text, value })
      const before = await readBody(context, made.path)
      const modified = valueIn(before, 'meta', 'lastModified') ?? skip('There is no meta.lastModified.')
      const { body, response } = await patchAndRead(context, made, { op: 'add', path: text, value })
      expectEqual(valueIn(body, 'meta', 'lastModified'), modified, 'meta.lastModified', response)
    },
  }),
  practice('creates-filtered-value', ['R-181'], {
    description: 'add to `emails[type eq "home"].value` creates the value if none matches.',
    rationale:
      'Entra ID sets addresses and phone numbers this way. If the request is rejected, the whole user stays in escrow.',
    remedy: 'If no value matches the filter of an add, create one from the filter.',
    run: async context => {
      const { made, address } = await withAddressToAdd(context)
      const change = { op: 'add', path: 'emails[type eq "home"].value', value: address('home') }
      const { body, response } = await patchAndRead(context, made, change)
      const home = objectsIn(body, 'emails').find(({ type }) => type === 'home')
      expectEqual(home?.value, address('home'), 'value of the home address', response)
    },
  }),
  must('moves-primary', ['R-174'], {
    description: 'add of a primary value sets primary to false on the other values.',
    source: 'RFC 7644 §3.5.2',
    rationale: 'With two primary addresses, mail may go to the old one.',
    remedy: 'Set primary to false on all other values when one becomes primary.',
    run: async context => {
      const { made, address } = await createWithPrimary(context, 'other')
      const change = {
        op: 'add',
        path: 'emails',
        value: [{ type: 'home', value: address('home'), primary: true }],
      }
      const response = await context.patch(made.path, change)
      if (response.status >= 400)
        skipAsConsequence('Adding an address is rejected', 'rfc/patch-add/appends-list')
      const primary = primaryEmails(await readBody(context, made.path)).map(({ value }) => value ?? null)
      expectEqual(primary, [address('home')], 'primary addresses', response)
    },
  }),
  should('boolean', ['R-179'], {
    description: 'add stores false as a value.',
    rationale: 'Users who leave the organization stay active.',
    remedy: 'Distinguish false from a missing value.',
    run: context => expectDisabled(context, { op: 'add', path: 'active', value: false }),
  }),
  should('externalId', ['R-179'], {
    description: 'add sets externalId.',
    rationale: 'Clients match by it from then on. Without it, they create duplicates.',
    remedy: 'Allow clients to change externalId like any other attribute.',
    run: async context => {
      const value = context.unique()
      const made = await context.create(context.users)
      if (made.body.externalId !== undefined) skip('The server sets externalId itself.')
      const response = await context.patch(made.path, { op: 'add', path: 'externalId', value })
      expectStatus(response, 200, 204)
      expectEqual((await readBody(context, made.path)).externalId, value, 'externalId', response)
    },
  }),
])

const lost =
  'Entra ID, Okta and others add values that were set at the source. If the value isn’t stored, they add it again in every cycle.'

export const patchAddWithPathChecks: readonly Check[] = defineChecks(patchAddArea, [
  should('single-value', ['R-179'], {
    description: 'add sets an attribute without a value.',
    rationale: lost,
    remedy: 'Set the attribute that the path names.',
    run: context => expectSetsText(context, (path, value) => ({ op: 'add', path, value })),
  }),
  should('single-value-replaces', ['R-179'], {
    description: 'add to a single-valued attribute with a value replaces the value.',
    rationale:
      'Entra ID doesn’t always send replace for a change. After an add, the old title or department would remain.',
    remedy: 'Treat add on a single-valued attribute as replace.',
    run: context => expectReplacesText(context, (path, value) => ({ op: 'add', path, value })),
  }),
  should('appends-list', ['R-179'], {
    description: 'add of a list to a multi-valued attribute keeps the existing values.',
    rationale: 'Adding an address removes the existing ones.',
    remedy: 'Append the values to the existing ones.',
    run: async context => {
      const { made, address, home } = await withAddressToAdd(context)
      const change = { op: 'add', path: 'emails', value: [home] }
      const { body, response } = await patchAndRead(context, made, change)
      expectEqual(sortedValues(body, 'emails'), ['home', 'other', 'work'].map(address), 'emails', response)
    },
  }),
  should('appends-object', ['R-179'], {
    description: 'add of one object to a multi-valued attribute appends it.',
    rationale: lost,
    remedy: 'Treat a single object as a list with one entry.',
    run: async context => {
      const { made, address, home } = await withAddressToAdd(context)
      const { body, response } = await patchAndRead(context, made, { op: 'add', path: 'emails', value: home })
      const emails = sortedValues(body, 'emails')
      expectThat(emails.includes(address('home')), `emails with ${address('home')}`, emails, response)
    },
  }),
  should('merges-complex', ['R-179'], {
    description: 'add to a complex attribute keeps the sub-attributes that aren’t named.',
    rationale: 'Setting a given name removes the family name.',
    remedy: 'Merge the object in value into the existing one.',
    run: context =>
      expectNameParts(
        context,
        { op: 'add', path: 'name', value: { givenName: 'Anna' } },
        { givenName: 'Anna', familyName: 'Check' },
      ),
  }),
  should('sub-attribute', ['R-170', 'R-179'], {
    description: 'add to `name.givenName` sets only this sub-attribute.',
    rationale: lost,
    remedy: 'Resolve paths with a sub-attribute.',
    run: context =>
      expectNameParts(
        context,
        { op: 'add', path: 'name.givenName', value: 'Anna' },
        { givenName: 'Anna', familyName: 'Check' },
      ),
  }),
])

export const patchAddWithoutPathChecks: readonly Check[] = defineChecks(patchAddArea, [
  should('no-path', ['R-178'], {
    description: 'add without path accepts an object of attributes.',
    rationale:
      'With the flag aadOptscim062020, Entra ID sends several attributes in one operation without a path.',
    remedy: 'Add each attribute of the object in value as if a path named it.',
    run: async context => {
      const [text, other] = [
        textAttributeName(context.users),
        textAttributeName(context.users, [textAttributeName(context.users)]),
      ]
      const [value, kept] = [context.unique(), context.unique()]
      const made = await context.create(context.users, { [other]: kept })
      const { body, response } = await patchAndRead(context, made, { op: 'add', value: { [text]: value } })
      expectEqual(valueIn(body, text), value, text, response)
      expectEqual(valueIn(body, other), kept, other, response)
    },
  }),
  should('no-path-list', ['R-178', 'R-179'], {
    description: 'add without path appends to multi-valued attributes.',
    rationale: 'Adding an address removes the existing ones.',
    remedy: 'Append the lists in the object in value to the existing ones.',
    run: async context => {
      const { made, address, home } = await withAddressToAdd(context)
      const { body, response } = await patchAndRead(context, made, { op: 'add', value: { emails: [home] } })
      const emails = sortedValues(body, 'emails')
      expectThat(emails.includes(address('home')), `emails with ${address('home')}`, emails, response)
    },
  }),
  practice('no-path-dotted-names', ['R-178'], {
    description: 'add without path accepts names with a dot: `{"name.givenName": "Anna"}`.',
    rationale: 'Entra ID sends such names with its flag. Changes of names are rejected or lost silently.',
    remedy: 'Parse the names in value as paths.',
    run: context =>
      expectNameParts(context, { op: 'add', value: { 'name.givenName': 'Anna' } }, { givenName: 'Anna' }),
  }),
])
