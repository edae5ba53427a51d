import t from 'tap'
import { readListResult, readObjectResult, readWriteResult } from '../../../src/entra/planning/responses.ts'
import type { TargetResponse } from '../../../src/entra/target.ts'

const scim = 'SystemForCrossDomainIdentityManagementService'
const response = (status: number, text = '', mediaType = 'application/scim+json'): TargetResponse => {
  let body: undefined
  try {
    body = JSON.parse(text)
  } catch {}
  return { kind: 'response', status, text, mediaType, body }
}

t.test('the meaning of a status depends on the request', async t => {
  const codes = (status: number) =>
    [
      readListResult(response(status)),
      readObjectResult(response(status), 'read'),
      readObjectResult(response(status), 'create'),
    ]
      .map(read => ('failure' in read ? read.failure.code : 'ok'))
      .concat(
        readWriteResult(response(status), 'change')?.code ?? 'ok',
        readWriteResult(response(status), 'delete')?.code ?? 'ok',
      )
  t.same(
    Object.fromEntries(
      [400, 401, 403, 404, 405, 409, 422, 429, 500, 501, 503, 504].map(status => [status, codes(status)]),
    ),
    {
      400: Array(5).fill(`${scim}Incompatible`),
      401: Array(5).fill(`${scim}InvalidCredentials`),
      403: Array(5).fill(`${scim}InvalidCredentials`),
      404: [`${scim}Incompatible`, 'InvalidAnchor', `${scim}Incompatible`, 'InvalidAnchor', 'InvalidAnchor'],
      405: Array(5).fill('MethodNotAllowed'),
      409: [
        `${scim}IncompatibleFiltering`,
        `${scim}IncompatibleFiltering`,
        'EntryConflict',
        `${scim}IncompatibleFiltering`,
        `${scim}IncompatibleFiltering`,
      ],
      422: Array(5).fill('UnprocessableEntity'),
      429: Array(5).fill('TooManyRequests'),
      500: Array(5).fill('InternalServerError'),
      501: Array(5).fill('NotImplemented'),
      503: Array(5).fill('InternalServerError'),
      504: Array(5).fill('Timeout'),
    },
  )
})

t.test('the error quotes the body, shortened if it is long', async t => {
  t.match(
    readWriteResult(response(400, '{"detail":"No."}'), 'change')?.reason,
    'Web Response: {"detail":"No."}.',
  )
  const long = readWriteResult(response(500, 'x'.repeat(10_000), 'text/html'), 'change')?.reason ?? ''
  t.ok(long.length < 3000)
})

t.test("a body that is not a resource or list is reported with Entra's message", async t => {
  const failed = (read: ReturnType<typeof readObjectResult> | ReturnType<typeof readListResult>) =>
    'failure' in read ? read.failure.reason : undefined
  const expected =
    /^StatusCode: 200 Message: We were not able to deserialize the resource received from your SCIM endpoint because .* Web Response: /
  for (const [text, mediaType] of [
    ['', 'application/scim+json'],
    ['"marge"', 'application/scim+json'],
    ['[]', 'application/scim+json'],
    ['{"id":7}', 'application/scim+json'],
    ['{"id":"7"', 'application/scim+json'],
    ['{"id":"7"}', 'text/html'],
    ['{"id":"7"}', ''],
  ] as const) {
    t.match(failed(readObjectResult(response(200, text, mediaType), 'read')), expected, text)
    t.match(failed(readListResult(response(200, text, mediaType))), expected, text)
  }
  t.match(failed(readListResult(response(200, '{"Resources":["x"]}'))), expected)
  t.match(readObjectResult(response(200, '{"id":"7"}', 'application/json'), 'read'), { found: { id: '7' } })
  t.same(
    readListResult(response(200, '{"totalResults":0}')),
    { found: [] },
    'an empty list can omit Resources',
  )
})

t.test('2xx confirms a write unless the body is HTML or incomplete', async t => {
  for (const status of [200, 201, 202, 204])
    t.equal(readWriteResult(response(status, '', ''), 'change'), undefined)
  t.equal(readWriteResult(response(200, '{"id":"7"}'), 'change'), undefined)
  t.match(readWriteResult(response(200, '<html>', 'text/html'), 'change'), { code: `${scim}Incompatible` })
  t.match(readWriteResult(response(200, '{"id":'), 'delete'), { code: `${scim}Incompatible` })
})
