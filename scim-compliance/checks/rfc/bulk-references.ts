import type { Check } from '../../check.ts'
import { expectEqual, expectThat } from '../../expect.ts'
import { enterpriseUrn, patchOpUrn } from '../../scim.ts'
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
  sendBulk,
} from '../steps/bulk.ts'
import { readBody } from '../steps/create-and-read.ts'
import { bulkReferencesArea } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

export const bulkBrokenReferenceChecks: readonly Check[] = defineChecks(bulkReferencesArea, [
  must('circles', ['R-204'], {
    description:
      'A bulk request with two groups that are members of each other creates both, or returns 409.',
    source: 'RFC 7644 §3.7.1',
    needs: ['groups'],
    rationale: 'The request hangs or only half of it is applied.',
    remedy: 'Create both resources and set the references afterwards, or return 409 for both.',
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const response = await sendBulk(context, [
        bulkCreateGroup(context, 'one', 'bulkId:two'),
        bulkCreateGroup(context, 'two', 'bulkId:one'),
      ])
      if (response.status === 409) return
      const statuses = bulkStatuses(response)
      expectThat(
        ['201,201', '409,409'].includes(statuses.join()),
        'statuses 201 and 201, or 409 and 409',
        statuses,
        response,
      )
    },
  }),
  practice('unknown', ['R-203'], {
    source: 'RFC 7644 §3.7.2, which is silent on it',
    description: 'An operation that refers to a bulkId outside the request fails.',
    needs: ['groups'],
    rationale: 'Members are stored that don’t exist.',
    remedy: 'Return 400 or 409 for such an operation.',
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const response = await sendBulk(context, [bulkCreateGroup(context, 'team', 'bulkId:nobody')])
      if (response.status >= 400 && response.status < 500) return
      const [status = ''] = bulkStatuses(response)
      expectThat(/^4\d\d$/.test(status), 'a status of 4xx', status, response)
    },
  }),
  practice('to-a-failure', ['R-203'], {
    description: 'An operation that refers to a failed operation fails.',
    needs: ['groups'],
    rationale: 'Members are stored that don’t exist.',
    remedy: 'Return 400 or 409 for operations whose references can’t be resolved.',
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const user = { ...bulkCreateUser(context, 'ann'), data: { schemas: [context.users.schema] } }
      const response = await sendBulk(context, [user, bulkCreateGroup(context, 'team', 'bulkId:ann')])
      const statuses = bulkStatuses(response)
      expectThat(!statuses.includes('201'), 'no 201', statuses, response)
    },
  }),
])

const unknown =
  'Clients can’t create users and resources that refer to them in one request, because they don’t know the IDs yet.'

const idAt = (path: string): string => decodeURIComponent(path.split('/').at(-1) ?? '')

export const bulkIdChecks: readonly Check[] = defineChecks(bulkReferencesArea, [
  must('in-members', ['R-203'], {
    description: 'The server replaces `bulkId:…` in members with the ID of the created resource.',
    needs: ['groups'],
    rationale: unknown,
    remedy: 'Replace such references with the IDs of the created resources.',
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const response = await sendBulk(context, [
        bulkCreateUser(context, 'ann'),
        bulkCreateGroup(context, 'team', 'bulkId:ann'),
      ])
      expectEqual(bulkStatuses(response), ['201', '201'], 'statuses', response)
      const [ann, team] = bulkResults(response).map(result => createdPath(result, response))
      const members = sortedValues(await readBody(context, team ?? ''), 'members')
      expectEqual(members, [idAt(ann ?? '')], 'members', response)
    },
  }),
  must('ahead', ['R-203', 'R-207'], {
    description: 'An operation can refer to a later operation.',
    needs: ['groups'],
    rationale: unknown,
    remedy: 'Reorder operations so that their references can be resolved.',
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const response = await sendBulk(context, [
        bulkCreateGroup(context, 'team', 'bulkId:ann'),
        bulkCreateUser(context, 'ann'),
      ])
      expectEqual(bulkStatuses(response), ['201', '201'], 'statuses', response)
      const results = bulkResults(response)
      const path = (bulkId: string) =>
        createdPath(
          results.find(one => one.bulkId === bulkId),
          response,
        )
      const members = sortedValues(await readBody(context, path('team')), 'members')
      expectEqual(members, [idAt(path('ann'))], 'members', response)
    },
  }),
  should('in-paths', ['R-203'], {
    description: 'The server replaces `bulkId:…` in a path with the ID of the created resource.',
    rationale: unknown,
    remedy: 'Replace such references in path, too.',
    run: async context => {
      const text = textAttributeName(context.users)
      const value = context.unique()
      const create = bulkCreateUser(context, 'ann')
      const data = { ...(typeof create.data === 'object' ? create.data : {}), [text]: value }
      const path = `${context.users.endpoint}/bulkId:ann`
      const response = await sendBulk(context, [create, { method: 'PUT', path, data }])
      expectEqual(bulkStatuses(response), ['201', '200'], 'statuses', response)
      const body = await readBody(context, createdPath(bulkResults(response)[0], response))
      expectEqual(valueIn(body, text), value, text, response)
    },
  }),
  must('in-extensions', ['R-203'], {
    description: 'The server replaces `bulkId:…` in attributes of extensions, such as manager.',
    needs: ['enterprise'],
    rationale: 'The manager refers to a user who doesn’t exist.',
    remedy: 'Replace such references in extensions, too.',
    run: async context => {
      requireWritableAttribute(context.users, 'manager.value', enterpriseUrn)
      const data = extensionValues(context, context.users, enterpriseUrn, {
        manager: { value: 'bulkId:boss' },
      })
      const response = await sendBulk(context, [
        bulkCreateUser(context, 'boss'),
        { method: 'POST', path: context.users.endpoint, bulkId: 'ann', data },
      ])
      expectEqual(bulkStatuses(response), ['201', '201'], 'statuses', response)
      const [boss, ann] = bulkResults(response).map(result => createdPath(result, response))
      const manager = valueIn(await readBody(context, ann ?? ''), enterpriseUrn, 'manager', 'value')
      expectEqual(manager, idAt(boss ?? ''), 'manager.value', response)
    },
  }),
  must('in-patch', ['R-203', 'R-206'], {
    description: 'The server replaces `bulkId:…` in the values of PATCH operations.',
    needs: ['groups', 'patch'],
    rationale: unknown,
    remedy: 'Replace such references in the values of PATCH operations, too.',
    run: async context => {
      requireWritableAttribute(context.groups, 'members')
      const team = await context.create(context.groups)
      const data = {
        schemas: [patchOpUrn],
        Operations: [{ op: 'add', path: 'members', value: [{ value: 'bulkId:ann' }] }],
      }
      const response = await sendBulk(context, [
        bulkCreateUser(context, 'ann'),
        { method: 'PATCH', path: team.path, data },
      ])
      const ann = createdPath(bulkResults(response)[0], response)
      const members = sortedValues(await readBody(context, team.path), 'members')
      expectEqual(members, [idAt(ann)], 'members', response)
    },
  }),
])
