import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectThat } from '../../expect.ts'
import { enterpriseUrn, isObject, type JsonObject, patchOpUrn } from '../../scim.ts'
import {
  extensionValues,
  requireWritableAttribute,
  sortedValues,
  textAttributeName,
  valueIn,
} from '../steps/attributes.ts'
import {
  bulkCreateGroup,
  bulkCreateUser,
  bulkResults,
  bulkStatuses,
  createdPath,
  expectBulkStatuses,
  sendBulk,
} from '../steps/bulk.ts'
import { readBody } from '../steps/create-and-read.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

const bulkReferencesArea = area('bulk-references', 'Bulk', 'RFC 7644 §3.7.2', {
  needs: [...userNeeds, 'bulk'],
  after: ['rfc/bulk/creates', 'rfc/bulk-references/in-members'],
  rationale:
    'Clients can’t create users and resources that refer to them in one request, because they don’t know the IDs yet.',
})

const idAt = (path: string): string => decodeURIComponent(path.split('/').at(-1) ?? '')

/** Sends operations, all of which have to succeed; `path` finds what one of them created. */
async function sendLinked(context: CheckContext, ...operations: readonly JsonObject[]) {
  const response = await sendBulk(context, operations)
  expectBulkStatuses(response, ...operations.map(() => '2xx'))
  const path = (bulkId: string) =>
    createdPath(
      bulkResults(response).find(one => one.bulkId === bulkId),
      response,
    )
  return { response, path }
}

async function expectMember(context: CheckContext, group: string, user: string, response: ScimResponse) {
  const members = sortedValues(await readBody(context, group), 'members')
  expectEqual(members, [idAt(user)], 'members', response)
}

/** A group in a bulk request with members that are references. */
const team = (context: CheckContext, bulkId: string, member: string): JsonObject => {
  requireWritableAttribute(context.groups, 'members')
  return bulkCreateGroup(context, bulkId, `bulkId:${member}`)
}

/** Creates a user and a group with the user, in the given order. */
const createsTeam =
  (inOrder: (user: JsonObject, group: JsonObject) => readonly JsonObject[]): Check['run'] =>
  async context => {
    const operations = inOrder(bulkCreateUser(context, 'ann'), team(context, 'team', 'ann'))
    const { response, path } = await sendLinked(context, ...operations)
    await expectMember(context, path('team'), path('ann'), response)
  }

export const bulkReferenceChecks: readonly Check[] = defineChecks(bulkReferencesArea, [
  must('in-members', ['R-203'], {
    description: 'The server replaces `bulkId:…` in members with the ID of the created resource.',
    needs: ['groups'],
    remedy: 'Replace each reference with bulkId by the ID of the resource that the operation created.',
    after: ['rfc/group/members-kept', 'rfc/bulk/bulk-id-comes-back'],
    run: createsTeam((user, group) => [user, group]),
  }),
  must('ahead', ['R-203', 'R-207'], {
    description: 'An operation can refer to a later operation.',
    needs: ['groups'],
    remedy: 'Reorder operations so that their references can be resolved.',
    run: createsTeam((user, group) => [group, user]),
  }),
  should('in-paths', ['R-203'], {
    description: 'The server replaces `bulkId:…` in a path with the ID of the created resource.',
    remedy: 'Replace such references in path, too.',
    after: ['rfc/bulk/replaces-and-deletes'],
    run: async context => {
      const [text, value] = [textAttributeName(context.users), context.unique()]
      const create = bulkCreateUser(context, 'ann')
      const data = { ...(isObject(create.data) ? create.data : {}), [text]: value }
      const change = { method: 'PUT', path: `${context.users.endpoint}/bulkId:ann`, data }
      const { response, path } = await sendLinked(context, create, change)
      expectEqual(valueIn(await readBody(context, path('ann')), text), value, text, response)
    },
  }),
  must('in-extensions', ['R-203'], {
    description: 'The server replaces `bulkId:…` in attributes of extensions, such as manager.',
    needs: ['enterprise'],
    rationale: 'The manager refers to a user who doesn’t exist.',
    remedy: 'Replace such references in extensions, too.',
    after: ['rfc/enterprise/manager'],
    run: async context => {
      requireWritableAttribute(context.users, 'manager.value', enterpriseUrn)
      const values = { manager: { value: 'bulkId:boss' } }
      const data = extensionValues(context, context.users, enterpriseUrn, values)
      const user = { ...bulkCreateUser(context, 'ann'), data }
      const { response, path } = await sendLinked(context, bulkCreateUser(context, 'boss'), user)
      const manager = valueIn(await readBody(context, path('ann')), enterpriseUrn, 'manager', 'value')
      expectEqual(manager, idAt(path('boss')), 'manager.value', response)
    },
  }),
  must('in-patch', ['R-203', 'R-206'], {
    description: 'The server replaces `bulkId:…` in the values of PATCH operations.',
    needs: ['groups', 'patch'],
    remedy: 'Replace such references in the values of PATCH operations, too.',
    after: ['rfc/bulk/patches', 'rfc/patch-members/add-to-empty'],
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const group = await context.create(context.groups)
      const Operations = [{ op: 'add', path: 'members', value: [{ value: 'bulkId:ann' }] }]
      const change = { method: 'PATCH', path: group.path, data: { schemas: [patchOpUrn], Operations } }
      const { response, path } = await sendLinked(context, bulkCreateUser(context, 'ann'), change)
      await expectMember(context, group.path, path('ann'), response)
    },
  }),
  must('circles', ['R-204'], {
    description:
      'A bulk request with two groups that are members of each other creates both, or returns 409.',
    source: 'RFC 7644 §3.7.1',
    needs: ['groups'],
    rationale: 'The request hangs or only half of it is applied.',
    remedy: 'Create both resources and set the references afterwards, or return 409 for both.',
    after: ['rfc/bulk-references/ahead'],
    run: async context => {
      const response = await sendBulk(context, [team(context, 'one', 'two'), team(context, 'two', 'one')])
      if (response.status === 409) return
      const statuses = bulkStatuses(response)
      const isSame =
        statuses.length === 2 && ['2', '409'].some(start => statuses.every(one => one.startsWith(start)))
      expectThat(isSame, 'two successes, or 409 and 409', statuses, response)
    },
  }),
  practice('unknown', ['R-203'], {
    source: 'RFC 7644 §3.7.2, which is silent on it',
    description: 'An operation that refers to a bulkId outside the request fails.',
    needs: ['groups'],
    rationale: 'Members are stored that don’t exist.',
    remedy: 'Return 400 or 409 for such an operation.',
    run: async context => {
      const response = await sendBulk(context, [team(context, 'team', 'nobody')])
      if (response.status >= 400 && response.status < 500) return
      expectBulkStatuses(response, '4xx')
    },
  }),
  practice('to-a-failure', ['R-203'], {
    description: 'An operation that refers to a failed operation fails.',
    needs: ['groups'],
    rationale: 'Members are stored that don’t exist.',
    remedy: 'Return 400 or 409 for operations whose references can’t be resolved.',
    after: ['rfc/bulk-references/unknown'],
    run: async context => {
      const user = { ...bulkCreateUser(context, 'ann'), data: { schemas: [context.users.schema] } }
      const response = await sendBulk(context, [user, team(context, 'team', 'ann')])
      const statuses = bulkStatuses(response)
      expectThat(!statuses.some(status => status.startsWith('2')), 'no success', statuses, response)
    },
  }),
])
