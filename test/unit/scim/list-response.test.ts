import t from 'tap'
import { listResponse } from '../../../src/scim/messages.ts'

const schemas = ['urn:ietf:params:scim:api:messages:2.0:ListResponse']
const resources = ['{"id":"1"}', '{"id":"2"}']

t.test('R-091 R-092 an index-based list has the total, the page size and the start index', async t => {
  t.same(JSON.parse(listResponse({ by: 'index', resources, total: 7, startIndex: 3 })), {
    totalResults: 7,
    itemsPerPage: 2,
    startIndex: 3,
    schemas,
    Resources: [{ id: '1' }, { id: '2' }],
  })
})

t.test('R-093 an empty list is a list', async t => {
  t.same(JSON.parse(listResponse({ by: 'index', resources: [], total: 0, startIndex: 1 })), {
    totalResults: 0,
    itemsPerPage: 0,
    startIndex: 1,
    schemas,
    Resources: [],
  })
})

t.test('R-133 a cursor-based list has the next cursor, and the total only if it is known', async t => {
  t.same(JSON.parse(listResponse({ by: 'cursor', resources, next: 'abc' })), {
    itemsPerPage: 2,
    nextCursor: 'abc',
    schemas,
    Resources: [{ id: '1' }, { id: '2' }],
  })
  t.same(JSON.parse(listResponse({ by: 'cursor', resources: [], total: 0 })), {
    totalResults: 0,
    itemsPerPage: 0,
    schemas,
    Resources: [],
  })
})

t.test('stored documents are returned unchanged', async t => {
  const text = '{"id":"1", "n":1.0}'
  t.ok(listResponse({ by: 'cursor', resources: [text] }).endsWith(`"Resources":[${text}]}`))
})
