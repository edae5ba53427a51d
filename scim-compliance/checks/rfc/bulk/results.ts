import type { Check } from '../../../check.ts'
import { expectEqual, expectThat } from '../../../expect.ts'
import { isObject } from '../../../json.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { bulk, making, resultsOf, statusOf } from '../../tools/bulk.ts'
import { readAgain } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { bulkRequestsArea, outcomeUnknown } from './areas.ts'

export const checks: readonly Check[] = checksOf(bulkRequestsArea, [
  {
    id: 'status-as-string',
    level: 'SHOULD',
    says: 'The status of each operation is a string: "201", alone or as code of an object.',
    source: 'RFC 7644 §3.7.3',
    requirements: ['R-205'],
    matters: 'Clients that expect a text can’t read the answer.',
    mend: 'Write statuses as strings.',
    run: async stage => {
      const answer = await bulk(stage, [making(stage, 'one')])
      const { status } = resultsOf(answer)[0] ?? {}
      // §3.7.3 has both: its examples a string, its text and one example an object with a code.
      expectEqual(isObject(status) ? status.code : status, '201', 'status', answer)
    },
  },
  {
    id: 'method',
    level: 'MUST',
    says: 'Each result has its method.',
    source: 'RFC 7644 §3.7.3',
    requirements: ['R-205'],
    matters: outcomeUnknown,
    mend: 'Repeat method in each result.',
    run: async stage => {
      const { path } = await stage.create(stage.users)
      const answer = await bulk(stage, [{ method: 'DELETE', path }])
      expectEqual(resultsOf(answer)[0]?.method, 'DELETE', 'method', answer)
    },
  },
  {
    id: 'location',
    level: 'MUST',
    says: 'Each result has the address of its resource.',
    source: 'RFC 7644 §3.7.3',
    requirements: ['R-205'],
    matters: 'Clients don’t know the ids of what they made.',
    mend: 'Put location into each result, but that of a POST that failed.',
    run: async stage => {
      const { path } = await stage.create(stage.users)
      const answer = await bulk(stage, [making(stage, 'one'), { method: 'DELETE', path }])
      for (const { location } of resultsOf(answer))
        expectThat(typeof location === 'string' && location !== '', 'a location', location, answer)
    },
  },
  {
    id: 'version',
    level: 'MAY',
    says: 'Each result has the version of its resource.',
    source: 'RFC 7644 §3.7.3',
    requirements: ['R-205'],
    needs: ['etag'],
    matters: 'Clients have to read everything that they have just made to know its version.',
    mend: 'Put version into each result of what there is afterwards.',
    run: async stage => {
      const answer = await bulk(stage, [making(stage, 'one')])
      const { version } = resultsOf(answer)[0] ?? {}
      expectThat(typeof version === 'string' && version !== '', 'a version', version, answer)
    },
  },
  {
    id: 'bulk-id-comes-back',
    level: 'MUST',
    says: 'The bulkId of a POST comes back with its result.',
    requirements: ['R-202'],
    matters: 'Clients can’t tell whose id they are given.',
    mend: 'Repeat bulkId in the result.',
    run: async stage => {
      const answer = await bulk(stage, [making(stage, 'first-of-two'), making(stage, 'second-of-two')])
      const ids = resultsOf(answer).map(({ bulkId }) => bulkId ?? null)
      expectEqual(ids.toSorted(), ['first-of-two', 'second-of-two'], 'bulkIds', answer)
    },
  },
  {
    id: 'same-as-in-order',
    level: 'MUST',
    says: 'Changes of one resource have the result that their order has.',
    requirements: ['R-207'],
    matters: 'What was set last is lost.',
    mend: 'Keep the order of operations on one resource.',
    run: async stage => {
      const text = textOf(stage.users)
      const { path, sent } = await stage.create(stage.users)
      const values = ['one', 'two', 'three'].map(name => stage.unique(name))
      const operations = values.map(value => ({ method: 'PUT', path, data: { ...sent, [text]: value } }))
      const answer = await bulk(stage, operations)
      expectEqual(
        resultsOf(answer).map(({ status }) => statusOf(status)),
        ['200', '200', '200'],
        'statuses',
        answer,
      )
      expectEqual(at(await readAgain(stage, path), text), values[2], text, answer)
    },
  },
])
