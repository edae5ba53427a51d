import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, isSuccess, skip } from '../../expect.ts'
import { findAttribute, valueIn } from '../steps/attributes.ts'
import {
  expectReplaced,
  isReplaced,
  postCreated,
  postForCleanup,
  postWithout,
} from '../steps/create-and-read.ts'
import { expectFound } from '../steps/lists.ts'
import { commonAttributesArea } from './areas.ts'
import { defineChecks, may, must } from './define-checks.ts'

const externalIdChecks = defineChecks(commonAttributesArea, [
  must('external-id-kept', ['R-045', 'R-062'], {
    description: 'The server returns externalId exactly as it was sent, including case.',
    rationale: 'Many clients match users by externalId. Entra does if an administrator configures it.',
    remedy: 'Store externalId unchanged, and keep its case.',
    request: s => ({ post: { externalId: `External-${s.mark}` } }),
    expect: s => ({ stored: { externalId: `External-${s.mark}` } }),
  }),
  must('external-id-not-invented', ['R-044'], {
    description: 'The server doesn’t set externalId.',
    rationale: 'Clients that match by externalId would treat the user as one of another system.',
    remedy: 'Let only the client set externalId.',
    run: async context => {
      if (findAttribute(context.users, 'externalId')?.required) skip('externalId is required here.')
      const response = await postWithout(context, context.users, 'externalId')
      const got = valueIn(response.body, 'externalId')
      expectThat(got === undefined, 'no externalId', got, response, 'excess')
    },
  }),
  must('external-id-case', ['R-045'], {
    description: 'A filter on externalId respects case.',
    rationale:
      'Base64 IDs from Active Directory can differ in case only, so users would be confused with each other.',
    remedy: 'Compare externalId with its case.',
    needs: ['filter'],
    after: ['rfc/common/external-id-kept', 'rfc/filter/eq-external-id', 'rfc/retrieve/nothing-found'],
    run: async context => {
      const externalId = context.unique('External')
      const user = await context.create(context.users, { externalId })
      await expectFound(context, context.users, `externalId eq "${externalId.toUpperCase()}"`, [], [user])
    },
  }),
  may('external-id-twice', ['R-046'], {
    description:
      'Two users can have the same externalId, since its meaning is defined by the client. AWS rejects the second one.',
    rationale: 'A client that creates a user again with a previous externalId is rejected.',
    remedy: 'Don’t create a unique index on externalId.',
    blame: [{ on: '4xx', remedy: 'Accept the same externalId again: remove the unique index on it.' }],
    given: { user: s => ({ externalId: s.mark }) },
    request: s => ({ post: { externalId: s.mark } }),
    expect: {},
  }),
])

const ownIdChecks = defineChecks(commonAttributesArea, [
  must('id-given', ['R-041', 'R-047'], {
    description: 'New resources have an id, a string that isn’t empty.',
    rationale:
      'Every later request of the client uses the id. Without one, the client can’t address the object.',
    remedy: 'Return the id as a string, even if it is a number internally.',
    run: async context => {
      const response = await postCreated(context, context.users, context.sample(context.users))
      const id = valueIn(response.body, 'id')
      expectThat(typeof id === 'string' && id !== '', 'an id that is a string', id, response)
    },
  }),
  must('id-stays', ['R-041'], {
    description: 'The id doesn’t change when the resource changes, including its userName.',
    rationale:
      'Entra stores the id permanently. If the id changes, the next read returns 404, and the user stays in escrow with InvalidAnchor.',
    remedy: 'Use a separate id, not userName or the email address.',
    after: ['rfc/put/replaces'],
    run: async context => {
      const { id, path, sent } = await context.create(context.users)
      const { userName } = context.sample(context.users)
      const changed = await context.put(path, { ...sent, userName: userName ?? null })
      if (!isReplaced(changed)) skip(`PUT with another userName returns ${changed.status}.`)
      const response = await context.get(path)
      expectStatus(response, 200)
      expectEqual(valueIn(response.body, 'id'), id, 'id', response)
    },
  }),
  must('id-not-reused', ['R-041', 'R-087'], {
    description: 'A user that is created again after its deletion gets another id.',
    rationale:
      'Anything stored under the old id elsewhere (memberships, grants, logs) would apply to the new resource.',
    remedy: 'Never assign an id twice. A random UUID is the simplest choice.',
    after: ['rfc/delete/get'],
    run: async context => {
      const { id, path, sent } = await context.create(context.users)
      const deleted = await context.delete(path)
      if (!isSuccess(deleted)) skip(`DELETE returns ${deleted.status}.`)
      const response = await postForCleanup(context, context.users, sent)
      if (!isSuccess(response)) skip(`The second create returns ${response.status}.`)
      const again = valueIn(response.body, 'id')
      expectThat(again !== id, 'another id', again, response)
    },
  }),
  must('id-of-one-type', ['R-041'], {
    description: 'A user and a group never have the same id.',
    rationale: 'Group members may be identified by id alone.',
    remedy: 'Take the IDs of all types from the same source, or add a prefix for each type.',
    needs: ['groups'],
    after: ['rfc/errors/unknown-id'],
    run: async context => {
      const user = await context.create(context.users)
      const group = await context.create(context.groups)
      expectThat(user.id !== group.id, 'different ids', group.id, group.response)
      expectStatus(await context.get(`${context.groups.endpoint}/${user.id}`), 404)
    },
  }),
  must('id-of-client-ignored', ['R-042', 'R-085'], {
    description: 'The server ignores id in the body of a create.',
    rationale:
      'The Terraform provider for AWS sends an empty id. Another client could claim an id that belongs to another resource.',
    remedy: 'Ignore id in request bodies.',
    blame: [{ on: '4xx', remedy: 'Ignore id in request bodies, and don’t reject them.' }],
    request: s => ({ post: { id: s.mark } }),
    expect: s => ({ holds: { 'an id assigned by the server': ({ body }) => body.id !== s.mark } }),
  }),
  must('id-of-client-ignored-put', ['R-042', 'R-059'], {
    description: 'PUT with another id in the body doesn’t change the id.',
    rationale: 'The client would lose access to the resource through its own update.',
    remedy: 'Take the id from the URL.',
    after: ['rfc/put/replaces'],
    run: async context => {
      const { id, path, sent } = await context.create(context.users)
      const response = await context.put(path, { ...sent, id: context.unique() })
      expectReplaced(response)
      const read = await context.get(path)
      expectStatus(read, 200)
      for (const one of response.status === 204 ? [read] : [response, read])
        expectEqual(valueIn(one.body, 'id'), id, 'id', one)
    },
  }),
  must('id-without-bulkid', ['R-043'], {
    description: 'IDs don’t contain the word bulkId.',
    rationale: 'In bulk requests, bulkId: refers to a resource that is not created yet.',
    remedy: 'Use random IDs.',
    request: { post: {} },
    expect: { holds: { 'an id without bulkId': ({ body }) => !/bulkid/i.test(String(body.id)) } },
  }),
])

export const idChecks: readonly Check[] = [...ownIdChecks, ...externalIdChecks]
