import type { Check, CheckContext, SupportedType } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../expect.ts'
import { findAttribute, textAttributeName, valueIn } from '../steps/attributes.ts'
import { postCreated, postForCleanup } from '../steps/create-and-read.ts'
import { expectFound } from '../steps/lists.ts'
import { requirePatchEffect } from '../steps/patches.ts'
import { needPutEffect, requireReadable } from '../steps/prerequisites.ts'
import { expectReplaced, isReplaced } from '../tools/puts.ts'
import { commonAttributesArea } from './areas.ts'
import { defineChecks } from './define-checks.ts'

const withExternalId = (context: CheckContext): { readonly externalId: string } => ({
  externalId: context.unique('External'),
})

export const externalIdChecks: readonly Check[] = defineChecks(commonAttributesArea, [
  {
    id: 'external-id-kept',
    level: 'MUST',
    says: 'An externalId comes back exactly as it was sent, capitals included.',
    requirements: ['R-045', 'R-062'],
    matters: 'Many clients match people by it; Entra does where an administrator says so.',
    mend: 'Store externalId as it is; don’t fold its case.',
    run: async context => {
      const given = withExternalId(context)
      const { path } = await context.create(context.users, given)
      const response = await context.get(path)
      expectEqual(valueIn(response.body, 'externalId'), given.externalId, 'externalId', response)
    },
  },
  {
    id: 'external-id-not-invented',
    level: 'MUST',
    says: 'A user that was created without externalId has none.',
    requirements: ['R-044'],
    matters: 'Clients that match by externalId would take the user for somebody else’s.',
    mend: 'Leave externalId to the client.',
    run: async context => {
      const { externalId: _, ...sample } = context.sample(context.users)
      if (findAttribute(context.users, 'externalId')?.required) skip('externalId is required here.')
      const response = await postCreated(context, context.users, sample)
      expectThat(
        valueIn(response.body, 'externalId') === undefined,
        'no externalId',
        valueIn(response.body, 'externalId'),
        response,
      )
    },
  },
  {
    id: 'external-id-case',
    level: 'MUST',
    says: 'A filter on externalId tells capitals from small letters.',
    requirements: ['R-045'],
    matters: 'Base64 ids of Active Directory differ in case only; people would be mixed up.',
    mend: 'Compare externalId exactly.',
    needs: ['filter'],
    run: async context => {
      const given = withExternalId(context)
      const user = await context.create(context.users, given)
      const other = await context.create(context.users)
      await expectFound(context, context.users, `externalId eq "${given.externalId}"`, [user], [other])
      await expectFound(
        context,
        context.users,
        `externalId eq "${given.externalId.toUpperCase()}"`,
        [],
        [user],
      )
    },
  },
  {
    id: 'external-id-twice',
    level: 'MAY',
    says: 'Two users may have the same externalId, for only the client knows what it means. AWS refuses the second one.',
    requirements: ['R-046'],
    matters: 'A client that makes somebody anew under the old externalId is refused.',
    mend: 'Put no unique index on externalId.',
    run: async context => {
      const given = withExternalId(context)
      await context.create(context.users, given)
      await postCreated(context, context.users, context.sample(context.users, given))
    },
  },
])

const groupsOrSkip = ({ types, groups }: CheckContext): SupportedType =>
  types.includes(groups) ? groups : skip('There are no groups.')

export const idChecks: readonly Check[] = defineChecks(commonAttributesArea, [
  {
    id: 'id-given',
    level: 'MUST',
    says: 'What is created has an id, a text that isn’t empty.',
    requirements: ['R-041', 'R-047'],
    matters: 'Every later request of the client names the id; without one the object is lost to it.',
    mend: 'Return the id as a string, also where it is a number inside.',
    run: async context => {
      const response = await postForCleanup(context, context.users, context.sample(context.users))
      expectStatus(response, 201)
      const id = valueIn(response.body, 'id')
      expectThat(typeof id === 'string' && id !== '', 'an id that is a text', id, response)
    },
  },
  {
    id: 'id-stays',
    level: 'MUST',
    says: 'The id stays the same when the resource is changed, its userName included.',
    requirements: ['R-041'],
    matters:
      'Entra keeps the id for good; when it changes, the next read is 404, and the person stays in escrow with InvalidAnchor.',
    mend: 'Use an id of its own, not the userName or the email address.',
    run: async context => {
      const { id, path, sent } = await context.create(context.users)
      const { userName } = context.sample(context.users)
      const changed = await context.put(path, { ...sent, userName: userName ?? null })
      if (!isReplaced(changed)) skip(`A PUT with another userName is answered with ${changed.status}.`)
      const response = await context.get(path)
      expectStatus(response, 200)
      expectEqual(valueIn(response.body, 'id'), id, 'id', response)
    },
  },
  {
    id: 'id-not-reused',
    level: 'MUST',
    says: 'A user that is created again after its deletion has another id.',
    requirements: ['R-041', 'R-087'],
    matters: 'What others keep under the old id (memberships, grants, logs) would fall to the new one.',
    mend: 'Never give an id twice; a random UUID is the simplest.',
    run: async context => {
      const { id, path, sent } = await context.create(context.users)
      expectStatus(await context.delete(path), 204, 200)
      const response = await postForCleanup(context, context.users, sent)
      if (response.status !== 201) skip(`The second create is answered with ${response.status}.`)
      expectThat(valueIn(response.body, 'id') !== id, 'another id', valueIn(response.body, 'id'), response)
    },
  },
  {
    id: 'id-of-one-type',
    level: 'MUST',
    says: 'The id of a user is no group’s.',
    requirements: ['R-041'],
    matters: 'Members of groups are named by nothing but their id.',
    mend: 'Take the ids of all types from one source, or prefix them.',
    needs: ['groups'],
    run: async context => {
      const user = await context.create(context.users)
      const group = await context.create(groupsOrSkip(context))
      expectThat(user.id !== group.id, 'different ids', group.id, group.response)
      await requireReadable(context, group)
      expectStatus(await context.get(`${context.groups.endpoint}/${user.id}`), 404)
    },
  },
  {
    id: 'id-of-client-ignored',
    level: 'MUST',
    says: 'An id in the body of a create is ignored.',
    requirements: ['R-042', 'R-085'],
    matters:
      'The Terraform provider for AWS sends an empty id; others could take an id that is somebody else’s.',
    mend: 'Pass over id in bodies.',
    run: async context => {
      const id = context.unique()
      const response = await postCreated(context, context.users, context.sample(context.users, { id }))
      expectThat(valueIn(response.body, 'id') !== id, 'an id of the server’s own', id, response)
    },
  },
  {
    id: 'id-of-client-ignored-put',
    level: 'MUST',
    says: 'Another id in the body of a PUT changes nothing of the id.',
    requirements: ['R-042', 'R-059'],
    matters: 'The client would lose the resource by its own update.',
    mend: 'Take the id from the address.',
    run: async context => {
      await needPutEffect(context)
      const { id, path, sent } = await context.create(context.users)
      const response = await context.put(path, { ...sent, id: context.unique() })
      expectReplaced(response)
      const read = await context.get(path)
      expectStatus(read, 200)
      for (const one of response.status === 204 ? [read] : [response, read])
        expectEqual(valueIn(one.body, 'id'), id, 'id', one)
    },
  },
  {
    id: 'id-of-client-patched',
    level: 'MUST',
    source: 'RFC 7644 §3.5.2',
    says: 'A PATCH of the id is refused with 400.',
    requirements: ['R-042', 'R-059', 'R-173'],
    matters: 'A client that believes to have changed an id looks for it in vain.',
    mend: 'Refuse operations on readOnly attributes with 400 and scimType mutability.',
    needs: ['patch'],
    run: async context => {
      const user = await context.create(context.users)
      await requirePatchEffect(context, user, textAttributeName(context.users))
      expectStatus(
        await context.patch(user.path, { op: 'replace', path: 'id', value: context.unique() }),
        400,
      )
    },
  },
  {
    id: 'id-without-bulkid',
    level: 'MUST',
    says: 'No id has the word bulkId in it.',
    requirements: ['R-043'],
    matters: 'In bulk requests bulkId: stands for something that is yet to be made.',
    mend: 'Use random ids.',
    run: async context => {
      const { id, response } = await context.create(context.users)
      expectThat(!/bulkid/i.test(id), 'an id without bulkId', id, response)
    },
  },
])
