import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import {
  bulkRequestUrn,
  bulkResponseUrn,
  errorUrn,
  isObject,
  type JsonObject,
  patchOpUrn,
} from '../../scim.ts'
import { textAttributeName, valueIn } from '../steps/attributes.ts'
import {
  bulkCreateUser,
  bulkResults,
  bulkStatuses,
  createdPath,
  expectBulkStatuses,
  sendBulk,
} from '../steps/bulk.ts'
import { readBody } from '../steps/create-and-read.ts'
import { bulkRequestsArea, outcomeUnknown } from './areas.ts'
import { defineChecks, may, must, should } from './define-checks.ts'

const answeredArea = { ...bulkRequestsArea, after: ['rfc/discovery/offers-bulk', 'rfc/bulk/answers-200'] }

/** An operation that fails: its resource doesn't exist. */
const failing = ({ users, unique }: CheckContext): JsonObject => ({
  method: 'DELETE',
  path: `${users.endpoint}/${unique()}`,
})

export const bulkChecks: readonly Check[] = [
  ...defineChecks(bulkRequestsArea, [
    must('limits', ['R-198'], {
      description: 'ServiceProviderConfig contains maxOperations and maxPayloadSize.',
      source: 'RFC 7644 §3.7.4',
      rationale: 'Clients don’t know how much they may send, and are rejected.',
      remedy: 'Return both limits as integers above 0.',
      run: async context => {
        const response = await context.get('/ServiceProviderConfig')
        const limits = jsonObject(response).bulk
        for (const name of ['maxOperations', 'maxPayloadSize']) {
          const limit = valueIn(limits, name)
          expectThat(Number.isInteger(limit) && Number(limit) > 0, `bulk.${name} above 0`, limit, response)
        }
      },
    }),
  ]),
  ...defineChecks(answeredArea, [
    must('answers-200', ['R-200'], {
      description: 'A bulk request returns 200 and a BulkResponse.',
      rationale: outcomeUnknown,
      remedy: 'Return 200 with the BulkResponse schema and a result for each operation.',
      run: async context => {
        const response = await sendBulk(context, [
          bulkCreateUser(context, 'one'),
          bulkCreateUser(context, 'two'),
        ])
        expectStatus(response, 200)
        expectEqual(jsonObject(response).schemas, [bulkResponseUrn], 'schemas', response)
        expectBulkStatuses(response, '2xx', '2xx')
      },
    }),
    must('creates', ['R-200'], {
      description: 'A resource created by a bulk request can be read.',
      rationale: outcomeUnknown,
      remedy: 'Process each operation as if it had been sent separately.',
      after: ['rfc/bulk/location'],
      run: async context => {
        const text = textAttributeName(context.users)
        const value = context.unique()
        const response = await sendBulk(context, [bulkCreateUser(context, 'one', { [text]: value })])
        const body = await readBody(context, createdPath(bulkResults(response)[0], response))
        expectEqual(valueIn(body, text), value, text, response)
      },
    }),
    must('replaces-and-deletes', ['R-200', 'R-207'], {
      description: 'Bulk requests support PUT and DELETE.',
      rationale: outcomeUnknown,
      remedy: 'Accept PUT and DELETE as methods of operations.',
      after: ['rfc/put/replaces', 'rfc/delete/get'],
      run: async context => {
        const text = textAttributeName(context.users)
        const [one, two] = [await context.create(context.users), await context.create(context.users)]
        const value = context.unique()
        const response = await sendBulk(context, [
          { method: 'PUT', path: one.path, data: { ...one.sent, [text]: value } },
          { method: 'DELETE', path: two.path },
        ])
        expectBulkStatuses(response, '2xx', '2xx')
        expectEqual(valueIn(await readBody(context, one.path), text), value, text, response)
        expectStatus(await context.get(two.path), 404)
      },
    }),
    must('patches', ['R-206'], {
      description: 'Bulk requests support PATCH, with a whole PatchOp message as data.',
      source: 'RFC 7644 §3.7.3, erratum 5050',
      needs: ['patch'],
      rationale: outcomeUnknown,
      remedy: 'Treat data of a PATCH operation like the body of a PATCH request.',
      after: ['probe/patch'],
      run: async context => {
        const text = textAttributeName(context.users)
        const { path } = await context.create(context.users)
        const value = context.unique()
        const data = { schemas: [patchOpUrn], Operations: [{ op: 'replace', path: text, value }] }
        const response = await sendBulk(context, [{ method: 'PATCH', path, data }])
        expectBulkStatuses(response, '2xx')
        expectEqual(valueIn(await readBody(context, path), text), value, text, response)
      },
    }),
    should('status-as-string', ['R-205'], {
      description: 'The status of each operation is a string: "201", alone or as code of an object.',
      source: 'RFC 7644 §3.7.3',
      rationale: 'Clients that expect a string can’t parse the response.',
      remedy: 'Return statuses as strings.',
      run: async context => {
        const response = await sendBulk(context, [bulkCreateUser(context, 'one')])
        const { status } = bulkResults(response)[0] ?? {}
        // §3.7.3 has both: its examples use a string, its text and one example an object with a code.
        const code = isObject(status) ? status.code : status
        expectThat(typeof code === 'string', 'a status that is a string', code, response, 'wrong type')
      },
    }),
    must('method', ['R-205'], {
      description: 'Each result contains its method.',
      source: 'RFC 7644 §3.7.3',
      rationale: outcomeUnknown,
      remedy: 'Repeat method in each result.',
      run: async context => {
        const { path } = await context.create(context.users)
        const response = await sendBulk(context, [{ method: 'DELETE', path }])
        expectEqual(bulkResults(response)[0]?.method, 'DELETE', 'method', response)
      },
    }),
    must('location', ['R-205'], {
      description: 'Each result contains the location of its resource.',
      source: 'RFC 7644 §3.7.3',
      rationale: 'Clients don’t know the IDs of the resources that they created.',
      remedy: 'Include location in each result, except for a failed POST.',
      run: async context => {
        const { path } = await context.create(context.users)
        const response = await sendBulk(context, [bulkCreateUser(context, 'one'), { method: 'DELETE', path }])
        for (const { location } of bulkResults(response))
          expectThat(typeof location === 'string' && location !== '', 'a location', location, response)
      },
    }),
    may('version', ['R-205'], {
      description: 'Each result contains the version of its resource.',
      source: 'RFC 7644 §3.7.3',
      needs: ['etag'],
      rationale: 'Clients have to read everything that they have just created to learn its version.',
      remedy: 'Include version in the result of each operation whose resource still exists.',
      run: async context => {
        const response = await sendBulk(context, [bulkCreateUser(context, 'one')])
        const { version } = bulkResults(response)[0] ?? {}
        expectThat(typeof version === 'string' && version !== '', 'a version', version, response)
      },
    }),
    must('bulk-id-comes-back', ['R-202'], {
      description: 'The result of a POST contains its bulkId.',
      rationale: 'Clients can’t tell which resource an id belongs to.',
      remedy: 'Repeat bulkId in the result.',
      run: async context => {
        const response = await sendBulk(context, [
          bulkCreateUser(context, 'first-of-two'),
          bulkCreateUser(context, 'second-of-two'),
        ])
        const ids = bulkResults(response).map(({ bulkId }) => bulkId ?? null)
        expectEqual(ids.toSorted(), ['first-of-two', 'second-of-two'], 'bulkIds', response)
      },
    }),
    must('same-as-in-order', ['R-207'], {
      description: 'The server applies changes to one resource in order.',
      rationale: 'The most recent value is lost.',
      remedy: 'Keep the order of operations on one resource.',
      after: ['rfc/bulk/replaces-and-deletes'],
      run: async context => {
        const text = textAttributeName(context.users)
        const { path, sent } = await context.create(context.users)
        const values = ['one', 'two', 'three'].map(name => context.unique(name))
        const operations = values.map(value => ({ method: 'PUT', path, data: { ...sent, [text]: value } }))
        const response = await sendBulk(context, operations)
        expectBulkStatuses(response, '2xx', '2xx', '2xx')
        expectEqual(valueIn(await readBody(context, path), text), values[2], text, response)
      },
    }),
    should('bulk-id-required', ['R-202'], {
      description: 'A bulk POST without bulkId is rejected.',
      rationale: 'Clients can’t tell which resource an id belongs to.',
      remedy: 'Reject the request or that operation with 400.',
      run: async context => {
        const { bulkId, ...operation } = bulkCreateUser(context, 'none')
        const response = await sendBulk(context, [operation])
        expectStatus(response, 200, 400)
        if (response.status === 200) expectBulkStatuses(response, '400')
      },
    }),
    must('goes-on-after-errors', ['R-201', 'R-200'], {
      description: 'Without failOnErrors, the server processes all operations even if some fail.',
      rationale: 'One error prevents all other resources from being provisioned.',
      remedy: 'Continue after a failed operation, and return 200.',
      run: async context => {
        const response = await sendBulk(context, [failing(context), bulkCreateUser(context, 'after')])
        expectBulkStatuses(response, '4xx', '2xx')
      },
    }),
    should('stops-after-errors', ['R-201'], {
      description: 'With `failOnErrors: 1`, processing ends at the first failure.',
      rationale: 'Operations that depend on the failed one are processed nevertheless.',
      remedy: 'Skip the remaining operations when failOnErrors is reached.',
      run: async context => {
        const response = await sendBulk(context, [failing(context), bulkCreateUser(context, 'after')], {
          failOnErrors: 1,
        })
        const made = bulkStatuses(response).filter(status => status.startsWith('2'))
        expectEqual(made.length, 0, 'number of operations processed after the failure', response)
      },
    }),
    must('stops-after-as-many', ['R-201'], {
      description: 'With `failOnErrors: 2`, processing continues after the first failure.',
      rationale: 'One error prevents the others from being provisioned, although the client allowed for it.',
      remedy: 'Count the failures, and stop when there are as many as failOnErrors.',
      after: ['rfc/bulk/goes-on-after-errors'],
      run: async context => {
        const operations = [failing(context), bulkCreateUser(context, 'after')]
        const response = await sendBulk(context, operations, { failOnErrors: 2 })
        expectBulkStatuses(response, '4xx', '2xx')
      },
    }),
    must('error-in-response', ['R-205'], {
      description: 'The result of a failed operation contains the SCIM error in response.',
      source: 'RFC 7644 §3.7.3',
      rationale: 'The client can’t tell why the operation failed.',
      remedy: 'Return the body of the error in response.',
      run: async context => {
        const response = await sendBulk(context, [failing(context)])
        const { response: error } = bulkResults(response)[0] ?? {}
        const schemas = isObject(error) ? error.schemas : undefined
        expectEqual(schemas, [errorUrn], 'schemas of response', response)
      },
    }),
    must('too-many', ['R-199'], {
      description: 'A bulk request with more operations than maxOperations returns 413.',
      source: 'RFC 7644 §3.7.4',
      rationale: 'Clients keep sending, or assume that everything was applied.',
      remedy: 'Count the operations before you start, and return 413 with a SCIM error.',
      run: async context => {
        const { maxOperations = 0, maxPayloadSize = 0 } = context.service.offers.bulk ?? {}
        if (!(maxOperations > 0) || maxOperations > 20_000) skip('maxOperations is too large to exceed.')
        const operation = { method: 'DELETE', path: `${context.users.endpoint}/nobody` }
        const size = JSON.stringify(operation).length * (maxOperations + 1) + 200
        if (maxPayloadSize > 0 && size > maxPayloadSize)
          skip('A request with that many operations exceeds maxPayloadSize.')
        const response = await sendBulk(context, Array(maxOperations + 1).fill(operation))
        expectStatus(response, 413)
      },
    }),
    must('too-large', ['R-199'], {
      description: 'A bulk request larger than maxPayloadSize returns 413.',
      source: 'RFC 7644 §3.7.4',
      rationale: 'Clients don’t learn that they have to send smaller requests.',
      remedy: 'Check the size of the body before you parse it, and return 413 with a SCIM error.',
      run: async context => {
        const { maxPayloadSize = 0 } = context.service.offers.bulk ?? {}
        if (!(maxPayloadSize > 0) || maxPayloadSize > 20_000_000)
          skip('maxPayloadSize is too large to exceed.')
        const long = 'x'.repeat(maxPayloadSize)
        const response = await sendBulk(context, [
          bulkCreateUser(context, 'large', { [textAttributeName(context.users)]: long }),
        ])
        expectStatus(response, 413)
      },
    }),
    must('whole-failure', ['R-200'], {
      description: 'A body that isn’t a BulkRequest is rejected as a whole.',
      source: 'RFC 7644 §3.12',
      rationale: 'Clients don’t learn that the server couldn’t read the request.',
      remedy: 'Return 400 with scimType invalidSyntax for a body without Operations.',
      run: async context => {
        const schemas = [bulkRequestUrn]
        expectStatus(await context.post('/Bulk', { schemas, Operations: 'none' }), 400)
      },
    }),
  ]),
]
