import t from 'tap'
import { bulkResponse } from '../../../src/scim/bulk/messages.ts'

t.test('R-205 each result has its method and status, and its other members if present', async t => {
  const created = {
    method: 'POST',
    bulkId: 'a',
    location: 'https://example.com/Users/1',
    version: 'W/"1"',
    status: 201,
    error: undefined,
  }
  const failed = { ...created, location: undefined, version: undefined, status: 409, error: { detail: 'no' } }
  t.same(JSON.parse(bulkResponse([created, failed])), {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'],
    Operations: [
      {
        location: 'https://example.com/Users/1',
        method: 'POST',
        bulkId: 'a',
        version: 'W/"1"',
        status: '201',
      },
      { method: 'POST', bulkId: 'a', status: '409', response: { detail: 'no' } },
    ],
  })
})
