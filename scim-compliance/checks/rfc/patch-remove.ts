import type { Check } from '../../check.ts'
import { skip } from '../../expect.ts'
import { enterpriseUrn, isObject } from '../../scim.ts'
import { type Form, fitting } from '../forms.ts'
import { extensionValues, findAttribute, valueIn } from '../steps/attributes.ts'
import { changesEmails, remove } from '../steps/patches.ts'
import { area, patchedText } from './areas.ts'
import { defineChecks, type Invalid, must, practice, refuses, refusesNamed } from './define-checks.ts'

/** Removes a user's only phone number; skips if one is required. */
const removesPhone = (path: string): Form => ({
  given: { has: ['phoneNumbers'], user: { phoneNumbers: [{ type: 'work', value: 'tel:+1-201-555-0123' }] } },
  request: ({ context: { users } }) => {
    if (findAttribute(users, 'phoneNumbers')?.required) skip('A phone number is required.')
    return { patch: remove(path) }
  },
  expect: { stored: { phoneNumbers: undefined } },
})

const removes = (path?: string): Invalid => ({
  given: { user: true },
  request: { patch: { op: 'remove', ...(path !== undefined && { path }) } },
})

const patchRemoveArea = area('patch-remove', 'PATCH remove', 'RFC 7644 §3.5.2.2', {
  ...patchedText,
  after: [...patchedText.after, 'rfc/patch-remove/single-value'],
  rationale: 'Values that were removed at the source remain: old titles, phone numbers, managers.',
})

export const patchRemoveChecks: readonly Check[] = defineChecks(patchRemoveArea, [
  must('single-value', ['R-183'], {
    description: 'remove clears a single-valued attribute.',
    remedy: 'Remove the attribute that the path names.',
    given: { user: s => ({ [s.text]: s.mark }) },
    request: s => ({ patch: remove(s.text) }),
    expect: s => ({ stored: { [s.text]: undefined } }),
  }),
  must('whole-list', ['R-183'], {
    description: 'remove of a multi-valued attribute removes all its values.',
    remedy: 'Remove all values if the path has no filter.',
    ...removesPhone('phoneNumbers'),
  }),
  must('sub-attribute', ['R-170', 'R-183'], {
    description: 'remove of `name.middleName` removes only this sub-attribute.',
    remedy: 'Resolve paths with a sub-attribute.',
    given: {
      has: ['name.middleName', 'name.familyName'],
      user: { name: { givenName: 'Ann', middleName: 'B.', familyName: 'Check' } },
    },
    request: { patch: remove('name.middleName') },
    expect: { stored: { 'name.middleName': undefined, 'name.familyName': 'Check' } },
  }),
  must('by-filter', ['R-184'], {
    description: 'remove with a filter removes only the matching values.',
    rationale: 'The wrong address is removed or all of them are.',
    remedy: 'Evaluate the filter in the path for each value.',
    after: ['rfc/patch-replace/part-by-filter'],
    run: changesEmails(['work', 'home'], () => ({ patch: remove('emails[type eq "home"]'), left: ['work'] })),
  }),
  must('by-filter-of-two', ['R-170', 'R-184'], {
    description: 'A filter in a path can have several conditions.',
    rationale: 'The wrong address is removed or none is.',
    remedy: 'Support the full filter grammar in the brackets of a path.',
    after: ['rfc/patch-remove/by-filter'],
    run: changesEmails(['work', 'home'], address => ({
      patch: remove(`emails[type eq "home" and value eq "${address('home')}"]`),
      left: ['work'],
    })),
  }),
  must('last-by-filter', ['R-184'], {
    description: 'When a filter removes the last value, the attribute is unassigned.',
    rationale: 'Clients see an empty value, and try to remove it again.',
    remedy: 'Omit the attribute if no value remains.',
    after: ['rfc/patch-remove/by-filter'],
    ...removesPhone('phoneNumbers[type eq "work"]'),
  }),
  must('part-by-filter', ['R-170', 'R-184'], {
    description:
      'remove of `emails[type eq "home"].display` removes this sub-attribute of the matching values.',
    remedy: 'Resolve paths with a filter and a sub-attribute.',
    after: ['rfc/patch-remove/by-filter'],
    given: {
      has: ['emails.value', 'emails.type', 'emails.display'],
      user: ({ mark }) => ({ emails: [{ type: 'home', value: `${mark}@example.com`, display: 'Home' }] }),
    },
    request: { patch: remove('emails[type eq "home"].display') },
    expect: ({ mark }) => ({
      stored: {
        // A server may replace the removed value with a default of its own.
        'emails[type eq "home"].display': fitting('other than Home', display => display !== 'Home'),
        'emails[type eq "home"].value': `${mark}@example.com`,
      },
    }),
  }),
  practice('unassigned', ['R-183'], {
    description: 'remove of an attribute without a value succeeds.',
    rationale: 'Clients that make sure that a value is removed are rejected in every run.',
    remedy: 'Return the same response as if the attribute had been removed.',
    given: { user: true },
    request: s => ({ patch: remove(s.text) }),
    expect: s => ({ stored: { [s.text]: undefined } }),
  }),
  must('from-extension', ['R-170', 'R-183'], {
    description: 'remove accepts the full name of an extension attribute.',
    needs: ['enterprise'],
    remedy: 'Resolve paths that start with the URN of an extension.',
    after: ['rfc/patch-paths/extension-attribute'],
    given: {
      has: [`${enterpriseUrn}:department`],
      user: ({ context, mark }) =>
        extensionValues(context, context.users, enterpriseUrn, { department: mark, employeeNumber: mark }),
    },
    request: { patch: remove(`${enterpriseUrn}:department`) },
    expect: { stored: { [`${enterpriseUrn}:department`]: undefined } },
  }),
  practice('last-of-extension', ['R-176'], {
    description: 'Removing the last attribute of an extension removes its URN from schemas.',
    source: 'RFC 7644 §3.5.2',
    needs: ['enterprise'],
    rationale: 'Clients look for values of an extension that has none.',
    remedy: 'List only extensions that have a value in schemas.',
    after: ['rfc/patch-remove/from-extension'],
    given: {
      has: [`${enterpriseUrn}:department`],
      user: ({ context, mark }) =>
        extensionValues(context, context.users, enterpriseUrn, { department: mark }),
    },
    request: ({ user }) => {
      const values = valueIn(user.body, enterpriseUrn)
      if (!isObject(values) || Object.keys(values).length !== 1)
        skip('The server adds attributes to the extension itself.')
      return { patch: remove(`${enterpriseUrn}:department`) }
    },
    expect: {
      stored: {
        schemas: fitting(`a list without ${enterpriseUrn}`, urns => ![urns].flat().includes(enterpriseUrn)),
      },
    },
  }),
  must('several', ['R-171', 'R-183'], {
    description: 'PATCH removes several attributes in one request.',
    remedy: 'Apply all operations of a request.',
    given: { user: s => ({ [s.text]: s.mark, [s.text2]: s.mark }) },
    request: s => ({ patch: [s.text, s.text2].map(path => remove(path)) }),
    expect: s => ({ stored: { [s.text]: undefined, [s.text2]: undefined } }),
  }),
  must('refuses-no-path', ['R-182'], {
    description: 'remove without path returns 400.',
    rationale: 'A client that omits the path by mistake would remove everything, or assume that it did.',
    remedy: 'Return 400 with scimType noTarget for a remove without a path.',
    after: ['probe/patch-validated'],
    ...refuses(removes()),
  }),
  must('refuses-required', ['R-185'], {
    description: 'remove of the required attribute userName returns 400.',
    rationale: 'A user without a name can’t be found or changed any more.',
    remedy: 'Return 400 with scimType mutability.',
    after: ['probe/patch-validated'],
    ...refuses(removes('userName')),
  }),
  must('refuses-read-only', ['R-185', 'R-173'], {
    description: 'remove of the readOnly attribute id returns 400.',
    rationale: 'The client assumes that the value was removed.',
    remedy: 'Return 400 with scimType mutability.',
    after: ['probe/patch-validated', 'rfc/patch/refuses-read-only'],
    ...refuses(removes('id')),
  }),
  refusesNamed(['R-173', 'R-182', 'R-185'], ['probe/patch-validated'], {
    'without path': [removes(), 'noTarget'],
    'of userName': [removes('userName'), 'mutability', 'invalidValue'],
    'of id': [removes('id'), 'mutability'],
  }),
])
