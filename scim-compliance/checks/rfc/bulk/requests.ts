import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn } from '../../../expect.ts'
import { bulkResponseUrn, patchOpUrn } from '../../../urns.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { bulk, making, pathOf, resultsOf, statusesOf } from '../../tools/bulk.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { bulkRequestsArea, outcomeUnknown } from './areas.ts'

export const checks: readonly Check[] = checksOf(bulkRequestsArea, [
  {
    id: 'limits',
    level: 'MUST',
    says: 'ServiceProviderConfig tells maxOperations and maxPayloadSize.',
    source: 'RFC 7644 §3.7.4',
    requirements: ['R-198'],
    matters: 'Clients don’t know how much they may send, and are refused.',
    mend: 'Publish both limits, as integers above 0.',
    run: async stage => {
      const answer = await stage.get('/ServiceProviderConfig')
      const limits = objectIn(answer).bulk
      for (const name of ['maxOperations', 'maxPayloadSize']) {
        const limit = at(limits, name)
        expectThat(Number.isInteger(limit) && Number(limit) > 0, `bulk.${name} above 0`, limit, answer)
      }
    },
  },
  {
    id: 'answers-200',
    level: 'MUST',
    says: 'A bulk request is answered with 200 and a BulkResponse.',
    requirements: ['R-200'],
    matters: outcomeUnknown,
    mend: 'Answer 200 with the BulkResponse schema and a result for each operation.',
    run: async stage => {
      const answer = await bulk(stage, [making(stage, 'one'), making(stage, 'two')])
      expectStatus(answer, 200)
      expectEqual(objectIn(answer).schemas, [bulkResponseUrn], 'schemas', answer)
      expectEqual(statusesOf(answer), ['201', '201'], 'statuses', answer)
    },
  },
  {
    id: 'creates',
    level: 'MUST',
    says: 'A resource that a bulk request created can be read.',
    requirements: ['R-200'],
    matters: outcomeUnknown,
    mend: 'Carry each operation out as if it had been sent alone.',
    run: async stage => {
      const text = textOf(stage.users)
      const value = stage.unique()
      const answer = await bulk(stage, [making(stage, 'one', { [text]: value })])
      const body = await readAgain(stage, pathOf(resultsOf(answer)[0], answer))
      expectEqual(at(body, text), value, text, answer)
    },
  },
  {
    id: 'replaces-and-deletes',
    level: 'MUST',
    says: 'Bulk requests replace and delete.',
    requirements: ['R-200', 'R-207'],
    matters: outcomeUnknown,
    mend: 'Take PUT and DELETE as methods of operations.',
    run: async stage => {
      const text = textOf(stage.users)
      const [one, two] = [await stage.create(stage.users), await stage.create(stage.users)]
      const value = stage.unique()
      const answer = await bulk(stage, [
        { method: 'PUT', path: one.path, data: { ...one.sent, [text]: value } },
        { method: 'DELETE', path: two.path },
      ])
      expectEqual(statusesOf(answer), ['200', '204'], 'statuses', answer)
      expectEqual(at(await readAgain(stage, one.path), text), value, text, answer)
      expectStatus(await stage.get(two.path), 404)
    },
  },
  {
    id: 'patches',
    level: 'MUST',
    says: 'Bulk requests patch, with a whole PatchOp message as data.',
    source: 'RFC 7644 §3.7.3, erratum 5050',
    requirements: ['R-206'],
    needs: ['patch'],
    matters: outcomeUnknown,
    mend: 'Read data of a PATCH as the body that PATCH has.',
    run: async stage => {
      const text = textOf(stage.users)
      const { path } = await stage.create(stage.users)
      const value = stage.unique()
      const data = {
        schemas: [patchOpUrn],
        Operations: [{ op: 'replace', path: text, value }],
      }
      const answer = await bulk(stage, [{ method: 'PATCH', path, data }])
      const [status] = statusesOf(answer)
      expectThat(status === '200' || status === '204', 'status 200 or 204', status, answer)
      expectEqual(at(await readAgain(stage, path), text), value, text, answer)
    },
  },
])
