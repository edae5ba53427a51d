import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, isInvalid, skip } from '../../expect.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import { expectScimType, type Scene, worksByProbe } from '../forms.ts'
import { extensionValues, isKept } from '../steps/attributes.ts'
import { readBody } from '../steps/create-and-read.ts'
import {
  acceptedBlame,
  add,
  addsHome,
  changesName,
  createWithTwoWorkEmails,
  disables,
  expectWorkEmailsRenamed,
  onlyEmail,
  patchAndRead,
  patchOperation,
  rejectedBlame,
  renamesWorkEmails,
  replace,
  replacesEmails,
  replacesText,
  setsText,
  withoutEffect,
} from '../steps/patches.ts'
import { patchCheck, rejectionBlame } from './areas.ts'

const department = `${enterpriseUrn}:department`

const newName = { familyName: 'Married' }

/** Changes a list of texts from one value to another, where a type declares such a list. */
const changesSimpleList =
  (op: 'add' | 'replace', left: readonly string[]): Check['run'] =>
  async context => {
    const { type, name } = simpleList(context)
    const made = await context.create(type, { [name]: ['old'] })
    const { body, response } = await patchAndRead(context, made, patchOperation(op, name, ['new']))
    const values = body[name]
    expectEqual(Array.isArray(values) ? values.map(String).toSorted() : values, left, name, response)
  }

function simpleList({ types }: CheckContext) {
  for (const type of types) {
    const found = type.attributes.find(
      one => one.multiValued && one.type === 'string' && one.canonicalValues.length === 0 && isKept(one),
    )
    if (found) return { type, name: found.name }
  }
  return skip('No schema declares a list of texts.')
}

/** A path for each attribute, so that a value without one is rejected. */
const rejectsPathless = (op: string, values: (scene: Scene) => JsonObject) => ({
  given: { user: ({ text }: Scene) => ({ [text]: 'Before' }) },
  request: (scene: Scene) => ({ patch: patchOperation(op, undefined, values(scene)) }),
  expect: { status: [400], scimType: ['invalidSyntax'], unchanged: 'user' as const },
})

const lostChange = 'The change of a client is lost, or changes more than the client intended.'

export const patchChecks: readonly Check[] = [
  patchCheck('supported', 'IP-20', '6.5', 'MUST', {
    description: 'PATCH changes users.',
    rationale: 'Clients must not use PUT, so without PATCH no change arrives.',
    remedy: 'Implement PATCH.',
    blame: [{ on: 'without effect', remedy: withoutEffect }],
    run: worksByProbe('probe/patch', 'PATCH to change a user'),
  }),
  patchCheck('no-path', 'IP-21', '6.5.1', 'MUST', {
    description:
      'A PATCH operation without a path returns 400 with scimType invalidSyntax, and changes nothing.',
    rationale: 'Servers interpret such operations differently, so that no client may send them.',
    remedy: 'Reject operations without a path.',
    blame: rejectionBlame('invalidSyntax'),
    each: {
      'one attribute': rejectsPathless('replace', ({ text }) => ({ [text]: 'After' })),
      'two attributes': rejectsPathless('replace', ({ text, text2 }) => ({
        [text]: 'After',
        [text2]: 'After',
      })),
      add: rejectsPathless('add', ({ text }) => ({ [text]: 'After' })),
    },
  }),
  patchCheck('add-is-replace', 'IP-22', '6.5.2', 'MUST', {
    description: 'For a single-valued attribute, add and replace have the same effect.',
    rationale: lostChange,
    remedy: 'Set the value, whether the attribute has one or not, for both operations.',
    blame: acceptedBlame,
    each: {
      'replace of no value': setsText(({ text, mark }) => replace(text, mark)),
      'add to a value': replacesText(({ text, mark }) => add(text, mark)),
      'add to active': disables(add('active', false)),
      'add to an attribute of an extension': {
        given: {
          has: [department],
          user: ({ context }) =>
            extensionValues(context, context.users, enterpriseUrn, { department: 'Before' }),
        },
        request: ({ mark }) => ({ patch: add(department, mark) }),
        expect: ({ mark }) => ({ stored: { [department]: mark } }),
      },
    },
  }),
  patchCheck('replaces-complex', 'IP-23', '6.5.2', 'MUST', {
    description: 'replace of name removes the sub-attributes that value omits.',
    rationale:
      'Clients of the draft rely on it. It contradicts RFC 7644 §3.5.2.3: “Sub-attributes that are not specified SHALL be left unchanged.”',
    remedy: 'Replace the whole object with the one in value. For add, merge the two.',
    blame: rejectedBlame,
    ...changesName(replace('name', newName), {
      'name.familyName': 'Married',
      'name.givenName': undefined,
    }),
  }),
  patchCheck('merges-complex', 'IP-24', '6.5.2', 'MUST', {
    description: 'add to name keeps the sub-attributes that value omits.',
    rationale: 'Adding a family name removes the given name.',
    remedy: 'Merge the object in value into the existing one.',
    blame: acceptedBlame,
    ...changesName(add('name', newName), { 'name.familyName': 'Married', 'name.givenName': 'Ann' }),
  }),
  patchCheck('replaces-list', 'IP-25', '6.5.2', 'MUST', {
    description: 'replace of a multi-valued attribute replaces all its values.',
    rationale: 'Old addresses remain.',
    remedy: 'Replace all existing values with those in value.',
    blame: acceptedBlame,
    each: { emails: replacesEmails, 'a list of texts': changesSimpleList('replace', ['new']) },
  }),
  patchCheck('appends-to-list', 'IP-25', '6.5.2', 'MUST', {
    description: 'add to a multi-valued attribute keeps the existing values.',
    rationale: 'Adding an address removes the existing ones.',
    remedy: 'Append the values to the existing ones.',
    blame: acceptedBlame,
    each: {
      emails: addsHome(home => add('emails', [home])),
      'a list of texts': changesSimpleList('add', ['new', 'old']),
    },
  }),
  patchCheck('element-path', 'IP-26', '6.5.2', 'MAY', {
    description:
      'PATCH of `emails[type eq "work"]` without a sub-attribute returns 400 with scimType invalidPath, and changes nothing.',
    rationale:
      'The draft prohibits such paths. A server may accept them, and its clients come to rely on it.',
    remedy: 'Reject a path that ends with a filter.',
    blame: rejectionBlame('invalidPath'),
    given: { has: ['emails.value', 'emails.type'], user: s => ({ emails: onlyEmail(`old-${s.mark}`) }) },
    request: s => ({
      patch: replace('emails[type eq "work"]', { type: 'work', value: `new-${s.mark}@example.com` }),
    }),
    expect: { status: [400], scimType: ['invalidPath'], unchanged: 'user' },
  }),
  patchCheck('several-matches', 'IP-27', '6.5.3', 'MAY', {
    description:
      'A PATCH whose filter matches several values changes all of them, or returns 400 with scimType invalidFilter.',
    rationale: 'If only one of several values changes, the client doesn’t learn which.',
    remedy: 'Change every value that matches, or reject the request with scimType invalidFilter.',
    run: async context => {
      const { path } = await createWithTwoWorkEmails(context)
      const response = await context.patch(path, renamesWorkEmails)
      if (isInvalid(response)) expectScimType(response, ['invalidFilter'])
      else expectWorkEmailsRenamed(await readBody(context, path), response)
    },
  }),
]
