import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, formatValue, isSuccess, skip } from '../../expect.ts'
import { enterpriseUrn, type Json, type JsonObject, patchOpUrn } from '../../scim.ts'
import { type Form, fitting, type Scene, values } from '../forms.ts'
import {
  extensionValues,
  findAttribute,
  requireWritableAttribute,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { readBody } from '../steps/create-and-read.ts'
import { add, changesName, onlyEmail, remove, replace, setsText } from '../steps/patches.ts'
import { isSameState } from '../steps/same-state.ts'
import { area, patchedText, patchPathsArea } from './areas.ts'
import { defineChecks, must, practice, refuses, refusesEach, refusesNamed, should } from './define-checks.ts'

const department = `${enterpriseUrn}:department`

/** Sets the department of a new user. */
const setsDepartment = (operation: (value: string) => JsonObject): Form => ({
  given: { has: [department], user: true },
  request: ({ mark }) => ({ patch: operation(mark) }),
  expect: ({ mark }) => ({ stored: { [department]: mark } }),
})

const patchPathsChecks = defineChecks(patchPathsArea, [
  must('names-in-any-case', ['R-170'], {
    description: 'Attribute names in paths ignore case.',
    source: 'RFC 7643 §2.1',
    remedy: 'Ignore case when you look up attribute names.',
    after: ['rfc/patch-replace/unassigned'],
    ...setsText(({ text, mark }) => replace(text.toUpperCase(), mark)),
  }),
  should('core-urn', ['R-170'], {
    description: 'PATCH accepts the schema before an attribute: `urn:…:User:title`.',
    remedy: 'Remove the URN of the resource type’s own schema from a path before you look it up.',
    after: ['rfc/patch-replace/unassigned'],
    ...setsText(({ context, text, mark }) => replace(`${context.users.schema}:${text}`, mark)),
  }),
  should('core-urn-sub-attribute', ['R-170'], {
    description: 'PATCH accepts the schema before a sub-attribute: `urn:…:User:name.givenName`.',
    remedy: 'Parse the part after the last colon of the URN as a path. Version numbers contain dots, too.',
    after: ['rfc/patch-paths/core-urn', 'rfc/patch-replace/sub-attribute'],
    ...changesName({}, { 'name.givenName': 'Anna' }),
    request: ({ context }) => ({ patch: replace(`${context.users.schema}:name.givenName`, 'Anna') }),
  }),
  should('core-urn-filter', ['R-170'], {
    description: 'PATCH accepts the schema before a filter: `urn:…:User:emails[type eq "work"].value`.',
    remedy: 'Parse the part after the URN as a path, including a filter.',
    after: ['rfc/patch-paths/core-urn', 'rfc/patch-replace/part-by-filter'],
    given: { has: ['emails.value', 'emails.type'], user: s => ({ emails: onlyEmail(`old-${s.mark}`) }) },
    request: ({ context, mark }) => ({
      patch: replace(`${context.users.schema}:emails[type eq "work"].value`, `new-${mark}@example.com`),
    }),
    expect: ({ mark }) => ({ stored: { emails: values(`new-${mark}@example.com`) } }),
  }),
  should('extension-attribute', ['R-170', 'R-176'], {
    description: 'PATCH sets an attribute of an extension by its full name, and adds the URN to schemas.',
    source: 'RFC 7644 §3.5.2',
    needs: ['enterprise'],
    rationale: 'Departments, employee numbers and managers that Entra ID sends aren’t stored.',
    remedy: 'Resolve paths that start with the URN of an extension, and list that URN in schemas.',
    given: { has: [department], user: true },
    request: ({ user, mark }) => {
      if (valueIn(user.body, enterpriseUrn) !== undefined) skip('The enterprise extension is required here.')
      return { patch: add(department, mark) }
    },
    expect: ({ mark }) => ({
      stored: {
        [department]: mark,
        schemas: fitting(`a list with ${enterpriseUrn}`, urns => [urns].flat().includes(enterpriseUrn)),
      },
    }),
  }),
  should('extension-sub-attribute', ['R-170'], {
    description:
      'PATCH sets a sub-attribute of an extension attribute by its full name: `urn:…:manager.value`.',
    needs: ['enterprise'],
    rationale: 'Managers aren’t stored.',
    remedy: 'Resolve sub-attributes of extension attributes.',
    after: ['rfc/patch-paths/extension-attribute'],
    given: { has: [`${enterpriseUrn}:manager.value`], user: true, other: true },
    request: ({ other }) => ({ patch: add(`${enterpriseUrn}:manager.value`, other.id) }),
    expect: ({ other }) => ({ stored: { [`${enterpriseUrn}:manager.value`]: other.id } }),
  }),
  practice('extension-whole', ['R-170'], {
    description: 'PATCH accepts the URN of an extension as a path, with an object as value.',
    needs: ['enterprise'],
    rationale: 'Some clients set all attributes of an extension at once, and would be rejected.',
    remedy: 'Treat the URN of an extension as a complex attribute, and merge value into it.',
    after: ['rfc/patch-paths/extension-attribute'],
    ...setsDepartment(value => add(enterpriseUrn, { department: value })),
    given: {
      has: [department],
      user: ({ context, mark }) =>
        extensionValues(context, context.users, enterpriseUrn, { employeeNumber: mark }),
    },
  }),
  should('extension-in-value', ['R-178'], {
    description: 'PATCH without path accepts the URN of an extension as a key of value.',
    source: 'RFC 7644 §3.5.2.1',
    needs: ['enterprise'],
    rationale: 'Departments and employee numbers from clients that send no path aren’t stored.',
    remedy: 'Accept URNs of extensions as names in value.',
    after: ['rfc/patch-paths/extension-attribute', 'rfc/patch-replace/no-path'],
    ...setsDepartment(value => ({ op: 'add', value: { [enterpriseUrn]: { department: value } } })),
  }),
  practice('extension-full-names-in-value', ['R-178'], {
    description: 'PATCH without path accepts full names in value: `{"urn:…:User:department": "…"}`.',
    source: 'Entra ID',
    needs: ['enterprise'],
    rationale:
      'Entra ID sends such names with its flag. Changes of extensions are rejected or lost silently.',
    remedy: 'Parse the names in value as paths.',
    after: ['rfc/patch-paths/extension-attribute', 'rfc/patch-replace/no-path'],
    ...setsDepartment(value => ({ op: 'add', value: { [department]: value } })),
  }),
])

const patchArea = area('patch', 'PATCH', 'RFC 7644 §3.5.2', {
  ...patchedText,
  rationale: 'The client assumes that its change was made, and never sends it again.',
})

const aUser = { user: true } as const

const sends = (body: (scene: Scene) => JsonObject) => ({
  given: aUser,
  request: (scene: Scene) => ({ raw: body(scene), method: 'PATCH' as const }),
})

const patches = (operation: (scene: Scene) => JsonObject) =>
  sends(scene => ({ schemas: [patchOpUrn], Operations: [operation(scene)] }))

const valid = ({ text }: Scene): JsonObject => add(text, 'New')

const noSchema = sends(scene => ({ Operations: [valid(scene)] }))
const unknownOp = patches(scene => ({ ...valid(scene), op: 'change' }))
const noValue = patches(({ text }) => ({ op: 'add', path: text }))

const malformed = {
  'without the schema PatchOp': noSchema,
  'without Operations': sends(() => ({ schemas: [patchOpUrn] })),
  'with an empty list of Operations': sends(() => ({ schemas: [patchOpUrn], Operations: [] })),
  'with an op other than add, remove and replace': unknownOp,
  'without op': patches(({ text }) => ({ path: text, value: 'New' })),
  'with an add without value': noValue,
}

const replaces = (path: string, value: Json = 'New') => ({
  given: aUser,
  request: { patch: replace(path, value) },
})

const badPaths = ['title]', 'emails[type eq "work"', 'name..givenName', '[type eq "work"]']
const badFilter = {
  ...replaces('emails[type like "work"].value', 'a@example.com'),
  given: { ...aUser, has: ['emails'] },
}
const wrongType = patches(({ text }) => replace(text, { not: ['a', 'text'] }))

const replacesId = replaces('id', 'another')

const half =
  'The client receives an error and sends the whole request again, although half of it was applied.'

const changeText = (context: CheckContext, path: string): Promise<ScimResponse> =>
  context.patch(path, replace(textAttributeName(context.users), context.unique()))

/** A request whose second operation fails, so that the first must have no effect. */
async function failing(context: CheckContext) {
  const text = textAttributeName(context.users)
  const made = await context.create(context.users, { [text]: context.unique() })
  const before = await readBody(context, made.path)
  const response = await context.patch(made.path, replace(text, context.unique()), remove('userName'))
  if (isSuccess(response)) skip('Removing userName isn’t rejected.', 'rfc/patch-remove/refuses-required')
  return { text, before, after: await readBody(context, made.path), response }
}

const responseChecks = defineChecks(patchPathsArea, [
  must('answers-200-or-204', ['R-166', 'R-175'], {
    description: 'PATCH returns 200 with the resource, or 204 without a body.',
    source: 'RFC 7644 §3.5.2',
    rationale: 'Clients treat any other status as a failure and send the change again.',
    remedy: 'Return 200 with the whole resource, or 204 without a body.',
    run: async context => {
      const made = await context.create(context.users)
      const response = await changeText(context, made.path)
      expectStatus(response, 200, 204)
      if (response.status === 204) expectEqual(response.text, '', 'body', response)
      else expectEqual(valueIn(response.body, 'id'), made.id, 'id', response)
    },
  }),
  must('answers-as-stored', ['R-175'], {
    description: 'The response to PATCH equals a later GET.',
    source: 'RFC 7644 §3.5.2',
    rationale: 'Clients store the response, and find a difference next time.',
    remedy: 'Return the resource as it is after the change.',
    after: ['rfc/patch-paths/answers-200-or-204'],
    run: async context => {
      const made = await context.create(context.users)
      const response = await changeText(context, made.path)
      if (response.status === 204) skip('PATCH returns no body.')
      const read = await readBody(context, made.path)
      const what = `the resource as in a GET ${formatValue(read)}`
      expectThat(isSameState(response.body, read), what, response.body, response)
    },
  }),
])

const severalChecks = defineChecks(patchArea, [
  should('in-order', ['R-171'], {
    description: 'The server applies operations in order: the last value remains.',
    rationale: 'The most recent value is lost.',
    remedy: 'Apply each operation to the result of the previous one.',
    given: { user: true },
    request: ({ text, mark }) => ({ patch: ['one', 'two', mark].map(value => replace(text, value)) }),
    expect: ({ text, mark }) => ({ stored: { [text]: mark } }),
  }),
  should('on-the-result-before', ['R-171'], {
    description: 'Each operation applies to the result of the previous one.',
    rationale: 'Clients that add a value and then change it are rejected.',
    remedy: 'Apply each operation to the result of the previous one.',
    after: ['rfc/patch/in-order', 'rfc/patch-replace/part-by-filter'],
    given: { has: ['emails.value', 'emails.type'], user: true },
    request: ({ mark }) => ({
      patch: [
        add('emails', [{ type: 'home', value: `old-${mark}@example.com` }]),
        replace('emails[type eq "home"].value', `new-${mark}@example.com`),
      ],
    }),
    expect: ({ mark }) => ({ stored: { 'emails[type eq "home"].value': `new-${mark}@example.com` } }),
  }),
  must('all-or-nothing', ['R-172'], {
    description: 'If one operation fails, none has an effect.',
    rationale: half,
    remedy: 'Apply all operations to a copy, and store it only if all of them succeed.',
    run: async context => {
      const { text, before, after, response } = await failing(context)
      expectEqual(valueIn(after, text), valueIn(before, text), text, response)
    },
  }),
  must('nothing-moves-on-failure', ['R-172'], {
    description: 'A failed PATCH doesn’t change meta.lastModified or meta.version.',
    rationale: 'Clients that query for changes find one that wasn’t made.',
    remedy: 'Write nothing if an operation fails.',
    after: ['rfc/patch/all-or-nothing'],
    run: async context => {
      const { before, after, response } = await failing(context)
      const names = ['lastModified', 'version']
      if (names.every(name => valueIn(before, 'meta', name) === undefined))
        skip('There is no meta.lastModified and no meta.version.')
      for (const name of names)
        expectEqual(valueIn(after, 'meta', name), valueIn(before, 'meta', name), `meta.${name}`, response)
    },
  }),
  must('members-all-or-nothing', ['R-172'], {
    description: 'If one operation on a group fails, its members don’t change.',
    needs: ['groups'],
    rationale: half,
    remedy: 'Change memberships in the same transaction as the rest.',
    after: ['rfc/patch/all-or-nothing', 'rfc/patch-members/add-to-empty'],
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const user = await context.create(context.users)
      const group = await context.create(context.groups)
      const adding = add('members', [{ value: user.id }])
      const response = await context.patch(group.path, adding, replace('id', 'another'))
      if (isSuccess(response)) skip('Changing the id isn’t rejected.', 'rfc/patch/refuses-read-only')
      const members = valueIn(await readBody(context, group.path), 'members') ?? []
      expectEqual(members, [], 'members', response)
    },
  }),
  must('unique', ['R-172'], {
    description: 'PATCH with another user’s userName is rejected, usually with 409.',
    source: 'RFC 7644 §3.12',
    rationale: 'Two users would have the same name, and the next search would find the wrong one.',
    remedy: 'Check uniqueness in PATCH as in POST, and return 409 with scimType uniqueness.',
    after: ['rfc/user/name-unique', 'rfc/patch-replace/user-name'],
    run: async context => {
      if (findAttribute(context.users, 'userName')?.uniqueness === 'none') skip('userName isn’t unique here.')
      const [first, second] = [await context.create(context.users), await context.create(context.users)]
      const value = first.sent.userName ?? skip('Users have no userName.')
      const response = await context.patch(second.path, replace('userName', value))
      if (response.status < 400 || response.status >= 500) expectStatus(response, 409)
    },
  }),
])

const validatedArea = { ...patchArea, after: ['probe/patch', 'probe/patch-validated'] }

const refusalChecks = defineChecks(validatedArea, [
  should('refuses-malformed', ['R-167', 'R-168', 'R-169', 'R-177'], {
    description: 'A malformed PATCH returns 400.',
    remedy: `Validate the body: schemas with ${patchOpUrn}, and at least one operation, with op, and with value for add. Otherwise, return 400 with scimType invalidSyntax.`,
    ...refusesEach(malformed),
  }),
  should('refuses-bad-path', ['R-170'], {
    description: 'A malformed path returns 400.',
    remedy: 'Return 400 with scimType invalidPath.',
    after: ['rfc/patch/refuses-unknown-attribute'],
    ...refusesEach(Object.fromEntries(badPaths.map(path => [path, replaces(path)]))),
  }),
  should('refuses-bad-filter', ['R-170'], {
    description: 'A path with a malformed filter returns 400: `emails[type like "work"].value`.',
    remedy: 'Return 400 with scimType invalidFilter.',
    after: ['rfc/patch/refuses-unknown-attribute'],
    ...refuses(badFilter),
  }),
  must('refuses-unknown-attribute', ['R-173'], {
    description: 'A path to an unknown attribute returns 400.',
    remedy: 'Return 400 with scimType invalidPath.',
    after: ['rfc/patch-replace/single-value'],
    ...refuses(replaces('nonsuchAttribute')),
  }),
  must('refuses-read-only', ['R-042', 'R-059', 'R-173'], {
    description: 'A change of a readOnly attribute returns 400.',
    remedy: 'Return 400 with scimType mutability.',
    after: ['rfc/patch-replace/single-value'],
    ...refusesEach({ id: replacesId, 'meta.created': replaces('meta.created', '2001-01-01T00:00:00Z') }),
  }),
  must('refuses-wrong-type', ['R-173'], {
    description: 'An object as the value of a string attribute returns 400.',
    rationale: 'The server returns values that other clients can’t read.',
    remedy: 'Check values against the schema, and return 400 with scimType invalidValue.',
    after: ['rfc/patch-replace/single-value'],
    ...refuses(wrongType),
  }),
  refusesNamed(['R-167', 'R-169', 'R-170', 'R-173', 'R-177'], [], {
    'without the schema PatchOp': [noSchema, 'invalidSyntax', 'invalidValue'],
    'with an unknown op': [unknownOp, 'invalidSyntax', 'invalidValue'],
    'with an add without value': [noValue, 'invalidValue', 'invalidSyntax'],
    'with a malformed path': [replaces('title]'), 'invalidPath', 'invalidFilter', 'noTarget'],
    'with a malformed filter': [badFilter, 'invalidFilter', 'invalidPath'],
    'with an unknown attribute': [replaces('nonsuchAttribute'), 'invalidPath', 'noTarget', 'invalidValue'],
    'of id': [replacesId, 'mutability'],
    'with an object for a string': [wrongType, 'invalidValue', 'invalidSyntax'],
  }),
])

export const patchRequestChecks: readonly Check[] = [
  ...patchPathsChecks,
  ...responseChecks,
  ...severalChecks,
  ...refusalChecks,
]
