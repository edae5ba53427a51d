import t from 'tap'
import { bulkRequestUrn, readBulkRequest } from '../../../src/scim/bulk/messages.ts'
import type { Json } from '../../../src/scim/json.ts'
import { rejection } from '../../support/rejection.ts'

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
    [request([post], { failOnErrors: 0 }), /"failOnErrors"/],
    [request([post], { failOnErrors: -1 }), /"failOnErrors"/],
    [request([post], { failOnErrors: 1.5 }), /"failOnErrors"/],
    [request([post], { failOnErrors: '1' }), /"failOnErrors"/],
  ]
  for (const [sent, detail] of invalid) {
    const refused = rejection(() => readBulkRequest(sent as Json, 10))
    t.match(refused, { status: 400, scimType: 'invalidSyntax', detail }, JSON.stringify(sent))
  }
})
