import t from 'tap'
import { UnusableRecording } from '../../../../src/traffic/recordings/errors.ts'
import { replacePersonalData } from '../../../../src/traffic/recordings/personal-data.ts'
import { readRecordingSource, writeRecording } from '../../../../src/traffic/recordings/read.ts'
import {
  type Provenance,
  type RecordedRequest,
  reviewRecording,
} from '../../../../src/traffic/recordings/recording.ts'
import { embeddableJson, plainBlock } from '../../../../src/traffic/session-file.ts'

const provenance: Provenance = {
  recording: 1,
  client: { product: 'okta' },
  capture: { how: 'proxy', date: '2026-11-27', server: 'a test server' },
  certainty: 'captured',
  personalData: 'invented',
}

const lines = (...values: readonly unknown[]) => values.map(value => `${JSON.stringify(value)}\n`).join('')
const reasonFor = (text: string): string => {
  try {
    readRecordingSource(text)
    return 'usable'
  } catch (error) {
    if (error instanceof UnusableRecording) return error.message
    throw error
  }
}

t.test('a recording is read as it was written', async t => {
  const requests: readonly RecordedRequest[] = [
    {
      name: 'look up a user',
      method: 'GET',
      path: '/Users?filter=userName%20eq%20%22a%22',
      headers: { Accept: 'application/scim+json' },
      response: { status: 200, body: { totalResults: 0 } },
      certainty: 'documented',
      source: 'a page',
    },
    { method: 'POST', path: '/Users', bodyText: '{"userName"', response: { status: 400 } },
    { method: 'PUT', path: '/Users/1', missing: ['request-body'] },
  ]
  t.same(readRecordingSource(writeRecording({ provenance, requests })), {
    kind: 'recording',
    provenance,
    requests,
  })
})

t.test('an unusable file is rejected with what is wrong, and where', async t => {
  const request = { method: 'GET', path: '/Users' }
  const composed = { ...provenance, capture: { how: 'composed' } }
  const cases: readonly (readonly [string, string | RegExp])[] = [
    ['', 'It is empty.'],
    ['hello', /^Line 1 is not JSON: column 1: /],
    ['{"a":1}', /^It is neither a recording, nor a HAR file/],
    [
      lines({ ...provenance, recording: 2 }, request),
      'Line 1: recording: Expected 1, the version of the format.',
    ],
    [lines(provenance), 'It has no request: each further line is one.'],
    [
      lines(provenance, { ...request, method: 'get' }),
      /^Line 2: method: Expected a method in capital letters/,
    ],
    [lines(provenance, { ...request, path: 'https://x/Users' }), /^Line 2: path: Expected a path relative/],
    [
      lines(provenance, { ...request, body: {}, bodyText: '' }),
      'Line 2: bodyText: Use either body or bodyText.',
    ],
    [lines(provenance, { ...request, colour: 1 }), /^Line 2: .*colour/],
    [
      lines(provenance, request, { ...request, certainty: 'sure' }),
      /^Line 3: certainty: Expected one of captured/,
    ],
    [lines(composed, request), /^Line 2: a request of a composed recording is not "captured"/],
    [lines(provenance, { ...request, headers: { 'a b': 'c' } }), /^Line 2: headers\.a b: /],
    [lines(provenance, { ...request, headers: { a: 'b\r\nc: d' } }), 'Line 2: headers.a: Must be one line.'],
    ...[
      { headers: { Authorization: 'Bearer let-me-in' } },
      { headers: { Cookie: 'session=1' } },
      { path: '/Users?access_token=let-me-in' },
      { body: { Operations: [{ op: 'add', path: 'password', value: 'Secret-1' }] } },
      { bodyText: '{ "password": "Secret-1" }' },
      { response: { status: 200, headers: { location: 'https://a:secret@b/Users/1' } } },
      { response: { status: 200, body: { note: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl' } } },
    ].map((clear): [string, RegExp] => [
      lines(provenance, { ...request, ...clear }),
      /^Line 2: [\w.]+: A credential or password is not masked\. Replace it by \*\*\*/,
    ]),
    [
      lines(provenance, {
        ...request,
        headers: { Authorization: 'Basic ***' },
        bodyText: '{ "password": "***" }',
      }),
      'usable',
    ],
    [`\ufeff${lines(provenance, request)}`, 'usable'],
    [lines(provenance, { ...request, body: nested(80) }), /^Line 2: body: Nested more than 64 levels/],
    ['{"log":{"entries":[{}]}}', /^It is not a HAR file: log\.entries\.0\./],
    ['{"log":{"entries":[]}}', /^It has no SCIM request/],
    ['<!doctype html><p>', /^This is not a session file\./],
    [lines({ url: '/a', response: {} }), /^Its request 1 is incomplete: /],
  ]
  for (const [text, expected] of cases) t.match(reasonFor(text), expected)
})

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })

const pairs = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]) => ({ name, value }))

const harOf = (...entries: readonly object[]) => JSON.stringify({ log: { version: '1.2', entries } })

const harEntry = (
  second: number,
  method: string,
  url: string,
  { body, response = '', status = 200 }: { body?: string; response?: string; status?: number } = {},
) => ({
  startedDateTime: `2026-11-27T08:00:0${second}.000Z`,
  request: {
    method,
    url,
    headers: pairs({
      Host: 'scim.customer.invalid',
      Authorization: 'Bearer tokentokentoken1',
      Accept: 'application/scim+json',
      'X-Forwarded-For': '192.0.2.7',
    }),
    ...(body !== undefined && { postData: { text: body } }),
  },
  response: {
    status,
    headers: pairs({ 'Content-Type': 'application/scim+json' }),
    content: { text: response },
  },
})

t.test(
  'a HAR file of a proxy becomes requests in order, without credentials, hosts and other headers',
  async t => {
    const root = 'https://scim.customer.invalid/tenants/4711/scim'
    const har = harOf(
      harEntry(2, 'POST', `${root}/Users`, {
        body: '{"userName":"a@b.invalid","password":"secret-of-a","note":"tokentokentoken1"}',
        status: 201,
        response: `{"id":"1","meta":{"location":"${root}/Users/1"}}`,
      }),
      harEntry(1, 'GET', `${root}/Users?count=2`, { response: '{ "totalResults": 0 }' }),
      harEntry(3, 'GET', 'https://scim.customer.invalid/health'),
      harEntry(4, 'GET', `${root}/Devices/7?access_token=an-other-token-1&count=1`, {
        response: 'an-other-token-1',
      }),
    )
    t.same(readRecordingSource(har), {
      kind: 'har',
      requests: [
        {
          at: '2026-11-27T08:00:01.000Z',
          method: 'GET',
          path: '/Users?count=2',
          headers: { Authorization: 'Bearer ***', Accept: 'application/scim+json' },
          response: {
            status: 200,
            headers: { 'Content-Type': 'application/scim+json' },
            body: { totalResults: 0 },
          },
        },
        {
          at: '2026-11-27T08:00:02.000Z',
          method: 'POST',
          path: '/Users',
          headers: { Authorization: 'Bearer ***', Accept: 'application/scim+json' },
          body: { userName: 'a@b.invalid', password: '***', note: '***' },
          response: {
            status: 201,
            headers: { 'Content-Type': 'application/scim+json' },
            body: { id: '1', meta: { location: 'https://scim.example.com/Users/1' } },
          },
        },
        {
          at: '2026-11-27T08:00:04.000Z',
          method: 'GET',
          path: '/Devices/7?access_token=***&count=1',
          headers: { Authorization: 'Bearer ***', Accept: 'application/scim+json' },
          response: {
            status: 200,
            headers: { 'Content-Type': 'application/scim+json' },
            bodyText: '***',
          },
        },
      ],
    })
    t.match(
      reasonFor(
        harOf(harEntry(1, 'GET', 'https://a.invalid/Users'), harEntry(2, 'GET', 'https://b.invalid/Users')),
      ),
      /^It has requests to 2 services: https:\/\/a\.invalid, https:\/\/b\.invalid\. Export the requests to one of them\.$/,
    )
  },
)

t.test('credentials in unusual places of a HAR file do not get into the requests', async t => {
  const entry = harEntry(3, 'GET', 'https://a.invalid/Users')
  const har = harOf(
    {
      ...harEntry(1, 'POST', 'https://a.invalid/oauth/token', {
        body: 'grant_type=client_credentials&client_secret=secret-of-client',
        response: '{"access_token":"tokentokentoken1","refresh_token":"token-to-refresh"}',
      }),
    },
    harEntry(2, 'GET', 'https://a.invalid/Users', {
      response: String.raw`{"a":"https:\/\/a.invalid\/Users\/1","b":"secret-of-client","c":"secret-of-session"}`,
    }),
    {
      ...entry,
      request: {
        ...entry.request,
        headers: pairs({ Authorization: 'a-token-as-the-scheme x', Cookie: 'a=1; b=secret-of-session' }),
      },
    },
  )
  const { requests } = readRecordingSource(har)
  t.same(
    requests.map(({ path, headers, response }) => [path, headers?.Authorization, response?.bodyText]),
    [
      ['/Users', 'Bearer ***', String.raw`{"a":"https://scim.example.com\/Users\/1","b":"***","c":"***"}`],
      ['/Users', '***', undefined],
    ],
  )
})

t.test('long texts without a boundary take no longer than others of their length', async t => {
  const long = 'a'.repeat(500_000)
  const request: RecordedRequest = {
    method: 'PATCH',
    path: '/Users/1',
    body: { Operations: [{ op: 'add', path: long, value: `${'x[a eq 1 '.repeat(20_000)}` }] },
    response: { status: 400, body: { detail: long } },
  }
  const [replaced] = replacePersonalData([request])
  t.match(replaced, { response: { status: 400 } })
  t.same(reviewRecording({ provenance, requests: [request] }).addresses, [])
})

const exchange = (second: number, more: object) => ({
  id: `x${second}`,
  at: `2026-11-27T08:00:0${second}.000Z`,
  method: 'GET',
  url: '/acme/scim/v2/Users',
  status: 200,
  action: 'list users',
  operation: 'list',
  tenant: 'acme',
  request: { headers: { accept: '*/*', authorization: 'Bearer …k3f9' } },
  response: { headers: {} },
  ...more,
})

const journal = [
  exchange(5, { method: 'POST', request: { headers: {}, body: '{"a":', cutFrom: 90_000 } }),
  exchange(4, { api: 'identity-store' }),
  exchange(3, { parent: 'x2' }),
  exchange(2, { method: 'POST', url: '/acme/scim/v2/Bulk', request: { headers: { 'content-length': '9' } } }),
  exchange(1, {}),
]

const ofJournal = [
  {
    name: 'list users',
    at: '2026-11-27T08:00:01.000Z',
    method: 'GET',
    path: '/Users',
    headers: { accept: '*/*', authorization: 'Bearer ***' },
    response: { status: 200 },
  },
  {
    name: 'list users',
    at: '2026-11-27T08:00:02.000Z',
    method: 'POST',
    path: '/Bulk',
    response: { status: 200 },
    missing: ['request-body'],
  },
  {
    name: 'list users',
    at: '2026-11-27T08:00:05.000Z',
    method: 'POST',
    path: '/Users',
    response: { status: 200 },
    missing: ['request-body'],
  },
]

t.test('an export of the journal and a session file are read oldest first, with what they lack', async t => {
  t.same(readRecordingSource(lines(...journal)), { kind: 'journal', requests: ofJournal })
  const block = (items: readonly unknown[]) =>
    plainBlock('requests', [`[${items.map(embeddableJson).join(',')}]`])
  const html = `<!doctype html>\n<html>${block(journal.slice(0, 2))}${block(journal.slice(2))}</html>`
  t.same(readRecordingSource(html), { kind: 'session', requests: ofJournal })
})

t.test('personal data is replaced so that references still match', async t => {
  const id = '6f1f0c52-9a5d-4b70-8a43-0d7c52f6b101'
  const requests: readonly RecordedRequest[] = [
    {
      method: 'GET',
      path: '/Users?filter=userName+eq+%22Nell%40harbor.invalid%22&count=1',
      response: { status: 200, body: { totalResults: 0, Resources: [] } },
    },
    {
      name: 'create user Nell@harbor.invalid',
      method: 'POST',
      path: '/Users',
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'Nell@harbor.invalid',
        externalId: '00u1hlqf3Zx9TbWmY0h7',
        name: { givenName: 'Nell', familyName: 'Gray' },
        emails: [{ value: 'nell@harbor.invalid', type: 'work', primary: true }],
        phoneNumbers: [{ value: 'tel:+44 131', type: 'work' }],
        locale: 'en-GB',
        active: 'True',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
          department: 'Freight',
          manager: { value: id },
        },
        'urn:example:2.0:User': { badge: 'B-204', since: '2019-04-01' },
      },
      response: {
        status: 409,
        body: { status: '409', detail: 'Nell@harbor.invalid exists, ask bob@harbor.invalid' },
      },
    },
    {
      method: 'PATCH',
      path: '/Groups/g1',
      body: {
        Operations: [
          { op: 'remove', path: `members[value eq "${id}"]` },
          { op: 'add', path: 'members', value: [{ value: id, display: 'Nell@harbor.invalid' }] },
          { op: 'replace', value: { id: 'g1', displayName: 'Pilots' } },
          { op: 'replace', path: 'displayName', value: 'Freight' },
        ],
      },
    },
    { method: 'GET', path: '/Users/nell%40harbor.invalid', bodyText: 'Nell', response: { status: 404 } },
  ]
  t.same(replacePersonalData(requests), [
    {
      method: 'GET',
      path: '/Users?filter=userName+eq+%22user1%40example.com%22&count=1',
      response: { status: 200, body: { totalResults: 0, Resources: [] } },
    },
    {
      name: 'create user user1@example.com',
      method: 'POST',
      path: '/Users',
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: 'user1@example.com',
        externalId: '00u00000000000000001',
        name: { givenName: 'Given1', familyName: 'Family1' },
        emails: [{ value: 'User1@example.com', type: 'work', primary: true }],
        phoneNumbers: [{ value: 'tel:+1-202-555-0001', type: 'work' }],
        locale: 'en-GB',
        active: 'True',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
          department: 'Text 1',
          manager: { value: id },
        },
        'urn:example:2.0:User': { badge: 'Text 2', since: '2000-01-01' },
      },
      response: {
        status: 409,
        body: { status: '409', detail: 'user1@example.com exists, ask user@example.com' },
      },
    },
    {
      method: 'PATCH',
      path: '/Groups/g1',
      body: {
        Operations: [
          { op: 'remove', path: `members[value eq "${id}"]` },
          { op: 'add', path: 'members', value: [{ value: id, display: 'user1@example.com' }] },
          { op: 'replace', value: { id: 'g1', displayName: 'Group 1' } },
          { op: 'replace', path: 'displayName', value: 'Text 1' },
        ],
      },
    },
    {
      method: 'GET',
      path: '/Users/User1%40example.com',
      response: { status: 404 },
      missing: ['request-body'],
    },
  ])
})

t.test('a review lists what a recording lacks, and addresses that may be real', async t => {
  const request: RecordedRequest = { method: 'GET', path: '/Users?filter=userName eq "a%40corp.invalid.com"' }
  t.same(
    reviewRecording({
      provenance: { ...provenance, client: {}, capture: { how: 'proxy' }, personalData: 'kept' },
      requests: [request, { ...request, path: '/Users/a@b.example', certainty: 'inferred' }],
    }),
    {
      requests: 2,
      byCertainty: { captured: 1, observed: 0, documented: 0, inferred: 1, assumed: 0 },
      lacks: [
        'client.product is missing: which product sent the requests.',
        'capture.date is missing: the day of the first request.',
        'capture.server is missing: which server responded.',
        'personalData is "kept": `scimulator recording create --replace-personal-data` replaces it.',
        'source is missing for 1 of the requests: what their certainty is based on.',
      ],
      addresses: ['a%40corp.invalid.com'],
    },
  )
})
