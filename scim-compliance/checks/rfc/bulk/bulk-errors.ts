import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, skip } from '../../../expect.ts'
import { isObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { bulkRequestUrn, errorUrn } from '../../../urns.ts'
import { textOf } from '../../tools/attributes.ts'
import { bulk, making, resultsOf, statusesOf } from '../../tools/bulk.ts'
import { checksOf } from '../checks-of.ts'
import { bulkRequestsArea } from './areas.ts'

/** Something that can't be carried out: nobody has this id. */
const failing = async (stage: Stage) => {
  const made = await stage.create(stage.users)
  await stage.delete(made.path)
  return { method: 'DELETE', path: made.path }
}

export const checks: readonly Check[] = checksOf(bulkRequestsArea, [
  {
    id: 'bulk-id-required',
    level: 'SHOULD',
    says: 'A POST without bulkId isn’t carried out.',
    requirements: ['R-202'],
    matters: 'Clients can’t tell whose id they are given.',
    mend: 'Refuse the request, or that operation, with 400.',
    run: async stage => {
      const { bulkId, ...operation } = making(stage, 'none')
      const answer = await bulk(stage, [operation])
      expectStatus(answer, 200, 400)
      if (answer.status === 200) expectEqual(statusesOf(answer), ['400'], 'statuses', answer)
    },
  },
  {
    id: 'goes-on-after-errors',
    level: 'MUST',
    says: 'Without failOnErrors, everything is tried, whatever fails.',
    requirements: ['R-201', 'R-200'],
    matters: 'One mistake keeps all the others from being provisioned.',
    mend: 'Go on after an operation that failed, and answer 200.',
    run: async stage => {
      const answer = await bulk(stage, [await failing(stage), making(stage, 'after')])
      expectEqual(statusesOf(answer), ['404', '201'], 'statuses', answer)
    },
  },
  {
    id: 'stops-after-errors',
    level: 'SHOULD',
    says: '`failOnErrors: 1` ends at the first failure.',
    requirements: ['R-201'],
    matters: 'What depends on the one that failed is made all the same.',
    mend: 'Leave out what follows when so many operations have failed.',
    run: async stage => {
      const answer = await bulk(stage, [await failing(stage), making(stage, 'after')], { failOnErrors: 1 })
      const made = statusesOf(answer).filter(status => status === '201')
      expectEqual(made.length, 0, 'number of operations carried out after the failure', answer)
    },
  },
  {
    id: 'stops-after-as-many',
    level: 'MUST',
    says: '`failOnErrors: 2` goes on after the first failure.',
    requirements: ['R-201'],
    matters: 'One mistake keeps the others from being provisioned, though the client allowed for it.',
    mend: 'Count failures, and end when there are as many as failOnErrors says.',
    run: async stage => {
      const operations = [await failing(stage), making(stage, 'after')]
      const answer = await bulk(stage, operations, { failOnErrors: 2 })
      expectEqual(statusesOf(answer), ['404', '201'], 'statuses', answer)
    },
  },
  {
    id: 'error-in-response',
    level: 'MUST',
    says: 'The result of an operation that failed has the SCIM error as response.',
    source: 'RFC 7644 §3.7.3',
    requirements: ['R-205'],
    matters: 'Nobody learns why it failed.',
    mend: 'Put the error’s body into response.',
    run: async stage => {
      const answer = await bulk(stage, [await failing(stage)])
      const { response } = resultsOf(answer)[0] ?? {}
      const schemas = isObject(response) ? response.schemas : undefined
      expectEqual(schemas, [errorUrn], 'schemas of response', answer)
    },
  },
  {
    id: 'too-many',
    level: 'MUST',
    says: 'More operations than maxOperations are refused with 413.',
    source: 'RFC 7644 §3.7.4',
    requirements: ['R-199'],
    matters: 'Clients send on and on, or believe that all was done.',
    mend: 'Count the operations before you begin: 413 with a SCIM error.',
    run: async stage => {
      const { maxOperations = 0, maxPayloadSize = 0 } = stage.service.offers.bulk ?? {}
      if (!(maxOperations > 0) || maxOperations > 20_000) skip('maxOperations is too large to go beyond.')
      const operation = { method: 'DELETE', path: `${stage.users.endpoint}/nobody` }
      const size = JSON.stringify(operation).length * (maxOperations + 1) + 200
      if (maxPayloadSize > 0 && size > maxPayloadSize)
        skip('So many operations are larger than maxPayloadSize.')
      const answer = await bulk(stage, Array(maxOperations + 1).fill(operation))
      expectStatus(answer, 413)
    },
  },
  {
    id: 'too-large',
    level: 'MUST',
    says: 'A body larger than maxPayloadSize is refused with 413.',
    source: 'RFC 7644 §3.7.4',
    requirements: ['R-199'],
    matters: 'Clients don’t learn that they have to send less.',
    mend: 'Measure the body before you read it: 413 with a SCIM error.',
    run: async stage => {
      const { maxPayloadSize = 0 } = stage.service.offers.bulk ?? {}
      if (!(maxPayloadSize > 0) || maxPayloadSize > 20_000_000)
        skip('maxPayloadSize is too large to go beyond.')
      const long = 'x'.repeat(maxPayloadSize)
      const answer = await bulk(stage, [making(stage, 'large', { [textOf(stage.users)]: long })])
      expectStatus(answer, 413)
    },
  },
  {
    id: 'whole-failure',
    level: 'MUST',
    says: 'A body that isn’t a BulkRequest is refused as a whole.',
    source: 'RFC 7644 §3.12',
    requirements: ['R-200'],
    matters: 'Clients don’t learn that nothing was understood.',
    mend: 'Answer a body without Operations with 400 and invalidSyntax.',
    run: async stage => {
      const schemas = [bulkRequestUrn]
      expectStatus(await stage.post('/Bulk', { schemas, Operations: 'none' }), 400)
    },
  },
])
