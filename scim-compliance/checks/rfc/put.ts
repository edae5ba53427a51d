import type { Check, CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, jsonObject, skip } from '../../expect.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import {
  extensionValues,
  findAttribute,
  requireWritable,
  requireWritableAttribute,
  sortedValues,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { expectReplaced, readBody } from '../steps/create-and-read.ts'
import { createWithMembers } from '../steps/patches.ts'
import { needNull, requirePut, requireStored, skipAsConsequence } from '../steps/prerequisites.ts'
import { putArea } from './areas.ts'
import { defineChecks, defineRejectionChecks, must, refusal, should } from './define-checks.ts'

async function replaced(context: CheckContext, more: (made: CreatedResource) => JsonObject = () => ({})) {
  const text = textAttributeName(context.users)
  const made = await context.create(context.users, { [text]: context.unique() })
  const value = context.unique()
  const response = await context.put(made.path, { ...made.sent, [text]: value, ...more(made) })
  return { text, made, value, response }
}

export const putReadOnlyChecks: readonly Check[] = defineChecks(putArea, [
  must('ignores-read-only', ['R-163'], {
    description: 'PUT ignores readOnly attributes: id and meta.',
    rationale: 'Clients send back what they have read, including meta, and are rejected.',
    remedy: 'Ignore readOnly attributes in the body.',
    run: async context => {
      const { made, text, value, response } = await replaced(context, ({ body }) => ({
        id: 'another',
        meta: { ...(typeof body.meta === 'object' ? body.meta : {}), created: '2001-01-01T00:00:00Z' },
      }))
      expectReplaced(response)
      const body = await readBody(context, made.path)
      expectEqual(body.id, made.id, 'id', response)
      expectEqual(valueIn(body, text), value, text, response)
      expectEqual(
        valueIn(body, 'meta', 'created'),
        valueIn(made.body, 'meta', 'created'),
        'meta.created',
        response,
      )
    },
  }),
  must('takes-what-was-read', ['R-163'], {
    description: 'PUT accepts the response of a GET with one changed value.',
    rationale: 'Clients that read, change and replace a resource, such as Okta, are rejected.',
    remedy: 'Accept your own responses as bodies of PUT.',
    run: async context => {
      const text = textAttributeName(context.users)
      const value = context.unique()
      const { path } = await context.create(context.users, { [text]: context.unique() })
      const response = await context.put(path, { ...(await readBody(context, path)), [text]: value })
      expectReplaced(response)
      expectEqual(valueIn(await readBody(context, path), text), value, text, response)
    },
  }),
])

async function clashing(context: CheckContext) {
  if (findAttribute(context.users, 'userName')?.uniqueness === 'none') skip('userName isn’t unique here.')
  await requirePut(context)
  const text = textAttributeName(context.users)
  const one = await context.create(context.users)
  const two = await context.create(context.users)
  const body = { ...two.sent, userName: one.sent.userName ?? null, [text]: 'taken over' }
  return { text, two, response: await context.put(two.path, body) }
}

async function putImmutable(context: CheckContext, isOther: boolean): Promise<ScimResponse> {
  for (const type of context.types) {
    const found = type.attributes.find(
      one => one.mutability === 'immutable' && one.type === 'string' && !one.multiValued,
    )
    if (!found) continue
    const made = await context.create(type, { [found.name]: context.unique() })
    return context.put(made.path, { ...made.sent, ...(isOther && { [found.name]: context.unique() }) })
  }
  return skip('No type has an immutable string.')
}

export const putRejectionChecks: readonly Check[] = [
  ...defineChecks(putArea, [
    should('clash', ['R-165'], {
      description: 'PUT with another user’s userName returns 409.',
      rationale: 'Two users would have the same name, and the next search would find the wrong one.',
      remedy: 'Check uniqueness in PUT as in POST, and return 409 with scimType uniqueness.',
      run: async context => expectStatus((await clashing(context)).response, 409),
    }),
    should('clash-changes-nothing', ['R-165'], {
      description: 'A rejected PUT doesn’t change the resource.',
      rationale: 'Half of a change is stored, although the client received an error.',
      remedy: 'Use a single transaction, or validate everything first.',
      run: async context => {
        const { text, two, response } = await clashing(context)
        if (response.status < 400) skip('The PUT isn’t rejected.')
        const body = await readBody(context, two.path)
        expectEqual(valueIn(body, 'userName'), valueIn(two.body, 'userName'), 'userName', response)
        expectEqual(valueIn(body, text), valueIn(two.body, text), text, response)
      },
    }),
  ]),
  ...defineRejectionChecks(putArea, [
    refusal('refuses-missing-required', 'SHOULD', ['R-164'], {
      description: 'PUT without a required attribute returns 400.',
      rationale: 'A resource without its name can’t be found any more.',
      remedy: 'Check required attributes in PUT as in POST.',
      scimTypes: ['invalidValue', 'invalidSyntax'],
      control: async context => {
        const made = await context.create(context.users)
        return context.put(made.path, made.sent)
      },
      send: async context => {
        if (!findAttribute(context.users, 'userName')?.required) skip('userName isn’t required here.')
        const made = await context.create(context.users)
        const { userName, ...body } = made.sent
        return context.put(made.path, body)
      },
    }),
    refusal('refuses-immutable', 'SHOULD', ['R-162'], {
      description: 'PUT with another value of an immutable attribute returns 400.',
      rationale: 'The client assumes that the value was changed.',
      remedy:
        'Compare immutable attributes with the stored values, and return 400 with scimType mutability if they differ.',
      scimTypes: ['mutability'],
      control: context => putImmutable(context, false),
      send: context => putImmutable(context, true),
    }),
  ]),
]

const lost = 'Clients that replace resources, such as Okta, assume that the resource is as they sent it.'

export const putReplacementChecks: readonly Check[] = defineChecks(putArea, [
  should('answers-200', ['R-165'], {
    description: 'PUT returns 200 and the resource.',
    rationale: lost,
    remedy: 'Support PUT for every type, and return the whole resource.',
    run: async context => {
      const { made, response } = await replaced(context)
      expectStatus(response, 200)
      expectEqual(jsonObject(response).id, made.id, 'id', response)
    },
  }),
  must('groups', ['R-159'], {
    description: 'PUT replaces a group.',
    needs: ['groups'],
    rationale: 'Clients that don’t support PATCH can’t change memberships.',
    remedy: 'Support PUT for every type.',
    run: async context => {
      const made = await context.create(context.groups)
      const displayName = context.unique()
      const response = await context.put(made.path, { ...made.sent, displayName })
      expectReplaced(response)
      expectEqual((await readBody(context, made.path)).displayName, displayName, 'displayName', response)
    },
  }),
  must('members', ['R-160'], {
    description: 'PUT of a group replaces its members.',
    needs: ['groups'],
    rationale: 'Users keep access that they should have lost or lose access that they should keep.',
    remedy: 'Replace the members with those in the body.',
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const [one, two] = [await context.create(context.users), await context.create(context.users)]
      const made = await createWithMembers(context, [one.id])
      const response = await context.put(made.path, { ...made.sent, members: [{ value: two.id }] })
      if (response.status >= 400) skipAsConsequence('PUT of groups is rejected', 'rfc/put/groups')
      expectReplaced(response)
      expectEqual(sortedValues(await readBody(context, made.path), 'members'), [two.id], 'members', response)
    },
  }),
  must('replaces', ['R-160'], {
    description: 'PUT replaces existing values.',
    rationale: lost,
    remedy: 'Store the values in the body of PUT.',
    run: async context => {
      const { text, value, made, response } = await replaced(context)
      expectReplaced(response)
      expectEqual(valueIn(await readBody(context, made.path), text), value, text, response)
    },
  }),
  must('answers-as-stored', ['R-165'], {
    description: 'The response to PUT contains the new values.',
    rationale: 'Clients store the response, and find a difference next time.',
    remedy: 'Return the resource as it is after the change.',
    run: async context => {
      const { text, value, response } = await replaced(context)
      if (response.status === 204) skip('PUT returns no body.')
      expectReplaced(response)
      expectEqual(valueIn(response.body, text), value, text, response)
    },
  }),
  must('replaces-lists', ['R-160'], {
    description: 'PUT replaces a multi-valued attribute as a whole.',
    rationale: 'Old addresses remain, and mail goes to them.',
    remedy: 'Don’t merge lists on PUT.',
    run: async context => {
      requireWritable(context.users, 'emails.value')
      const mark = context.unique()
      const emails = (name: string) => [{ type: 'work', value: `${name}-${mark}@example.com`, primary: true }]
      const made = await context.create(context.users, { emails: emails('old') })
      const response = await context.put(made.path, { ...made.sent, emails: emails('new') })
      expectReplaced(response)
      const values = sortedValues(await readBody(context, made.path), 'emails')
      expectEqual(values, [`new-${mark}@example.com`], 'emails', response)
    },
  }),
  must('replaces-extensions', ['R-160'], {
    description: 'PUT replaces attributes of extensions.',
    needs: ['enterprise'],
    rationale: lost,
    remedy: 'Store the values under the URN of an extension in the body of PUT.',
    run: async context => {
      requireWritableAttribute(context.users, 'department', enterpriseUrn)
      const made = await context.create(
        context.users,
        extensionValues(context, context.users, enterpriseUrn, { department: 'Old' }),
      )
      const before = made.sent[enterpriseUrn]
      const values = { ...(typeof before === 'object' ? before : {}), department: 'New' }
      const response = await context.put(made.path, { ...made.sent, [enterpriseUrn]: values })
      expectReplaced(response)
      const body = await readBody(context, made.path)
      expectEqual(valueIn(body, enterpriseUrn, 'department'), 'New', 'department', response)
    },
  }),
  must('null-clears', ['R-161'], {
    description: 'PUT with null clears an attribute.',
    source: 'RFC 7643 §2.5',
    rationale: 'A title or manager that was removed at the source remains.',
    remedy: 'Treat null as no value.',
    run: async context => {
      const text = textAttributeName(context.users)
      const made = await context.create(context.users, { [text]: context.unique() })
      await requireStored(context, made, text)
      await needNull(context, text)
      const response = await context.put(made.path, { ...made.sent, [text]: null })
      expectReplaced(response)
      expectEqual(valueIn(await readBody(context, made.path), text) ?? undefined, undefined, text, response)
    },
  }),
])
