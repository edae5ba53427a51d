import type { Check } from '../../check.ts'
import { expectEqual, skip } from '../../expect.ts'
import { over } from '../forms.ts'
import { createWithAddresses, objectsIn, textAttributeName, valueIn } from '../steps/attributes.ts'
import {
  acceptedBlame,
  add,
  addsHome,
  changesEmails,
  changesName,
  disables,
  patchAndRead,
  replacesText,
  setsText,
} from '../steps/patches.ts'
import { area, patched, patchedText } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

const patchAddArea = area('patch-add', 'PATCH add', 'RFC 7644 §3.5.2.1', {
  ...patchedText,
  rationale:
    'Entra ID, Okta and others add values that were set at the source. If the value isn’t stored, they add it again in every cycle.',
})

const valueChecks = defineChecks(patchAddArea, [
  should('single-value', ['R-179'], {
    description: 'add sets an attribute without a value.',
    remedy: 'Set the attribute that the path names.',
    ...setsText(({ text, mark }) => add(text, mark)),
  }),
  should('single-value-replaces', ['R-179'], {
    description: 'add to a single-valued attribute with a value replaces the value.',
    rationale:
      'Entra ID doesn’t always send replace for a change. After an add, the old title or department would remain.',
    remedy: 'Treat add on a single-valued attribute as replace.',
    after: ['rfc/patch-add/single-value'],
    ...replacesText(({ text, mark }) => add(text, mark)),
  }),
  should('appends-list', ['R-179'], {
    description: 'add of a list to a multi-valued attribute keeps the existing values.',
    rationale: 'Adding an address removes the existing ones.',
    remedy: 'Append the values to the existing ones.',
    blame: acceptedBlame,
    run: addsHome(home => add('emails', [home])),
  }),
  should('appends-object', ['R-179'], {
    description: 'add of one object to a multi-valued attribute appends it.',
    remedy: 'Treat a single object as a list with one entry.',
    after: ['rfc/patch-add/appends-list'],
    run: addsHome(home => add('emails', home)),
  }),
  should('merges-complex', ['R-170', 'R-179'], {
    description: 'add to `name` or to `name.givenName` keeps the sub-attributes that aren’t named.',
    rationale: 'Setting a given name removes the family name, or has no effect.',
    remedy: 'Resolve paths with a sub-attribute, and merge an object in value into the existing one.',
    after: ['rfc/patch-replace/sub-attribute'],
    ...over({ name: { givenName: 'Anna' }, 'name.givenName': 'Anna' }, (value, path) =>
      changesName(add(path, value), { 'name.givenName': 'Anna', 'name.familyName': 'Check' }),
    ),
  }),
  should('no-path', ['R-178'], {
    description: 'add without path accepts an object of attributes.',
    rationale:
      'With the flag aadOptscim062020, Entra ID sends several attributes in one operation without a path.',
    remedy: 'Add each attribute of the object in value as if a path named it.',
    after: ['rfc/patch-replace/no-path'],
    given: { user: s => ({ [s.text2]: s.mark }) },
    request: s => ({ patch: { op: 'add', value: { [s.text]: s.mark } } }),
    expect: s => ({ stored: { [s.text]: s.mark, [s.text2]: s.mark } }),
  }),
  should('no-path-list', ['R-178', 'R-179'], {
    description: 'add without path appends to multi-valued attributes.',
    rationale: 'Adding an address removes the existing ones.',
    remedy: 'Append the lists in the object in value to the existing ones.',
    after: ['rfc/patch-add/appends-list', 'rfc/patch-replace/no-path'],
    run: addsHome(home => ({ op: 'add', value: { emails: [home] } })),
  }),
  practice('no-path-dotted-names', ['R-178'], {
    description: 'add without path accepts names with a dot: `{"name.givenName": "Anna"}`.',
    rationale: 'Entra ID sends such names with its flag. Changes of names are rejected or lost silently.',
    remedy: 'Parse the names in value as paths.',
    after: ['rfc/patch-replace/no-path'],
    ...changesName({ op: 'add', value: { 'name.givenName': 'Anna' } }, { 'name.givenName': 'Anna' }),
  }),
  should('what-is-there', ['R-180'], {
    description: 'add of an existing value succeeds and creates no duplicate.',
    rationale: 'Clients that send a value again are rejected or store it twice.',
    remedy: 'Compare the values with the existing ones, and skip equal ones.',
    after: ['rfc/patch-add/appends-list'],
    run: changesEmails(['work', 'other'], address => ({
      patch: add('emails', [{ type: 'work', value: address('work') }]),
      left: ['work', 'other'],
    })),
  }),
  must('what-is-there-moves-nothing', ['R-180'], {
    description: 'add of an existing value doesn’t change meta.lastModified.',
    rationale:
      'Each run of a client looks like a change of every resource to clients that query for changes.',
    remedy: 'Write only if something differs.',
    after: ['rfc/patch-add/single-value'],
    run: async context => {
      const text = textAttributeName(context.users)
      const change = add(text, context.unique())
      const made = await context.create(context.users, { [text]: change.value ?? '' })
      // The first request may normalize what the create stored.
      const first = await patchAndRead(context, made, change)
      const modified = valueIn(first.body, 'meta', 'lastModified') ?? skip('There is no meta.lastModified.')
      const { body, response } = await patchAndRead(context, made, change)
      expectEqual(valueIn(body, 'meta', 'lastModified'), modified, 'meta.lastModified', response)
    },
  }),
  practice('creates-filtered-value', ['R-181'], {
    description: 'add to `emails[type eq "home"].value` creates the value if none matches.',
    rationale:
      'Entra ID sets addresses and phone numbers this way. If the request is rejected, the whole user stays in escrow.',
    remedy: 'If no value matches the filter of an add, create one from the filter.',
    after: ['rfc/patch-replace/part-by-filter'],
    run: async context => {
      const { made, address } = await createWithAddresses(context, 'work', 'other')
      const change = add('emails[type eq "home"].value', address('home'))
      const { body, response } = await patchAndRead(context, made, change)
      const home = objectsIn(body, 'emails').find(({ type }) => type === 'home')
      expectEqual(home?.value, address('home'), 'value of the home address', response)
    },
  }),
  should('externalId', ['R-179'], {
    description: 'add sets externalId.',
    rationale: 'Clients match by it from then on. Without it, they create duplicates.',
    remedy: 'Allow clients to change externalId like any other attribute.',
    after: ['rfc/common/external-id-kept'],
    given: { user: true },
    request: ({ user, mark }) => {
      if (user.body.externalId !== undefined) skip('The server sets externalId itself.')
      return { patch: add('externalId', mark) }
    },
    expect: ({ mark }) => ({ stored: { externalId: mark } }),
  }),
])

const booleanChecks = defineChecks({ ...patchAddArea, ...patched }, [
  should('boolean', ['R-179'], {
    description: 'add stores false as a value.',
    rationale: 'Users who leave the organization stay active.',
    remedy: 'Distinguish false from a missing value.',
    after: ['rfc/patch-replace/active'],
    run: disables(add('active', false)),
  }),
])

export const patchAddChecks: readonly Check[] = [...valueChecks, ...booleanChecks]
