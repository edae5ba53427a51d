import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import aws4 from 'aws4'
import t from 'tap'
import { accountId, identityStoreArn, identityStoreId, instanceArn } from '../../src/aws-api/identifiers.ts'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import {
  type AwsRequest,
  type AwsTest,
  openAws,
  operationRequest,
  type SigningOptions,
} from '../support/aws.ts'

const minute = 60_000
const year = 365 * 24 * 60 * minute

const signatureError = {
  __type: 'InvalidSignatureException',
  message:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
}
const unknownKeyError = {
  __type: 'UnrecognizedClientException',
  message: 'The security token included in the request is invalid.',
}
const unknownOperation = { __type: 'UnknownOperationException' }

const facts = ({
  status,
  api,
  apiOperation,
  accessKey,
  region,
  tenant,
  refusal,
  rule,
  action,
}: Exchange) => ({
  ...{ status, api, apiOperation, accessKey, region, tenant, refusal, rule, action },
})

t.test('the AWS listener', async t => {
  const aws = await openAws(t)
  const { deps, tenant, store, key, host } = aws
  const listUsers = operationRequest('ListUsers', { IdentityStoreId: store })
  const ofListUsers = {
    api: 'identity-store',
    apiOperation: 'ListUsers',
    accessKey: key.id,
    region: 'us-east-1',
    tenant: tenant.id,
  }
  /** Sends a request, and returns the response with what the journal recorded. */
  const exchange = async (request: AwsRequest, send = aws.send) => {
    const { status, body } = await send(request)
    return { response: { status, body }, recorded: facts(await aws.newest()) }
  }
  const rejected = (
    status: number,
    body: object,
    refusal: string | undefined,
    rule: string | undefined,
    action: string,
    more: object = {},
  ) => ({
    response: { status, body },
    recorded: { ...ofListUsers, status, refusal, rule, action, ...more },
  })

  t.test('IS-030 IS-600 a signed request is answered and recorded under one ID', async t => {
    const response = await aws.call('ListUsers', { IdentityStoreId: store })
    const { 'x-amzn-requestid': id, date, 'content-type': mediaType } = response.headers
    t.same([response.status, response.body, mediaType], [200, { Users: [] }, 'application/x-amz-json-1.1'])
    t.ok(Math.abs(Date.parse(String(date)) - Date.now()) < minute)
    const recorded = await aws.newest()
    t.equal(recorded.id, id)
    t.same(facts(recorded), {
      ...ofListUsers,
      status: 200,
      refusal: undefined,
      rule: undefined,
      action: 'list users',
    })
  })

  t.test('IS-031 IS-045 the clock of the tenant does not matter for signatures', async t => {
    await deps.tenants.setClock(tenant.id, year)
    const { status, headers } = await aws.call('ListUsers', { IdentityStoreId: store })
    t.equal(status, 200)
    t.ok(Math.abs(Date.parse(String(headers.date)) - Date.now()) < minute)
    await deps.tenants.setClock(tenant.id, 0)
  })

  t.test(
    'IS-020 IS-033 the services are told apart by the target, and deletions have empty bodies',
    async t => {
      const { status, body } = await aws.call('SWBExternalService.ListInstances')
      t.match([status, body], [200, { Instances: [{ IdentityStoreId: store }] }])
      const created = await aws.call('CreateGroup', { IdentityStoreId: store, DisplayName: 'Nuclear' })
      const deleted = await aws.call('DeleteGroup', { IdentityStoreId: store, GroupId: created.body.GroupId })
      t.same([deleted.status, deleted.body], [200, ''])
    },
  )

  t.test('IS-320 STS answers a form with XML', async t => {
    const form = (body: string) => ({
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body,
    })
    const identity = form('Action=GetCallerIdentity&Version=2011-06-15')
    const { status, headers, body } = await aws.send(await aws.sign(identity, { service: 'sts' }))
    t.same([status, headers['content-type']], [200, 'text/xml'])
    t.match(
      body,
      `<GetCallerIdentityResult><UserId>${key.id}</UserId><Account>${accountId(tenant.id)}</Account><Arn>arn:aws:iam::${accountId(tenant.id)}:user/${key.id}</Arn></GetCallerIdentityResult>`,
    )
    const wrong = await aws.send(
      await aws.sign(identity, { service: 'sts', key: { ...key, secret: 'wrong-secret' } }),
    )
    t.match([wrong.status, wrong.body], [403, /<Code>SignatureDoesNotMatch<\/Code>/])
    const unknown = await aws.send(await aws.sign(form('Action=GetSessionToken'), { service: 'sts' }))
    t.match([unknown.status, unknown.body], [400, /<Code>InvalidAction<\/Code>/])
  })

  t.test('IS-043 signatures of the SDKs and of aws4 are accepted, for every path', async t => {
    for (const path of ['/', `/${tenant.id}`, `/${tenant.id}/`]) {
      t.equal((await aws.send(await aws.sign({ ...listUsers, path }))).status, 200, `SDK, ${path}`)
      const { headers = {} } = aws4.sign(
        {
          ...{ method: 'POST', host, path, service: 'identitystore', region: 'eu-central-1' },
          headers: { ...listUsers.headers },
          body: String(listUsers.body),
        },
        { accessKeyId: key.id, secretAccessKey: key.secret },
      )
      const byAws4 = { ...listUsers, path, headers: headers as Record<string, string> }
      t.equal((await aws.send(byAws4)).status, 200, `aws4, ${path}`)
    }
  })

  t.test('IS-043 signatures cover a query, repeated spaces, and non-ASCII bodies', async t => {
    const body = JSON.stringify({ IdentityStoreId: store, DisplayName: 'Möbel „überall“ 🌍' })
    const request = { ...operationRequest('CreateGroup', body) }
    const spaced = { ...request.headers, 'x-custom': '  a   b  ' }
    // In order of their names: as texts, `a-b=1` comes before `a=2`.
    const path = '/?b=2&a=2&a-b=1'
    const { headers = {} } = aws4.sign(
      {
        ...{ method: 'POST', host, path, service: 'identitystore', region: 'us-east-1' },
        headers: spaced,
        body,
      },
      { accessKeyId: key.id, secretAccessKey: key.secret },
    )
    const signed = { ...request, path, headers: headers as Record<string, string> }
    t.equal((await aws.send(signed)).status, 200)
  })

  t.test('IS-046 a host that a proxy has replaced is found in X-Forwarded-Host', async t => {
    const signed = await aws.sign({ ...listUsers, headers: { ...listUsers.headers, host: 'aws.example' } })
    const behind = { ...signed.headers, host, 'x-forwarded-host': 'aws.example' }
    t.equal((await aws.send({ ...signed, headers: behind })).status, 200)
    const other = { ...behind, 'x-forwarded-host': 'other.example' }
    t.same((await aws.send({ ...signed, headers: other })).body, signatureError)
  })

  t.test('IS-050 an unsigned request is rejected', async t => {
    t.same(
      await exchange(listUsers),
      rejected(
        400,
        { __type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' },
        'missing',
        'aws-api/signed',
        'rejected: not signed',
        { accessKey: undefined, region: undefined, tenant: undefined },
      ),
    )
  })

  t.test('IS-051 an unknown and a deleted key get the same error, but the journal differs', async t => {
    const unknown = { id: 'SCIMNOBODYNOBODYNOBO', secret: key.secret }
    t.same(
      await exchange(await aws.sign(listUsers, { key: unknown })),
      rejected(400, unknownKeyError, 'unknown', 'aws-api/access-key', 'rejected: unknown access key', {
        accessKey: unknown.id,
        tenant: undefined,
      }),
    )
    const { key: created, secret } = await deps.accessKeys.create(tenant)
    const deleted = { id: created.id, secret }
    t.equal((await aws.call('ListUsers', { IdentityStoreId: store }, { key: deleted })).status, 200)
    await deps.accessKeys.remove(tenant, deleted.id)
    t.same(
      await exchange(await aws.sign(listUsers, { key: deleted })),
      rejected(400, unknownKeyError, 'deleted', 'aws-api/access-key', 'rejected: access key deleted', {
        accessKey: deleted.id,
      }),
    )
  })

  t.test('IS-052 a request changed after signing is rejected; the journal names the part', async t => {
    const signed = await aws.sign(listUsers)
    const withHeaders = (headers: object) => ({ ...signed, headers: { ...signed.headers, ...headers } })
    const { authorization = '', ...unsigned } = signed.headers ?? {}
    const withAuthorization = (text: string) => ({ ...signed, headers: { ...unsigned, authorization: text } })
    const other = await aws.sign(operationRequest('ListUsers', { IdentityStoreId: 'd-0123456789' }))
    const changed: readonly (readonly [string, AwsRequest])[] = [
      ['secret', await aws.sign(listUsers, { key: { ...key, secret: 'a-wrong-secret' } })],
      ['secret', withAuthorization(authorization.replace(/Signature=..../, 'Signature=0000'))],
      ['secret', withAuthorization(authorization.replace('us-east-1', 'eu-west-1'))],
      ['host', await aws.sign({ ...listUsers, headers: { ...listUsers.headers, host: 'localhost' } })],
      ['body', { ...signed, body: String(other.body) }],
      ['path', { ...signed, path: `/${tenant.id}` }],
      ['service', await aws.sign(listUsers, { service: 'sso' })],
      ['headers', withAuthorization(authorization.replace('host;', ''))],
      ['headers', withAuthorization(authorization.replace(';x-amz-target', ''))],
      ['headers', withAuthorization(authorization.replace('SignedHeaders=', 'SignedHeaders=x-absent;'))],
      ['time', withAuthorization(authorization.replace(/\/20\d{6}\//, '/20200101/'))],
      ['body', withHeaders({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })],
    ]
    for (const [part, request] of changed) {
      const headers = part === 'host' ? { ...request.headers, host } : request.headers
      const { response, recorded } = await exchange({ ...request, ...(headers && { headers }) })
      t.same(response, { status: 400, body: signatureError }, part)
      t.match(
        recorded,
        {
          refusal: 'wrong-signature',
          rule: 'aws-api/signature',
          action: `rejected: wrong signature (${part})`,
        },
        part,
      )
    }
  })

  t.test('IS-053 a request that is signed for another time is rejected with the times', async t => {
    const at = (offset: number) => new Date(Math.floor(Date.now() / 1000) * 1000 + offset)
    const format = (date: Date) => date.toISOString().replace(/[-:]|\.\d+/g, '')
    for (const offset of [-6 * minute, 6 * minute]) {
      const date = at(offset)
      const { response, recorded } = await exchange(await aws.sign(listUsers, { date }))
      const now = offset < 0 ? 'now earlier than' : 'still later than'
      const start = offset < 0 ? 'Signature expired' : 'Signature not yet current'
      t.match(response, {
        status: 400,
        body: {
          __type: 'InvalidSignatureException',
          message: new RegExp(
            `^${start}: ${format(date)} is ${now} \\d{8}T\\d{6}Z \\(\\d{8}T\\d{6}Z [-+] 5 min\\.\\)$`,
          ),
        },
      })
      t.match(recorded, { refusal: 'clock-skew', rule: 'aws-api/signature-time' })
    }
    for (const offset of [-4 * minute, 4 * minute]) {
      t.equal((await aws.send(await aws.sign(listUsers, { date: at(offset) }))).status, 200)
    }
  })

  t.test('IS-054 a malformed Authorization header is rejected with the missing parts', async t => {
    const authorize = (authorization: string) =>
      exchange({ ...listUsers, headers: { ...listUsers.headers, authorization } })
    const error = (...parts: readonly string[]) => ({
      __type: 'IncompleteSignatureException',
      message: parts.map(part => `Authorization header requires '${part}' parameter.`).join(' '),
    })
    const unread = { accessKey: undefined, region: undefined, tenant: undefined }
    for (const [text, ...parts] of [
      ['Bearer some-token-of-somebody', 'Credential', 'Signature', 'SignedHeaders'],
      ['AWS4-HMAC-SHA256 Credential=a/20260101/r/identitystore/aws4_request', 'Signature', 'SignedHeaders'],
      [
        'AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=b, Signature=c',
        'Credential',
        'Signature',
        'SignedHeaders',
      ],
    ] as const) {
      t.same(
        await authorize(text),
        rejected(
          400,
          error(...parts),
          'malformed-signature',
          'aws-api/authorization-header',
          'rejected: malformed signature',
          unread,
        ),
      )
    }
    t.match(await authorize('AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c'), {
      response: { body: { __type: 'IncompleteSignatureException', message: /requires a 'Credential' with/ } },
    })
  })

  t.test('IS-055 IS-123 a read-only key can’t write, and a key can’t reach another tenant', async t => {
    const { key: reader, secret } = await deps.accessKeys.create(tenant, { access: 'read' })
    t.teardown(() => deps.accessKeys.remove(tenant, reader.id))
    const readOnly = { id: reader.id, secret }
    const denied = (id: string, operation: string) => ({
      __type: 'AccessDeniedException',
      message: `User: arn:aws:iam::${accountId(tenant.id)}:user/${id} is not authorized to perform: identitystore:${operation} on resource: ${identityStoreArn(accountId(tenant.id), store)} because no identity-based policy allows the identitystore:${operation} action`,
    })
    const write = operationRequest('CreateGroup', { IdentityStoreId: store, DisplayName: 'Denied' })
    t.same(
      await exchange(await aws.sign(write, { key: readOnly })),
      rejected(
        400,
        denied(reader.id, 'CreateGroup'),
        'read-only',
        'aws-api/permission',
        'rejected: read-only access key',
        {
          accessKey: reader.id,
          apiOperation: 'CreateGroup',
        },
      ),
    )
    const assignment = operationRequest('SWBExternalService.DeleteAccountAssignment', {})
    t.match(await aws.send(await aws.sign(assignment, { key: readOnly, service: 'sso' })), {
      body: { message: `on resource: ${instanceArn(tenant.id)} because` },
    })
    const groups = await aws.call('ListGroups', { IdentityStoreId: store }, { key: readOnly })
    t.notMatch(JSON.stringify(groups.body), 'Denied', 'nothing changed')

    const other = await deps.tenants.create({}, 'other')
    for (const path of [`/${other.id}`, '/nobody/']) {
      const { response, recorded } = await exchange(await aws.sign({ ...listUsers, path }))
      t.same(response, { status: 400, body: denied(key.id, 'ListUsers') })
      const tenantId = path === '/other' ? other.id : tenant.id
      t.match(recorded, { refusal: 'other-tenant', tenant: tenantId, accessKey: key.id }, path)
    }
    t.match(await aws.call('ListUsers', { IdentityStoreId: identityStoreId(other.id) }), {
      status: 400,
      body: { __type: 'ResourceNotFoundException', ResourceType: 'IDENTITY_STORE' },
    })
    await deps.tenants.remove('other')
  })

  t.test('IS-021 IS-022 IS-024 IS-066 other protocols and unknown operations are rejected', async t => {
    const json = { ...listUsers.headers }
    const { 'x-amz-target': _target, ...withoutTarget } = json
    const requests: readonly (readonly [number, AwsRequest])[] = [
      [404, { ...listUsers, headers: withoutTarget }],
      [404, { method: 'GET', path: '/', headers: {} }],
      [404, { method: 'PUT', ...listUsers }],
      [404, { ...listUsers, path: '/a/b' }],
      [400, { ...listUsers, headers: { ...json, 'content-type': 'application/json' } }],
      [400, { ...listUsers, headers: { ...json, 'smithy-protocol': 'rpc-v2-cbor' } }],
      [
        400,
        {
          path: '/service/AWSIdentityStore/operation/ListUsers',
          headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' },
          body: Buffer.from([0xa0]),
        },
      ],
      [400, { ...listUsers, body: '<Users/>' }],
      [400, operationRequest('ListBananas')],
      [400, operationRequest('DynamoDB_20120810.ListTables')],
      [400, operationRequest('AWSIdentityStore.ListUsers.More')],
      [400, operationRequest('constructor.ListUsers')],
    ]
    for (const [status, request] of requests) {
      const { response, recorded } = await exchange(await aws.sign(request))
      t.same(response, { status, body: unknownOperation })
      t.match(recorded, { status, rule: 'aws-api/target', accessKey: key.id })
      // Never that of SCIM, which has none.
      t.ok(recorded.api)
    }
    t.match(
      await exchange(
        await aws.sign(operationRequest('SWBExternalService.CreateInstance'), { service: 'sso' }),
      ),
      {
        response: {
          status: 400,
          body: { ...unknownOperation, message: 'The operation CreateInstance is not emulated.' },
        },
        recorded: { api: 'sso-admin', apiOperation: 'CreateInstance', action: 'unsupported: CreateInstance' },
      },
    )
    for (const mediaType of ['application/x-amz-json-1.0', 'application/x-amz-json-1.1; charset=utf-8']) {
      const headers = { ...json, 'content-type': mediaType }
      t.equal((await aws.send(await aws.sign({ ...listUsers, headers }))).status, 200, mediaType)
    }
  })

  t.test('IS-023 IS-024 malformed, mistyped and oversized bodies are rejected', async t => {
    const send = async (body: string) => exchange(await aws.sign(operationRequest('ListUsers', body)))
    for (const [body, message] of [
      ['{"IdentityStoreId":', /^The body is not valid JSON: /],
      ['[]', 'The request must be an object.'],
      ['{"IdentityStoreId":1}', "The value of 'identityStoreId' must be a string."],
    ] as const) {
      t.match(await send(body), {
        response: { status: 400, body: { __type: 'SerializationException', message } },
        recorded: { ...ofListUsers, rule: 'aws-api/json-types' },
      })
    }
    t.match(await send(''), { response: { status: 400, body: { __type: 'ValidationException' } } })
    const large = JSON.stringify({ IdentityStoreId: store, Padding: 'x'.repeat(1024 * 1024) })
    t.same(
      await send(large),
      rejected(
        413,
        { __type: 'RequestEntityTooLargeException', message: 'Request size exceeded 1048576 bytes' },
        undefined,
        'aws-api/body-size',
        'list users',
      ),
    )
    const withMore = await aws.call('ListUsers', { IdentityStoreId: store, Filters: null, Unknown: 1 })
    t.equal(withMore.status, 200, 'unknown members are ignored, and null counts as absent')
  })

  t.test('IS-068 the signature is checked before the constraints of the members', async t => {
    const invalid = operationRequest('ListUsers', { IdentityStoreId: 'x' })
    t.match((await exchange(invalid)).response.body, { __type: 'MissingAuthenticationTokenException' })
    const { id, body } = { id: '', ...(await aws.call('ListUsers', { IdentityStoreId: 'x' })) }
    t.match([id, body.__type, body.RequestId], ['', 'ValidationException', (await aws.newest()).id])
  })

  t.test('the body of a request without a valid access key is not read', async t => {
    const removed = await deps.accessKeys.create(tenant)
    await deps.accessKeys.remove(tenant, removed.key.id)
    const wrong = { id: 'SCIMunknown', secret: 'x' }
    const body = 'x'.repeat(64 * 1024)
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }
    const missing = { __type: 'MissingAuthenticationTokenException' }
    for (const [name, request, status, expected, refusal] of [
      ['no signature', { ...listUsers, body }, 400, missing, 'missing'],
      [
        'an unknown key',
        await aws.sign({ ...listUsers, body }, { key: wrong }),
        400,
        unknownKeyError,
        'unknown',
      ],
      [
        'a deleted key',
        await aws.sign({ ...listUsers, body }, { key: { id: removed.key.id, secret: removed.secret } }),
        400,
        unknownKeyError,
        'deleted',
      ],
      ['STS', form, 403, /<Code>MissingAuthenticationToken<\/Code>/, 'missing'],
      [
        'STS with an unknown key',
        await aws.sign(form, { key: wrong, service: 'sts' }),
        403,
        /<Code>InvalidClientTokenId<\/Code>/,
        'unknown',
      ],
    ] as const) {
      const socket = connect(Number(new URL(aws.url).port), '127.0.0.1')
      const lines = Object.entries({ host, ...request.headers, 'content-length': String(body.length) })
      socket.write(`POST / HTTP/1.1\r\n${lines.map(([line, value]) => `${line}: ${value}\r\n`).join('')}\r\n`)
      const [response] = await once(socket, 'data')
      const [head = '', content = ''] = String(response).split('\r\n\r\n')
      t.match(
        [head.split(' ')[1], content.startsWith('{') ? JSON.parse(content) : content],
        [String(status), expected],
        name,
      )
      const recorded = await aws.newest()
      t.match([recorded.refusal, recorded.status, recorded.request.body], [refusal, status, undefined], name)
      socket.write(`${body}GET / HTTP/1.1\r\nHost: x\r\n\r\n`)
      const [next] = await once(socket, 'data')
      t.match(String(next), /^HTTP\/1\.1 404 /, `the connection stays usable after ${name}`)
      socket.destroy()
    }
  })

  t.test('a client that sends all of a refused body before it reads receives the error', async t => {
    const chunk = `40000\r\n${'x'.repeat(0x40000)}\r\n`
    const lines = Object.entries({ host, ...listUsers.headers, 'transfer-encoding': 'chunked' })
    const head = `POST / HTTP/1.1\r\n${lines.map(([line, value]) => `${line}: ${value}\r\n`).join('')}\r\n`
    const socket = connect(Number(new URL(aws.url).port), '127.0.0.1').setEncoding('utf8')
    const write = promisify((text: string, done: (error?: Error | null) => void) => socket.write(text, done))
    for (const text of [head, ...Array<string>(20).fill(chunk), '0\r\n\r\n']) await write(text)
    const received = (await socket.toArray()).join('')
    t.match(received, /^HTTP\/1\.1 400 /)
    t.match(received, 'MissingAuthenticationTokenException')
    t.match(received, /\r\nconnection: close\r\n/i)
  })

  t.test('a body of more than 256 KiB is read once its signature is verified', async t => {
    const body = JSON.stringify({ IdentityStoreId: store, Padding: 'x'.repeat(300 * 1024) })
    const large = operationRequest('ListUsers', body)
    t.equal((await aws.send(await aws.sign(large))).status, 200)
    const tooLarge = {
      __type: 'RequestEntityTooLargeException',
      message: /262144 bytes.*X-Amz-Content-Sha256/,
    }

    const wrong = await aws.sign(large, { key: { ...key, secret: 'wrong' } })
    const { headers = {} } = aws4.sign(
      {
        ...{ method: 'POST', host, path: '/', service: 'identitystore', region: 'us-east-1' },
        headers: { ...large.headers },
        body,
      },
      { accessKeyId: key.id, secretAccessKey: key.secret },
    )
    for (const [name, unread, status, expected] of [
      ['a wrong signature', wrong.headers, 400, signatureError],
      ['no announced hash', headers as Record<string, string>, 413, tooLarge],
    ] as const) {
      const open = httpRequest(`${aws.url}/`, {
        method: 'POST',
        headers: { ...unread, 'content-length': String(Buffer.byteLength(body)) },
        agent: false,
      })
      open.flushHeaders()
      const [response] = await once(open, 'response')
      t.match([response.statusCode, JSON.parse(await text(response))], [status, expected], name)
      open.end(body)
    }

    // The length of a body in chunks shows only at its end.
    const sendInChunks = async (headers: Readonly<Record<string, string>>) => {
      const { 'content-length': _length, 'Content-Length': _other, ...others } = headers
      const open = httpRequest(`${aws.url}/`, { method: 'POST', headers: others, agent: false })
      open.write(body.slice(0, 1000))
      open.end(body.slice(1000))
      const [response] = await once(open, 'response')
      return [response.statusCode, JSON.parse(await text(response))]
    }
    t.match(await sendInChunks((await aws.sign(large)).headers ?? {}), [200, {}])
    t.match(await sendInChunks(headers as Record<string, string>), [413, tooLarge])
  })

  t.test('IS-042 IS-602 the journal keeps no secret, wherever it is sent', async t => {
    const request = operationRequest('CreateGroup', {
      IdentityStoreId: store,
      DisplayName: `x ${key.secret}`,
    })
    const headers = { ...request.headers, 'x-amz-security-token': 'session-token-of-the-client' }
    const signed = await aws.sign({ ...request, headers })
    const signature = /Signature=(\w+)/.exec(signed.headers?.authorization ?? '')?.[1] ?? ''
    t.match(
      await exchange(signed),
      rejected(
        400,
        unknownKeyError,
        'session-token',
        'aws-api/access-key',
        'rejected: session token with a long-term access key',
        { accessKey: key.id, apiOperation: 'CreateGroup' },
      ),
      'IS-047 the session token does not belong to the key',
    )
    const recorded = await aws.newest()
    const stored = JSON.stringify(recorded)
    for (const secret of [key.secret, 'session-token-of-the-client', signature]) t.notMatch(stored, secret)
    t.match(recorded.request.headers.authorization, `Credential=${key.id}/`)
    t.match(recorded.request.headers.authorization, `Signature=${signature.slice(0, 8)}…`)
  })

  t.test('the uses of a key are counted', async t => {
    const usesOf = () => deps.accessKeys.find(key.id)?.key.uses ?? 0
    const before = usesOf()
    await aws.call('ListUsers', { IdentityStoreId: store })
    await aws.send(await aws.sign(listUsers, { key: { ...key, secret: 'a-wrong-secret' } }))
    t.equal(usesOf(), before + 1)
  })

  t.test('IS-057 faults apply as they do to SCIM', async t => {
    const { faults } = deps
    const withFault = async (fault: Parameters<typeof faults.activate>[0], send: () => Promise<unknown>) => {
      const { id } = await faults.activate(fault)
      try {
        return await send()
      } finally {
        await faults.deactivate(id)
      }
    }
    const list = () => exchange({}, () => aws.call('ListUsers', { IdentityStoreId: store }))
    t.match(await withFault({ match: {}, effect: { kind: 'status', status: 429, retryAfter: 3 } }, list), {
      response: { status: 400, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } },
      recorded: { ...ofListUsers, action: 'list users' },
    })
    t.match(await withFault({ match: { methods: ['GET'] }, effect: { kind: 'status', status: 500 } }, list), {
      response: { status: 500, body: { __type: 'InternalServerException' } },
    })
    t.match(
      await withFault({ match: { methods: ['POST'] }, effect: { kind: 'status', status: 500 } }, list),
      {
        response: { status: 200 },
      },
    )
    const failing = { kind: 'status', status: 500 } as const
    const listInstances = () => aws.call('SWBExternalService.ListInstances', {})
    for (const [api, send, status] of [
      ['identity-store', list, 500],
      ['sso-admin', list, 200],
      ['scim', list, 200],
      ['sso-admin', () => exchange({}, listInstances), 500],
      ['identity-store', () => exchange({}, listInstances), 200],
    ] as const) {
      t.match(await withFault({ match: { api }, effect: failing }, send), { response: { status } }, api)
    }
    t.match(await withFault({ match: { type: 'user' }, effect: { kind: 'token-expired' } }, list), {
      response: { status: 400, body: { __type: 'ExpiredTokenException' } },
      recorded: { refusal: 'expired' },
    })
    const create = () => aws.call('CreateGroup', { IdentityStoreId: store, DisplayName: 'Lost' })
    const lost = { match: { operations: ['create'] }, effect: { kind: 'reset', when: 'after' } } as const
    await t.rejects(withFault(lost, create) as Promise<never>)
    t.match(await create(), { body: { __type: 'ConflictException' } }, 'it was created all the same')
  })

  t.test('IS-061 errors have the status 400, or the modelled one', async t => {
    const missing = { IdentityStoreId: store, UserId: '00000000-0000-4000-8000-000000000000' }
    t.equal((await aws.call('DescribeUser', missing)).status, 400)
    await deps.tenants.update(tenant.id, { switches: { identityStoreStatus: 'modelled' } })
    t.equal((await aws.call('DescribeUser', missing)).status, 404)
    await deps.tenants.update(tenant.id, { switches: {} })
  })

  t.test('IS-006 the keys of a tenant whose profile was changed are unknown', async t => {
    await deps.tenants.update(tenant.id, { profile: 'rfc' })
    t.same((await aws.call('ListUsers', { IdentityStoreId: store })).body, unknownKeyError)
    await deps.tenants.update(tenant.id, { profile: 'aws' })
  })

  t.test('what is not HTTP gets a response and a record', async t => {
    const { status, body } = await aws.send({ headers: { 'x-long': 'x'.repeat(20_000) } })
    t.match([status, body], [431, { __type: 'SerializationException' }])
    t.match(await aws.newest(), { method: '?', status: 431, operation: 'malformed' })
  })
})

t.test(
  'IS-056 with rate limiting, an operation has 20 requests per second, and SSO Admin 20 in all',
  async t => {
    const aws = await openAws(t, {}, { throttle: 'aws' })
    const typesOf = async (call: (at: number) => ReturnType<AwsTest['call']>) => {
      const responses = await Promise.all(Array.from({ length: 30 }, (_, at) => call(at)))
      return new Set(responses.map(({ status, body }) => body.__type ?? status))
    }
    const list = () => aws.call('ListUsers', { IdentityStoreId: aws.store })
    t.same(await typesOf(list), new Set([200, 'ThrottlingException']))
    t.match(
      await aws.call('ListGroups', { IdentityStoreId: aws.store }),
      { status: 200 },
      'another operation',
    )
    const admin = (at: number) =>
      aws.call(at % 2 === 0 ? 'SWBExternalService.ListInstances' : 'SWBExternalService.ListPermissionSets', {
        InstanceArn: 'arn:aws:sso:::instance/ssoins-7223000000000000',
      })
    t.ok((await typesOf(admin)).has('ThrottlingException'))
  },
)

t.test('IS-042 a key whose secret this server cannot decrypt is rejected like an unknown one', async t => {
  const aws = await openAws(t)
  const { accessKeys } = aws.deps
  const { find } = accessKeys
  const unreadable: typeof accessKeys.find = id => {
    const found = find(id)
    return found && { ...found, secret: undefined }
  }
  Object.assign(accessKeys, { find: unreadable })
  const { status, body } = await aws.call('ListUsers', { IdentityStoreId: aws.store })
  t.same([status, body], [400, unknownKeyError])
  t.match(await aws.newest(), {
    refusal: 'unreadable',
    action: 'rejected: secret of the access key encrypted with another key',
  })
})

t.test(
  'IS-048 without verification, the tenant is that of the address, of the key, or the only one',
  async t => {
    const aws = await openAws(t, { auth: 'any' })
    const { deps, tenant } = aws
    const instances = async (path: string, options: SigningOptions | undefined) => {
      const request = { ...operationRequest('SWBExternalService.ListInstances'), path }
      const { body } = await aws.send(options ? await aws.sign(request, options) : request)
      return body.Instances?.[0]?.IdentityStoreId ?? body.__type
    }
    const test = { key: { id: 'test', secret: 'test' } }
    t.same(
      [await instances('/', undefined), await instances('/', test), await instances('/nobody', test)],
      [aws.store, aws.store, 'UnrecognizedClientException'],
    )
    t.match(await aws.newest(), { refusal: 'unknown', accessKey: 'test' })
    const other = await deps.tenants.create({}, 'other')
    const { key } = await deps.accessKeys.create(other)
    const otherStore = identityStoreId('other')
    t.same(
      [
        await instances('/', test),
        await instances(`/${tenant.id}`, test),
        await instances('/other/', undefined),
        await instances('/', { key: { id: key.id, secret: 'wrong' } }),
      ],
      ['UnrecognizedClientException', aws.store, otherStore, otherStore],
    )
  },
)

t.test('without verification, the journal has the first 4 KiB of a body', async t => {
  const aws = await openAws(t, { auth: 'any' })
  const long = JSON.stringify({ IdentityStoreId: aws.store, Padding: 'ü'.repeat(10_000) })
  t.match(await aws.send(operationRequest('ListUsers', long)), { status: 200 })
  const { request } = await aws.newest()
  t.equal(request.cutFrom, Buffer.byteLength(long))
  t.ok(long.startsWith(request.body ?? 'x'), 'without half a character')
  t.ok(Buffer.byteLength(request.body ?? '') >= 4095)
  const secret = JSON.stringify({ password: 's3cret', Padding: 'x'.repeat(10_000) })
  await aws.send(operationRequest('ListUsers', secret))
  t.notMatch((await aws.newest()).request.body, 's3cret')
  const short = JSON.stringify({ IdentityStoreId: aws.store })
  await aws.send(operationRequest('ListUsers', short))
  t.same((await aws.newest()).request.body, short)
})

t.test('a secret across the cut of a body is masked as a whole', async t => {
  const aws = await openAws(t, { auth: 'any' })
  const { text: token } = await aws.deps.tenants.createToken(aws.tenant)
  const { secret } = aws.key
  const bodyWith = (hidden: string, shown: number, padding: number) => {
    const start = '{"Filter":"'
    const end = `","Wrong":"${hidden}","Padding":"${'y'.repeat(padding)}"}`
    return start + 'x'.repeat(4096 - start.length - '","Wrong":"'.length - shown) + end
  }
  for (const hidden of [token, secret]) {
    for (const shown of [12, hidden.length - 1]) {
      for (const padding of [10, 10_000]) {
        const body = bodyWith(hidden, shown, padding)
        await aws.send(await aws.sign(operationRequest('NoSuchOperation', body)))
        const { request } = await aws.newest()
        t.equal(request.cutFrom, body.length)
        t.ok((request.body?.length ?? 0) <= 4096)
        t.notMatch(request.body, hidden.slice(0, 12))
      }
    }
  }
})

t.test('secrets in place of the ID of an access key or of an operation are masked', async t => {
  const aws = await openAws(t)
  const confused = 'wJalrXUtnFEMIaK7MDENGabPxRfiCYEXAMPLEKEY'
  await aws.send(await aws.sign(operationRequest('ListUsers'), { key: { id: confused, secret: 'AKIA' } }))
  const withKey = await aws.newest()
  t.match(withKey, { refusal: 'unknown', accessKey: '***…EKEY', region: 'us-east-1' })
  t.notMatch(JSON.stringify(withKey), confused)
  await aws.send(await aws.sign(operationRequest(aws.key.secret)))
  const withOperation = await aws.newest()
  t.match(withOperation, { apiOperation: '***', action: 'unsupported: ***' })
  t.notMatch(JSON.stringify(withOperation), aws.key.secret)
})

t.test('IS-009 a request for another region is accepted, or finds no instance', async t => {
  const aws = await openAws(t, { region: 'eu-central-1' })
  const elsewhere = { region: 'us-west-2' }
  const lists = async () => {
    const instances = await aws.call('SWBExternalService.ListInstances', {}, elsewhere)
    const users = await aws.call('ListUsers', { IdentityStoreId: aws.store }, elsewhere)
    return [instances.body.Instances.length, users.body.__type ?? 'Users']
  }
  t.same(await lists(), [1, 'Users'])
  await aws.deps.tenants.update(aws.tenant.id, { switches: { wrongRegion: 'empty' } })
  t.same(await lists(), [0, 'ResourceNotFoundException'])
  t.match(await aws.newest(), { region: 'us-west-2' })
})

t.test('IS-044 a hash of the body that the client announces is checked', async t => {
  const aws = await openAws(t)
  const request = operationRequest('ListUsers', { IdentityStoreId: aws.store })
  const hash = createHash('sha256').update(String(request.body)).digest('hex')
  const signed = (announced: string) =>
    aws.sign({ ...request, headers: { ...request.headers, 'x-amz-content-sha256': announced } })
  t.equal((await aws.send(await signed(hash))).status, 200)
  t.same((await aws.send(await signed('0'.repeat(64)))).body, signatureError)
})

t.test('delayed requests to the AWS APIs are handled at once when the server closes', async t => {
  const { app, call, deps, store } = await openAws(t)
  await deps.faults.activate({ match: {}, effect: { kind: 'delay', milliseconds: 600_000 } })
  const { promise: hit, resolve } = Promise.withResolvers<void>()
  deps.faults.subscribe(() => resolve())
  const requested = call('ListUsers', { IdentityStoreId: store })
  await hit
  await app.close()
  t.match(await requested, { status: 200, body: { Users: [] } })
})
