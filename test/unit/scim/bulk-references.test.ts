import t from 'tap'
import { asPatchOp, referencedBulkIds, rewriteReferences } from '../../../src/scim/bulk/references.ts'
import type { Json } from '../../../src/scim/json.ts'
import { enterpriseUrn } from '../../support/samples.ts'

const isSecret = (path: string) => /password/i.test(path)
const rewritten = (data: Json) => rewriteReferences(data, (_, bulkId) => `id-${bulkId}`, isSecret)

t.test('R-203 a reference that is a whole value is replaced, also in extensions', async t => {
  const user = { userName: 'x', [enterpriseUrn]: { manager: { value: 'bulkId:boss' } }, active: true }
  t.same(rewritten(user), { ...user, [enterpriseUrn]: { manager: { value: 'id-boss' } } })
  const group: Json = { members: [{ value: 'bulkId:a', type: 'User' }, { value: '7' }, 'bulkId:b'] }
  t.same(rewritten(group), { members: [{ value: 'id-a', type: 'User' }, { value: '7' }, 'id-b'] })
  t.same(referencedBulkIds([user, group, group], isSecret), ['boss', 'a', 'b'])
})

t.test('R-203 a reference in the filter of a path is replaced', async t => {
  const data: Json = {
    Operations: [
      { op: 'remove', path: 'members[value eq "bulkId:a" or value eq "bulkId:b"]' },
      { op: 'add', path: 'members', value: [{ value: 'bulkId:c' }] },
      { OP: 'replace', PATH: 'manager', value: 'bulkId:d' },
    ],
  }
  t.same(rewritten(data), {
    Operations: [
      { op: 'remove', path: 'members[value eq "id-a" or value eq "id-b"]' },
      { op: 'add', path: 'members', value: [{ value: 'id-c' }] },
      { OP: 'replace', PATH: 'manager', value: 'id-d' },
    ],
  })
  t.same(referencedBulkIds(data, isSecret), ['a', 'b', 'c', 'd'])
})

t.test('text that only resembles a reference is unchanged', async t => {
  const data: Json = {
    title: 'see bulkId:a',
    displayName: 'bulkid:a',
    nickName: 'bulkId:',
    locale: 'bulkId:a b',
    $ref: 'https://example.com/Users/bulkId:a',
    path: 'members[value eq "bulkId:a"]',
    'bulkId:a': 7,
  }
  t.same(rewritten(data), data)
  t.same(referencedBulkIds(data, isSecret), [])
})

t.test('R-057 a secret is never parsed as a reference', async t => {
  const data: Json = {
    password: 'bulkId:a',
    Operations: [{ op: 'replace', path: 'PassWord', value: 'bulkId:a' }],
  }
  t.same(rewritten(data), data)
  t.same(referencedBulkIds(data, isSecret), [])
})

t.test('R-206 a bare array of operations becomes a PatchOp', async t => {
  const operations = [{ op: 'add', path: 'title', value: 'x' }]
  const message = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations }
  t.same(asPatchOp(operations), message)
  t.equal(asPatchOp(message), message)
})
