import fc from 'fast-check'
import t from 'tap'
import {
  asPatchOp,
  type BulkStep,
  bulkRequestUrn,
  bulkResponse,
  nextWave,
  type OperationDependencies,
  orderOperations,
  readBulkRequest,
  referencedBulkIds,
  rewriteReferences,
} from '../../../src/scim/bulk.ts'
import type { Json } from '../../../src/scim/json.ts'
import { assertProperty } from '../../support/property.ts'
import { rejection } from '../../support/rejection.ts'
import { enterpriseUrn } from '../../support/samples.ts'

const request = (operations: Json, rest: { readonly [name: string]: Json } = {}): Json => ({
  schemas: [bulkRequestUrn],
  Operations: operations,
  ...rest,
})
const post = { method: 'POST', path: '/Users', bulkId: 'a', data: {} }

t.test('a bulk request is read with names and methods in any case', async t => {
  const sent: Json = {
    SCHEMAS: [bulkRequestUrn.toLowerCase()],
    FailOnErrors: 2,
    operations: [
      { Method: 'post', BULKID: 'a', Path: '/Users', DATA: { userName: 'x' } },
      { method: 'Delete', path: '/Users/1', version: 'W/"1"', bulkId: null },
      { method: 'GET', path: 7 },
    ],
  }
  t.same(readBulkRequest(sent, 3), {
    failOnErrors: 2,
    operations: [
      { method: 'POST', bulkId: 'a', version: undefined, path: '/Users', data: { userName: 'x' } },
      { method: 'DELETE', bulkId: undefined, version: 'W/"1"', path: '/Users/1', data: undefined },
      { method: 'GET', bulkId: undefined, version: undefined, path: 7, data: undefined },
    ],
  })
  t.equal(readBulkRequest(request([post], { failOnErrors: null }), 1).failOnErrors, undefined)
  t.equal(readBulkRequest(request([post], { failOnErrors: 0 }), 1).failOnErrors, undefined)
})

t.test('R-199 a request with too many operations is rejected with 413 and the limit', async t => {
  t.same(
    rejection(() => readBulkRequest(request([post, post, post]), 2)),
    {
      status: 413,
      scimType: undefined,
      detail: 'The request has 3 operations, but "maxOperations" is 2. Send the others in further requests.',
    },
  )
})

t.test('R-202 R-198 an error in the envelope rejects the whole request and reports its location', async t => {
  const invalid: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /JSON object/],
    [[], /JSON object/],
    ['x', /JSON object/],
    [{ Operations: [post] }, /"schemas"/],
    [{ schemas: bulkRequestUrn, Operations: [post] }, /"schemas"/],
    [{ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [post] }, /"schemas"/],
    [{ ...(request([post]) as object), operations: [post] }, /"operations" twice/],
    [{ schemas: [bulkRequestUrn] }, /"Operations"/],
    [request([]), /"Operations"/],
    [request(post), /"Operations"/],
    [request([post, null]), /^Operations\[1\] must be an object/],
    [request([[post]]), /^Operations\[0\] must be an object/],
    [request([{ ...post, Method: 'PUT' }]), /^Operations\[0\] has "Method" twice/],
    [request([{ path: '/Users' }]), /^Operations\[0\]\.method/],
    [request([{ ...post, method: 'COPY' }]), /^Operations\[0\]\.method/],
    [request([{ ...post, method: 7 }]), /^Operations\[0\]\.method/],
    [request([{ method: 'POST', path: '/Users', data: {} }]), /^Operations\[0\]\.bulkId is missing/],
    [request([{ ...post, bulkId: '' }]), /^Operations\[0\]\.bulkId must be/],
    [request([{ ...post, bulkId: 'a b' }]), /^Operations\[0\]\.bulkId must be/],
    [request([{ ...post, bulkId: 1 }]), /^Operations\[0\]\.bulkId must be/],
    [request([{ ...post, method: 'PUT', bulkId: {} }]), /^Operations\[0\]\.bulkId must be/],
    [request([post, { ...post, method: 'PUT' }]), /^Operations\[1\]\.bulkId is "a".*Operations\[0\]/],
    [request([{ ...post, version: 1 }]), /^Operations\[0\]\.version must be/],
    [request([post], { failOnErrors: -1 }), /"failOnErrors"/],
    [request([post], { failOnErrors: 1.5 }), /"failOnErrors"/],
    [request([post], { failOnErrors: '1' }), /"failOnErrors"/],
  ]
  for (const [sent, detail] of invalid) {
    const refused = rejection(() => readBulkRequest(sent as Json, 10))
    t.match(refused, { status: 400, scimType: 'invalidSyntax', detail }, JSON.stringify(sent))
  }
})

const creation = (provides: string, ...references: readonly string[]): OperationDependencies => ({
  provides,
  references,
})
const change = (...references: readonly string[]): OperationDependencies => ({
  provides: undefined,
  references,
})
const indexes = (steps: readonly BulkStep[]) => steps.map(({ index }) => index)

t.test('operations run in the order of the request', async t => {
  t.same(orderOperations([creation('a'), change('a'), creation('b', 'a')]), [
    { index: 0, earlier: [], later: [], unresolved: [] },
    { index: 1, earlier: [0], later: [], unresolved: [] },
    { index: 2, earlier: [0], later: [], unresolved: [] },
  ])
})

t.test('R-207 a referenced POST runs earlier, after the operations it references itself', async t => {
  t.same(
    indexes(orderOperations([change('c'), creation('a'), creation('b', 'a'), creation('c', 'b')])),
    [1, 2, 3, 0],
  )
  t.same(indexes(orderOperations([change(), creation('a', 'b'), change(), creation('b')])), [0, 3, 1, 2])
})

t.test('R-204 in a circular reference, the operation that closes the circle runs first', async t => {
  t.same(orderOperations([creation('a', 'b'), creation('b', 'a')]), [
    { index: 1, earlier: [], later: [0], unresolved: [] },
    { index: 0, earlier: [1], later: [], unresolved: [] },
  ])
})

t.test('an operation that references itself does not wait, and unknown references are reported', async t => {
  t.same(orderOperations([creation('a', 'a'), change('x', 'a')]), [
    { index: 0, earlier: [], later: [], unresolved: [] },
    { index: 1, earlier: [0], later: [], unresolved: ['x'] },
  ])
})

const anyOperations = fc
  .integer({ min: 1, max: 12 })
  .chain(count =>
    fc.array(
      fc.record({
        isPost: fc.boolean(),
        references: fc.uniqueArray(fc.integer({ min: 0, max: count }).map(String), { maxLength: 4 }),
      }),
      { minLength: count, maxLength: count },
    ),
  )
  .map(all =>
    all.map(({ isPost, references }, at) => ({ provides: isPost ? String(at) : undefined, references })),
  )

t.test('each operation runs once, and only a POST in a circle references a later operation', async t => {
  assertProperty(
    fc.property(anyOperations, operations => {
      const steps = orderOperations(operations)
      const position = new Map(steps.map(({ index }, at) => [index, at]))
      const isBefore = (one: number, other: number) => (position.get(one) ?? 0) < (position.get(other) ?? 0)
      const changes = indexes(steps).filter(index => operations[index]?.provides === undefined)
      return (
        position.size === operations.length &&
        changes.every((index, at) => at === 0 || index > (changes[at - 1] ?? 0)) &&
        steps.every(
          ({ index, earlier, later }) =>
            earlier.every(other => isBefore(other, index)) &&
            later.every(other => isBefore(index, other)) &&
            (later.length === 0 || operations[index]?.provides !== undefined),
        )
      )
    }),
  )
  t.pass()
})

t.test(
  'a wave ends before a reference to it, before the same resource, after an awaited operation and at its limit',
  async t => {
    const steps = orderOperations([
      creation('a'),
      creation('b'),
      change('b'),
      change(),
      change(),
      creation('c'),
      creation('d'),
    ])
    const subjects = new Map([
      [3, 'User 1'],
      [4, 'User 1'],
    ])
    const wavesOf = (maxSteps: number) => {
      const waves: (readonly number[])[] = []
      for (let at = 0; at < steps.length; ) {
        const wave = nextWave(steps, at, {
          maxSteps,
          awaited: new Set([5]),
          targetOf: index => subjects.get(index),
        })
        waves.push(indexes(wave))
        at += wave.length
      }
      return waves
    }
    t.same(wavesOf(100), [[0, 1], [2, 3], [4, 5], [6]])
    t.same(wavesOf(1), [[0], [1], [2], [3], [4], [5], [6]])
  },
)

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
