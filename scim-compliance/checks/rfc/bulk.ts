import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import { bulkRequestUrn, bulkResponseUrn, errorUrn, type JsonObject, patchOpUrn } from '../../scim.ts'
import { fitting, over } from '../forms.ts'
import { textAttributeName, valueIn } from '../steps/attributes.ts'
import { bulkCreateUser, bulkResults, createdPath, expectBulkStatuses, sendBulk } from '../steps/bulk.ts'
import { readBody } from '../steps/create-and-read.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, may, must, should, withFixture } from './define-checks.ts'

const bulkArea = area('bulk', 'Bulk', 'RFC 7644 §3.7', {
  needs: [...userNeeds, 'bulk'],
  after: ['rfc/discovery/offers-bulk'],
  rationale: 'Clients that send many changes in one request don’t know which ones were applied.',
})

/** An operation that fails: its resource doesn't exist. */
const failing = ({ users, unique }: CheckContext): JsonObject => ({
  method: 'DELETE',
  path: `${users.endpoint}/${unique()}`,
})

const failsFirst = (context: CheckContext) => [failing(context), bulkCreateUser(context, 'after')]

/** A user, and another value for an optional string. */
const whenCreated = withFixture(async context => {
  const [text, value] = [textAttributeName(context.users), context.unique()]
  const made = await context.create(context.users)
  const expectText = async (response: ScimResponse) =>
    expectEqual(valueIn(await readBody(context, made.path), text), value, text, response)
  return { ...made, text, value, data: { ...made.sent, [text]: value }, expectText }
})

const whenAnswered = (operation: (context: CheckContext) => JsonObject) =>
  withFixture(async context => {
    const response = await sendBulk(context, [operation(context)])
    return { response, result: bulkResults(response)[0] ?? {} }
  })

const afterPost = whenAnswered(context => bulkCreateUser(context, 'one'))

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

const aLimit = fitting('an integer above 0', value => Number.isInteger(value) && Number(value) > 0)

const limitChecks = defineChecks({ ...bulkArea, source: 'RFC 7644 §3.7.4' }, [
  must('limits', ['R-198'], {
    description: 'ServiceProviderConfig contains maxOperations and maxPayloadSize.',
    rationale: 'Clients don’t know how much they may send, and are rejected.',
    remedy: 'Return both limits as integers above 0.',
    request: { get: '/ServiceProviderConfig' },
    expect: { body: { 'bulk.maxOperations': aLimit, 'bulk.maxPayloadSize': aLimit } },
  }),
  must('too-many', ['R-199'], {
    description: 'A bulk request with more operations than maxOperations returns 413.',
    rationale: 'Clients keep sending, or assume that everything was applied.',
    remedy: 'Count the operations before you start, and return 413 with a SCIM error.',
    after: ['rfc/bulk/answers-200'],
    run: async context => {
      const { maxOperations = 0, maxPayloadSize = 0 } = context.service.offers.bulk ?? {}
      if (!(maxOperations > 0) || maxOperations > 20_000) skip('maxOperations is too large to exceed.')
      const operation = { method: 'DELETE', path: `${context.users.endpoint}/nobody` }
      const size = JSON.stringify(operation).length * (maxOperations + 1) + 200
      if (maxPayloadSize > 0 && size > maxPayloadSize)
        skip('A request with that many operations exceeds maxPayloadSize.')
      expectStatus(await sendBulk(context, Array(maxOperations + 1).fill(operation)), 413)
    },
  }),
  must('too-large', ['R-199'], {
    description: 'A bulk request larger than maxPayloadSize returns 413.',
    rationale: 'Clients don’t learn that they have to send smaller requests.',
    remedy: 'Check the size of the body before you parse it, and return 413 with a SCIM error.',
    after: ['rfc/bulk/answers-200'],
    run: async context => {
      const { maxPayloadSize = 0 } = context.service.offers.bulk ?? {}
      if (!(maxPayloadSize > 0) || maxPayloadSize > 20_000_000) skip('maxPayloadSize is too large to exceed.')
      const long = { [textAttributeName(context.users)]: 'x'.repeat(maxPayloadSize) }
      expectStatus(await sendBulk(context, [bulkCreateUser(context, 'large', long)]), 413)
    },
  }),
])

const answeredArea = { ...bulkArea, after: ['rfc/discovery/offers-bulk', 'rfc/bulk/answers-200'] }

const requestChecks = defineChecks(answeredArea, [
  must('answers-200', ['R-200'], {
    description: 'A bulk request returns 200 and a BulkResponse.',
    remedy: 'Return 200 with the BulkResponse schema and a result for each operation.',
    run: async context => {
      const operations = ['one', 'two'].map(bulkId => bulkCreateUser(context, bulkId))
      const response = await sendBulk(context, operations)
      expectStatus(response, 200)
      expectEqual(jsonObject(response).schemas, [bulkResponseUrn], 'schemas', response)
      expectBulkStatuses(response, '2xx', '2xx')
    },
  }),
  must('creates', ['R-200'], {
    description: 'A resource created by a bulk request can be read.',
    remedy: 'Process each operation as if it had been sent separately.',
    after: ['rfc/bulk/location'],
    run: async context => {
      const [text, value] = [textAttributeName(context.users), context.unique()]
      const response = await sendBulk(context, [bulkCreateUser(context, 'one', { [text]: value })])
      const body = await readBody(context, createdPath(bulkResults(response)[0], response))
      expectEqual(valueIn(body, text), value, text, response)
    },
  }),
  must('replaces-and-deletes', ['R-200', 'R-207'], {
    description: 'Bulk requests support PUT and DELETE.',
    remedy: 'Accept PUT and DELETE as methods of operations.',
    after: ['rfc/put/replaces', 'rfc/delete/get'],
    run: whenCreated(async ({ path, data, expectText }, context) => {
      const other = await context.create(context.users)
      const operations = [
        { method: 'PUT', path, data },
        { method: 'DELETE', path: other.path },
      ]
      const response = await sendBulk(context, operations)
      expectBulkStatuses(response, '2xx', '2xx')
      await expectText(response)
      expectStatus(await context.get(other.path), 404)
    }),
  }),
  must('patches', ['R-206'], {
    description: 'Bulk requests support PATCH, with a whole PatchOp message as data.',
    source: 'RFC 7644 §3.7.3, erratum 5050',
    needs: ['patch'],
    remedy: 'Treat data of a PATCH operation like the body of a PATCH request.',
    after: ['probe/patch'],
    run: whenCreated(async ({ path, text, value, expectText }, context) => {
      const data = { schemas: [patchOpUrn], Operations: [{ op: 'replace', path: text, value }] }
      const response = await sendBulk(context, [{ method: 'PATCH', path, data }])
      expectBulkStatuses(response, '2xx')
      await expectText(response)
    }),
  }),
  must('bulk-id-comes-back', ['R-202'], {
    description: 'The result of a POST contains its bulkId.',
    rationale: 'Clients can’t tell which resource an id belongs to.',
    remedy: 'Repeat bulkId in the result.',
    run: async context => {
      const sent = ['first-of-two', 'second-of-two']
      const operations = sent.map(bulkId => bulkCreateUser(context, bulkId))
      const response = await sendBulk(context, operations)
      const ids = bulkResults(response).map(({ bulkId }) => bulkId ?? null)
      expectEqual(ids.toSorted(), sent, 'bulkIds', response)
    },
  }),
  must('same-as-in-order', ['R-207'], {
    description: 'The server applies changes to one resource in order.',
    rationale: 'The most recent value is lost.',
    remedy: 'Keep the order of operations on one resource.',
    after: ['rfc/bulk/replaces-and-deletes'],
    run: whenCreated(async ({ path, text, data, expectText }, context) => {
      const all = [{ ...data, [text]: 'one' }, { ...data, [text]: 'two' }, data]
      const operations = all.map(one => ({ method: 'PUT', path, data: one }))
      const response = await sendBulk(context, operations)
      expectBulkStatuses(response, '2xx', '2xx', '2xx')
      await expectText(response)
    }),
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
    description:
      'Without failOnErrors, or with `failOnErrors: 2`, the server processes all operations even if one fails.',
    rationale:
      'One error prevents all other resources from being provisioned, even if the client allowed for it.',
    remedy:
      'Continue after a failed operation, and return 200. Stop when there are as many failures as failOnErrors.',
    ...over({ 'without failOnErrors': {}, 'failOnErrors 2': { failOnErrors: 2 } }, more => async context => {
      expectBulkStatuses(await sendBulk(context, failsFirst(context), more), '4xx', '2xx')
    }),
  }),
  should('stops-after-errors', ['R-201'], {
    description: 'With `failOnErrors: 1`, processing ends at the first failure.',
    rationale: 'Operations that depend on the failed one are processed nevertheless.',
    remedy: 'Skip the remaining operations when failOnErrors is reached.',
    run: async context => {
      const response = await sendBulk(context, failsFirst(context), { failOnErrors: 1 })
      const isDone = ({ status }: JsonObject) => /^2/.test(String(valueIn(status, 'code') ?? status))
      const done = bulkResults(response).filter(isDone)
      expectEqual(done.length, 0, 'number of operations processed after the failure', response)
    },
  }),
  must('whole-failure', ['R-200'], {
    description: 'A body that isn’t a BulkRequest is rejected as a whole.',
    source: 'RFC 7644 §3.12',
    rationale: 'Clients don’t learn that the server couldn’t read the request.',
    remedy: 'Return 400 with scimType invalidSyntax for a body without Operations.',
    request: { raw: { schemas: [bulkRequestUrn], Operations: 'none' }, path: '/Bulk' },
    expect: { status: [400] },
  }),
])

const resultChecks = defineChecks({ ...answeredArea, source: 'RFC 7644 §3.7.3' }, [
  should('status-as-string', ['R-205'], {
    description: 'The status of each operation is a string: "201", alone or as code of an object.',
    rationale: 'Clients that expect a string can’t parse the response.',
    remedy: 'Return statuses as strings.',
    run: afterPost(({ result: { status }, response }) => {
      // §3.7.3 has both: its examples use a string, its text and one example an object with a code.
      const code = valueIn(status, 'code') ?? status
      expectThat(typeof code === 'string', 'a status that is a string', code, response, 'wrong type')
    }),
  }),
  must('method', ['R-205'], {
    description: 'Each result contains its method.',
    remedy: 'Repeat method in each result.',
    run: afterPost(({ result, response }) => expectEqual(result.method, 'POST', 'method', response)),
  }),
  must('location', ['R-205'], {
    description: 'Each result contains the location of its resource.',
    rationale: 'Clients don’t know the IDs of the resources that they created.',
    remedy: 'Include location in each result, except for a failed POST.',
    run: whenCreated(async ({ path }, context) => {
      const response = await sendBulk(context, [bulkCreateUser(context, 'one'), { method: 'DELETE', path }])
      for (const { location } of bulkResults(response))
        expectThat(isText(location), 'a location', location, response)
    }),
  }),
  may('version', ['R-205'], {
    description: 'Each result contains the version of its resource.',
    needs: ['etag'],
    rationale: 'Clients have to read everything that they have just created to learn its version.',
    remedy: 'Include version in the result of each operation whose resource still exists.',
    run: afterPost(({ result: { version }, response }) =>
      expectThat(isText(version), 'a version', version, response),
    ),
  }),
  must('error-in-response', ['R-205'], {
    description: 'The result of a failed operation contains the SCIM error in response.',
    rationale: 'The client can’t tell why the operation failed.',
    remedy: 'Return the body of the error in response.',
    run: whenAnswered(failing)(({ result, response }) =>
      expectEqual(valueIn(result.response, 'schemas'), [errorUrn], 'schemas of response', response),
    ),
  }),
])

export const bulkChecks: readonly Check[] = [...limitChecks, ...requestChecks, ...resultChecks]
