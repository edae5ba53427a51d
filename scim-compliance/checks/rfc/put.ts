import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectStatus, isSuccess, skip } from '../../expect.ts'
import { enterpriseUrn, isObject } from '../../scim.ts'
import { type Form, type Scene, values } from '../forms.ts'
import {
  extensionValues,
  findAttribute,
  requireWritableAttribute,
  sortedValues,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { expectReplaced, isReplaced, readBody } from '../steps/create-and-read.ts'
import { createWithMembers, onlyEmail } from '../steps/patches.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, must, refuses, refusesNamed, should, withFixture } from './define-checks.ts'

const putArea = area('put', 'PUT', 'RFC 7644 §3.5.1', {
  needs: userNeeds,
  after: ['probe/create', 'rfc/put/replaces'],
  rationale: 'Clients that replace resources, such as Okta, assume that the resource is as they sent it.',
})

/** Replaces an optional string of a user. */
const replacesText: Omit<Form, 'expect'> = {
  given: { user: ({ text, mark }) => ({ [text]: `old-${mark}` }) },
  request: ({ text, mark }) => ({ put: { [text]: mark } }),
}

/** A PUT of a user with the userName of another one. */
const whenNameIsTaken = withFixture(async context => {
  if (findAttribute(context.users, 'userName')?.uniqueness === 'none') skip('userName isn’t unique here.')
  const text = textAttributeName(context.users)
  const one = await context.create(context.users)
  const two = await context.create(context.users)
  const body = { ...two.sent, userName: one.sent.userName ?? null, [text]: 'taken over' }
  return { text, two, response: await context.put(two.path, body) }
})

const withoutName = {
  given: { user: true as const },
  request: ({ context: { users } }: Scene) => {
    if (!findAttribute(users, 'userName')?.required) skip('userName isn’t required here.')
    return { put: { userName: undefined } }
  },
}

/** A PUT of another value of an immutable string; skips if PUT rejects the same value, too. */
async function putImmutable(context: CheckContext) {
  for (const type of context.types) {
    const found = type.attributes.find(
      one => one.mutability === 'immutable' && one.type === 'string' && !one.multiValued,
    )
    if (!found) continue
    const { path, sent } = await context.create(type, { [found.name]: context.unique() })
    if (!isReplaced(await context.put(path, sent))) skip(`PUT of ${type.name} is rejected.`)
    return context.put(path, { ...sent, [found.name]: context.unique() })
  }
  return skip('No type has an immutable string.')
}

export const putChecks: readonly Check[] = defineChecks(putArea, [
  must('replaces', ['R-160'], {
    description: 'PUT replaces existing values.',
    remedy: 'Store the values in the body of PUT.',
    ...replacesText,
    expect: ({ text, mark }) => ({ stored: { [text]: mark } }),
  }),
  should('answers-200', ['R-165'], {
    description: 'PUT returns 200 and the resource.',
    remedy: 'Support PUT for every type, and return the whole resource.',
    ...replacesText,
    expect: ({ user }) => ({ status: [200], body: { id: user.id } }),
  }),
  must('answers-as-stored', ['R-165'], {
    description: 'The response to PUT contains the new values.',
    rationale: 'Clients store the response, and find a difference next time.',
    remedy: 'Return the resource as it is after the change.',
    after: ['rfc/put/answers-200'],
    ...replacesText,
    expect: ({ text, mark }) => ({ body: { [text]: mark } }),
  }),
  must('groups', ['R-159'], {
    description: 'PUT replaces a group.',
    needs: ['groups'],
    rationale: 'Clients that don’t support PATCH can’t change memberships.',
    remedy: 'Support PUT for every type.',
    given: { group: true },
    request: ({ mark }) => ({ put: { displayName: mark }, of: 'group' }),
    expect: ({ mark }) => ({ stored: { displayName: mark } }),
  }),
  must('members', ['R-160'], {
    description: 'PUT of a group replaces its members.',
    needs: ['groups'],
    rationale: 'Users keep access that they should have lost or lose access that they should keep.',
    remedy: 'Replace the members with those in the body.',
    after: ['rfc/put/groups', 'probe/members'],
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const [one, two] = [await context.create(context.users), await context.create(context.users)]
      const made = await createWithMembers(context, [one.id])
      const response = await context.put(made.path, { ...made.sent, members: [{ value: two.id }] })
      expectReplaced(response)
      const members = sortedValues(await readBody(context, made.path), 'members')
      expectEqual(members, [two.id], 'members', response, { value: [one.id] })
    },
  }),
  must('replaces-lists', ['R-160'], {
    description: 'PUT replaces a multi-valued attribute as a whole.',
    rationale: 'Old addresses remain, and mail goes to them.',
    remedy: 'Don’t merge lists on PUT.',
    given: { has: ['emails.value'], user: ({ mark }) => ({ emails: onlyEmail(`old-${mark}`) }) },
    request: ({ mark }) => ({ put: { emails: onlyEmail(`new-${mark}`) } }),
    expect: ({ mark }) => ({ stored: { emails: values(`new-${mark}@example.com`) } }),
  }),
  must('replaces-extensions', ['R-160'], {
    description: 'PUT replaces attributes of extensions.',
    needs: ['enterprise'],
    remedy: 'Store the values under the URN of an extension in the body of PUT.',
    after: ['rfc/enterprise/texts'],
    given: {
      has: [`${enterpriseUrn}:department`],
      user: ({ context }) => extensionValues(context, context.users, enterpriseUrn, { department: 'Old' }),
    },
    request: ({ user }) => {
      const before = user.sent[enterpriseUrn]
      return { put: { [enterpriseUrn]: { ...(isObject(before) ? before : {}), department: 'New' } } }
    },
    expect: { stored: { [`${enterpriseUrn}:department`]: 'New' } },
  }),
  must('external-id', ['R-160'], {
    description: 'PUT replaces externalId.',
    rationale: 'Clients match by externalId. A user whose externalId is lost is created again.',
    remedy: 'Replace externalId like any other attribute.',
    after: ['rfc/common/external-id-kept'],
    given: { user: ({ mark }) => ({ externalId: `old-${mark}` }) },
    request: ({ mark }) => ({ put: { externalId: mark } }),
    expect: ({ mark }) => ({ stored: { externalId: mark } }),
  }),
  must('ignores-read-only', ['R-163'], {
    description: 'PUT ignores readOnly attributes: id and meta.',
    rationale: 'Clients send back what they have read, including meta, and are rejected.',
    remedy: 'Ignore readOnly attributes in the body.',
    after: ['rfc/create/read-only-ignored'],
    given: { user: true },
    request: ({ user: { body }, text, mark }) => ({
      put: {
        id: 'another',
        meta: { ...(isObject(body.meta) ? body.meta : {}), created: '2001-01-01T00:00:00Z' },
        [text]: mark,
      },
    }),
    expect: ({ user, text, mark }) => ({
      stored: { id: user.id, [text]: mark, 'meta.created': valueIn(user.body, 'meta', 'created') },
    }),
  }),
  must('takes-what-was-read', ['R-163'], {
    description: 'PUT accepts the response of a GET with one changed value.',
    rationale: 'Clients that read, change and replace a resource, such as Okta, are rejected.',
    remedy: 'Accept your own responses as bodies of PUT.',
    run: async context => {
      const [text, value] = [textAttributeName(context.users), context.unique()]
      const { path } = await context.create(context.users, { [text]: context.unique() })
      const response = await context.put(path, { ...(await readBody(context, path)), [text]: value })
      expectReplaced(response)
      expectEqual(valueIn(await readBody(context, path), text), value, text, response)
    },
  }),
  should('clash', ['R-165'], {
    description: 'PUT with another user’s userName returns 409.',
    rationale: 'Two users would have the same name, and the next search would find the wrong one.',
    remedy: 'Check uniqueness in PUT as in POST, and return 409 with scimType uniqueness.',
    after: ['rfc/create/conflict', 'rfc/user/name-unique-put', 'rfc/patch-replace/user-name'],
    blame: [
      {
        on: '4xx',
        impact: 'Clients can’t tell a name that is taken from an invalid request.',
        remedy: 'Return 409 with scimType uniqueness, not another status.',
      },
    ],
    run: whenNameIsTaken(({ response }) => expectStatus(response, 409)),
  }),
  should('clash-changes-nothing', ['R-165'], {
    description: 'A rejected PUT doesn’t change the resource.',
    rationale: 'Half of a change is stored, although the client received an error.',
    remedy: 'Use a single transaction, or validate everything first.',
    after: ['rfc/user/name-unique-put'],
    run: whenNameIsTaken(async ({ text, two, response }, context) => {
      if (isSuccess(response)) skip('The PUT isn’t rejected.', 'rfc/put/clash')
      const body = await readBody(context, two.path)
      for (const name of ['userName', text])
        expectEqual(valueIn(body, name), valueIn(two.body, name), name, response)
    }),
  }),
  should('refuses-missing-required', ['R-164'], {
    description: 'PUT without a required attribute returns 400.',
    rationale: 'A resource without its name can’t be found any more.',
    remedy: 'Check required attributes in PUT as in POST.',
    after: ['rfc/put/takes-what-was-read', 'rfc/user/name-required'],
    ...refuses(withoutName),
  }),
  should('refuses-immutable', ['R-162'], {
    description: 'PUT with another value of an immutable attribute returns 400.',
    rationale: 'The client assumes that the value was changed.',
    remedy:
      'Compare immutable attributes with the stored values, and return 400 with scimType mutability if they differ.',
    after: ['rfc/put/takes-what-was-read'],
    ...refuses(putImmutable),
  }),
  refusesNamed(['R-162', 'R-164'], ['rfc/put/takes-what-was-read'], {
    'without userName': [withoutName, 'invalidValue', 'invalidSyntax'],
    'of an immutable attribute': [putImmutable, 'mutability'],
  }),
])
