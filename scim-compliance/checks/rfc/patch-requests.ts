import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, formatValue, jsonObject, skip } from '../../expect.ts'
import { type Json, type JsonObject, patchOpUrn } from '../../scim.ts'
import {
  findAttribute,
  requireWritable,
  requireWritableAttribute,
  sortedValues,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import { readBody } from '../steps/create-and-read.ts'
import { patchAndRead, patchNewUser, requirePatchEffect } from '../steps/patches.ts'
import { skipAsConsequence } from '../steps/prerequisites.ts'
import { isSameState } from '../steps/same-state.ts'
import { patchArea, patchPathsArea } from './areas.ts'
import { defineChecks, defineRejectionChecks, must, refusal, should } from './define-checks.ts'

export const patchResponseChecks: readonly Check[] = defineChecks(patchPathsArea, [
  must('answers-200-or-204', ['R-166', 'R-175'], {
    description: 'PATCH returns 200 with the resource, or 204 without a body.',
    source: 'RFC 7644 §3.5.2',
    rationale: 'Clients treat any other status as a failure and send the change again.',
    remedy: 'Return 200 with the whole resource, or 204 without a body.',
    run: async context => {
      const made = await context.create(context.users)
      const change = { op: 'replace', path: textAttributeName(context.users), value: context.unique() }
      const response = await context.patch(made.path, change)
      expectStatus(response, 200, 204)
      if (response.status === 204) expectEqual(response.text, '', 'body', response)
      else expectEqual(jsonObject(response).id, made.id, 'id', response)
      await requirePatchEffect(context, made, textAttributeName(context.users))
    },
  }),
  must('answers-as-stored', ['R-175'], {
    description: 'The response to PATCH equals a later GET.',
    source: 'RFC 7644 §3.5.2',
    rationale: 'Clients store the response, and find a difference next time.',
    remedy: 'Return the resource as it is after the change.',
    run: async context => {
      const text = textAttributeName(context.users)
      const made = await context.create(context.users)
      const response = await context.patch(made.path, { op: 'replace', path: text, value: context.unique() })
      if (response.status === 204) skip('PATCH returns no body.')
      expectStatus(response, 200)
      const read = await readBody(context, made.path)
      expectThat(
        isSameState(response.body, read),
        `the resource as in a GET ${formatValue(read)}`,
        response.body,
        response,
      )
    },
  }),
])

const silent = 'The client assumes that its change was made, and never sends it again.'

const raw = async (context: CheckContext, body: Json): Promise<ScimResponse> =>
  context.send('PATCH', (await context.create(context.users)).path, { body })

const good = ({ users }: CheckContext): JsonObject => ({
  op: 'add',
  path: textAttributeName(users),
  value: 'New',
})

const control = (context: CheckContext): Promise<ScimResponse> => patchNewUser(context, good(context))

const refusals: readonly Omit<Parameters<typeof defineRejectionChecks>[1][number], 'control'>[] = [
  refusal('refuses-no-schema', 'SHOULD', ['R-167'], {
    description: 'PATCH with a body without the PatchOp schema returns 400.',
    rationale: 'A request intended as something else is treated as a PATCH.',
    remedy: `Return 400 with scimType invalidSyntax for a body whose schemas lack ${patchOpUrn}.`,
    scimTypes: ['invalidSyntax', 'invalidValue'],
    send: context => raw(context, { Operations: [good(context)] }),
  }),
  refusal('refuses-no-operations', 'SHOULD', ['R-168'], {
    description: 'PATCH with a body without Operations returns 400.',
    rationale: silent,
    remedy: 'Return 400 with scimType invalidSyntax.',
    send: context => raw(context, { schemas: [patchOpUrn] }),
  }),
  refusal('refuses-empty-operations', 'SHOULD', ['R-168'], {
    description: 'PATCH with an empty list of Operations returns 400.',
    rationale: silent,
    remedy: 'Return 400 with scimType invalidSyntax.',
    send: context => raw(context, { schemas: [patchOpUrn], Operations: [] }),
  }),
  refusal('refuses-unknown-op', 'SHOULD', ['R-169'], {
    description: 'An operation other than add, remove and replace returns 400.',
    rationale: silent,
    remedy: 'Return 400 with scimType invalidSyntax.',
    scimTypes: ['invalidSyntax', 'invalidValue'],
    send: context => patchNewUser(context, { ...good(context), op: 'change' }),
  }),
  refusal('refuses-no-op', 'SHOULD', ['R-169'], {
    description: 'An operation without op returns 400.',
    rationale: silent,
    remedy: 'Return 400 with scimType invalidSyntax.',
    send: context => patchNewUser(context, { path: textAttributeName(context.users), value: 'New' }),
  }),
  refusal('refuses-add-no-value', 'SHOULD', ['R-177'], {
    description: 'add without value returns 400.',
    source: 'RFC 7644 §3.5.2.1',
    rationale: silent,
    remedy: 'Return 400 with scimType invalidValue.',
    scimTypes: ['invalidValue', 'invalidSyntax'],
    send: context => patchNewUser(context, { op: 'add', path: textAttributeName(context.users) }),
  }),
  ...['title]', 'emails[type eq "work"', 'name..givenName', '[type eq "work"]'].map((path, index) =>
    refusal(`refuses-bad-path-${index + 1}`, 'SHOULD', ['R-170'], {
      description: `A malformed path returns 400: \`${path}\`.`,
      rationale: silent,
      remedy: 'Return 400 with scimType invalidPath.',
      ...(index === 0 && { scimTypes: ['invalidPath', 'invalidFilter', 'noTarget'] }),
      send: (context: CheckContext) => patchNewUser(context, { op: 'replace', path, value: 'New' }),
    }),
  ),
  refusal('refuses-bad-filter', 'SHOULD', ['R-170'], {
    description: 'A path with a malformed filter returns 400: `emails[type like "work"].value`.',
    rationale: silent,
    remedy: 'Return 400 with scimType invalidFilter.',
    scimTypes: ['invalidFilter', 'invalidPath'],
    send: context => {
      requireWritableAttribute(context.users, 'emails')
      return patchNewUser(context, {
        op: 'replace',
        path: 'emails[type like "work"].value',
        value: 'a@example.com',
      })
    },
  }),
  {
    id: 'refuses-unknown-attribute',
    description: 'A path to an unknown attribute returns 400.',
    requirements: ['R-173'],
    rationale: silent,
    remedy: 'Return 400 with scimType invalidPath.',
    scimTypes: ['invalidPath', 'noTarget', 'invalidValue'],
    send: context => patchNewUser(context, { op: 'replace', path: 'nonsuchAttribute', value: 'New' }),
  },
  {
    id: 'refuses-read-only',
    description: 'Changing the readOnly attribute id returns 400.',
    requirements: ['R-173'],
    rationale: silent,
    remedy: 'Return 400 with scimType mutability.',
    scimTypes: ['mutability'],
    send: context => patchNewUser(context, { op: 'replace', path: 'id', value: 'another' }),
  },
  {
    id: 'refuses-read-only-meta',
    description: 'Changing the readOnly sub-attribute meta.created returns 400.',
    requirements: ['R-173'],
    rationale: silent,
    remedy: 'Return 400 with scimType mutability.',
    send: context =>
      patchNewUser(context, { op: 'replace', path: 'meta.created', value: '2001-01-01T00:00:00Z' }),
  },
  {
    id: 'refuses-wrong-type',
    description: 'A number as the value of a string attribute returns 400.',
    requirements: ['R-173'],
    rationale: 'The server returns values that other clients can’t read.',
    remedy: 'Check values against the schema, and return 400 with scimType invalidValue.',
    scimTypes: ['invalidValue', 'invalidSyntax'],
    send: context =>
      patchNewUser(context, {
        op: 'replace',
        path: textAttributeName(context.users),
        value: { not: ['a', 'text'] },
      }),
  },
]

export const patchRejectionChecks: readonly Check[] = defineRejectionChecks(
  patchArea,
  refusals.map(refusal => ({ ...refusal, control })),
)

const half =
  'The client receives an error and sends the whole request again, although half of it was applied.'

/** A request whose second operation fails, so that the first must have no effect. */
async function failing(context: CheckContext) {
  const text = textAttributeName(context.users)
  const made = await context.create(context.users, { [text]: context.unique() })
  await requirePatchEffect(context, made, text)
  const before = await readBody(context, made.path)
  const response = await context.patch(
    made.path,
    { op: 'replace', path: text, value: context.unique() },
    { op: 'remove', path: 'userName' },
  )
  if (response.status < 400) skip('Removing userName isn’t rejected.')
  return { text, before, after: await readBody(context, made.path), response }
}

export const patchSeveralOperationChecks: readonly Check[] = defineChecks(patchArea, [
  should('in-order', ['R-171'], {
    description: 'The server applies operations in order: the last value remains.',
    rationale: 'The most recent value is lost.',
    remedy: 'Apply each operation to the result of the previous one.',
    run: async context => {
      const text = textAttributeName(context.users)
      const made = await context.create(context.users)
      const values = ['one', 'two', 'three'].map(name => context.unique(name))
      const operations = values.map(value => ({ op: 'replace', path: text, value }))
      const { body, response } = await patchAndRead(context, made, ...operations)
      expectEqual(valueIn(body, text), values[2], text, response)
    },
  }),
  should('on-the-result-before', ['R-171'], {
    description: 'Each operation applies to the result of the previous one.',
    rationale: 'Clients that add a value and then change it are rejected.',
    remedy: 'Apply each operation to the result of the previous one.',
    run: async context => {
      requireWritable(context.users, 'emails.value', 'emails.type')
      const made = await context.create(context.users)
      const mark = context.unique()
      const { body, response } = await patchAndRead(
        context,
        made,
        { op: 'add', path: 'emails', value: [{ type: 'home', value: `old-${mark}@example.com` }] },
        { op: 'replace', path: 'emails[type eq "home"].value', value: `new-${mark}@example.com` },
      )
      const emails = sortedValues(body, 'emails')
      expectThat(emails.includes(`new-${mark}@example.com`), 'the new address', emails, response)
      expectThat(!emails.includes(`old-${mark}@example.com`), 'no old address', emails, response)
    },
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
    run: async context => {
      const { before, after, response } = await failing(context)
      if (
        valueIn(before, 'meta', 'lastModified') === undefined &&
        valueIn(before, 'meta', 'version') === undefined
      )
        skip('There is no meta.lastModified and no meta.version.')
      for (const name of ['lastModified', 'version'])
        expectEqual(valueIn(after, 'meta', name), valueIn(before, 'meta', name), `meta.${name}`, response)
    },
  }),
  must('members-all-or-nothing', ['R-172'], {
    description: 'If one operation on a group fails, its members don’t change.',
    needs: ['groups'],
    rationale: half,
    remedy: 'Change memberships in the same transaction as the rest.',
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const user = await context.create(context.users)
      const group = await context.create(context.groups)
      const add = { op: 'add', path: 'members', value: [{ value: user.id }] }
      const control = await patchAndRead(context, await context.create(context.groups), add)
      if (sortedValues(control.body, 'members').length === 0)
        skipAsConsequence('Adding a member has no effect', 'rfc/patch-members/add')
      const response = await context.patch(group.path, add, { op: 'replace', path: 'id', value: 'another' })
      if (response.status < 400) skip('Changing the id isn’t rejected.')
      expectEqual(sortedValues(await readBody(context, group.path), 'members'), [], 'members', response)
    },
  }),
  must('unique', ['R-172'], {
    description: 'PATCH with another user’s userName returns 409 or 400.',
    source: 'RFC 7644 §3.12',
    rationale: 'Two users would have the same name, and the next search would find the wrong one.',
    remedy: 'Check uniqueness in PATCH as in POST, and return 409 with scimType uniqueness.',
    run: async context => {
      if (findAttribute(context.users, 'userName')?.uniqueness === 'none') skip('userName isn’t unique here.')
      const [first, second] = [await context.create(context.users), await context.create(context.users)]
      const value = first.sent.userName ?? skip('Users have no userName.')
      await requirePatchEffect(context, second, textAttributeName(context.users))
      expectStatus(await context.patch(second.path, { op: 'replace', path: 'userName', value }), 409, 400)
    },
  }),
])
