import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { toAwsCli, toCurl, toFixture } from '../../../src/console/export/exchange.ts'
import { harEntry } from '../../../src/console/export/har.ts'
import { csvHeader, toCsvRow } from '../../../src/console/export/journal.ts'
import { csvRow } from '../../../src/domain/client-text.ts'
import type { Exchange } from '../../../src/domain/journal/exchange.ts'
import { anExchange } from '../../contract/journal.ts'

const source = {
  scimBase: 'http://127.0.0.1:8080',
  awsBase: 'http://127.0.0.1:8082',
  region: 'us-east-1',
  version: '1.2.3',
  ownerOf: () => undefined,
}

const hostileNames = [
  '=HYPERLINK("http://evil")',
  '+1',
  '-1',
  '@SUM(A1)',
  '\tx',
  '\rx',
  '<script>alert(1)</script>',
  '</title>\r\n\r\n"a",b;c',
  "'; touch /tmp/pwned; '",
  '$(touch x) `touch x` $HOME !! \\ \\\' "',
  '\u202egnp.exe',
  '\u001b[2J\u0007\u009b2J',
  'a\u0000b',
  'a\u2028b',
  'é😀\u{10ffff}',
  'x'.repeat(10_000),
  ' padded ',
  '',
]

/** A hostile name for each place that a client can set. */
const namedLike = (name: string): Exchange =>
  anExchange(1, {
    method: 'POST',
    url: `/acme/scim/v2/Users?x=${encodeURIComponent(name)}`,
    action: `create ${name}`,
    tenant: 'acme',
    target: { type: 'User', id: '42', label: name },
    token: { id: 'token-1', ending: 'k3f9' },
    request: {
      headers: { authorization: 'Bearer …k3f9', 'content-type': 'application/scim+json', cookie: '***' },
      body: `{"displayName":${JSON.stringify(name)},"raw":"${name}"}`,
    },
    response: { headers: {}, body: JSON.stringify({ name }) },
  })

t.test('a CSV row is quoted by RFC 4180 and starts no formula', async t => {
  t.equal(csvRow(['a', undefined, 1.5, -1, '']), 'a,,1.5,-1,\r\n')
  t.equal(csvRow(['a"b', 'a,b', 'a\nb', ' a']), '"a""b","a,b","a\nb"," a"\r\n')
  t.equal(
    csvRow(['=1+1', '+1', '-1', '@x', '\tx', '\rx', "='a'"]),
    "'=1+1,'+1,'-1,'@x,'\tx,\"'\rx\",'='a'\r\n",
  )
})

t.test('another program reads the same rows and cells from the CSV', async t => {
  const rows: Record<string, string>[] = parse(
    csvHeader + hostileNames.map(namedLike).map(toCsvRow).join(''),
    {
      columns: true,
      record_delimiter: '\r\n',
    },
  )
  t.same(
    rows.map(({ targetLabel }) => targetLabel),
    hostileNames.map(name => (/^[=+\-@\t\r]/.test(name) ? `'${name}` : name)),
  )
  t.match(rows[0], {
    id: 'exchange-1',
    status: '200',
    milliseconds: '0.85',
    tokenEnding: 'k3f9',
    findings: '',
  })
})

t.test('a curl command sends the recorded request, and a shell executes nothing in it', async t => {
  const directory = t.testdir({})
  // Replaces curl and records its arguments.
  const caller = 'curl() { printf \'%s\\0\' "$@"; }\n'
  for (const name of hostileNames) {
    const exchange = namedLike(name)
    const script = `${directory}/script.sh`
    writeFileSync(script, caller + toCurl(exchange, source))
    const { stdout, stderr, status } = spawnSync('bash', [script], {
      cwd: directory,
      env: { PATH: process.env.PATH, SCIM_TOKEN: 'the-token', LC_ALL: 'C.UTF-8' },
      encoding: 'utf8',
    })
    t.same(
      { stderr, status, args: stdout.split('\0').slice(0, -1) },
      {
        stderr: '',
        status: 0,
        args: [
          '--globoff',
          '--path-as-is',
          '--request',
          'POST',
          source.scimBase + exchange.url,
          '--header',
          'Authorization: Bearer the-token',
          '--header',
          'content-type: application/scim+json',
          '--data-raw',
          exchange.request.body?.replaceAll('\0', ''),
        ],
      },
      encodeURIComponent(name.slice(0, 40)),
    )
    t.notMatch(toCurl(exchange, source), /(?!\n)[\p{Cc}\p{Bidi_Control}]/u, 'nothing steers a terminal')
  }
})

/** A request that the AWS CLI has signed. */
const signedRequest = anExchange(1, {
  method: 'POST',
  url: '/acme',
  action: 'list users',
  api: 'identity-store',
  apiOperation: 'ListGroupMembershipsForMember',
  accessKey: 'SCIMA2B3C4D5E6F7G2H3',
  region: 'eu-central-1',
  request: {
    headers: {
      authorization: 'AWS4-HMAC-SHA256 Credential=SCIM…, SignedHeaders=host, Signature=5d9b5d9b…',
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-date': '20261126T053422Z',
      'x-amz-target': 'AWSIdentityStore.ListGroupMembershipsForMember',
    },
    body: `{"IdentityStoreId": "d-90670a1b2c", "MemberId": {"UserId": "it's"}}`,
  },
})

t.test('IS-603 a request to an AWS API is copied as a command of curl or of the AWS CLI', async t => {
  t.equal(
    toCurl(signedRequest, source),
    `# list users; the status was 200.
curl --globoff --request 'POST' \\
  'http://127.0.0.1:8082/acme' \\
  --aws-sigv4 'aws:amz:eu-central-1:identitystore' \\
  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\
  --header 'content-type: application/x-amz-json-1.1' \\
  --header 'x-amz-target: AWSIdentityStore.ListGroupMembershipsForMember' \\
  --data-raw '{"IdentityStoreId": "d-90670a1b2c", "MemberId": {"UserId": "it'\\''s"}}'
`,
  )
  t.equal(
    toAwsCli(signedRequest, source),
    `# list users; the status was 200.
aws identitystore list-group-memberships-for-member \\
  --endpoint-url 'http://127.0.0.1:8082/acme' \\
  --region 'eu-central-1' \\
  --cli-input-json '{"IdentityStoreId":"d-90670a1b2c","MemberId":{"UserId":"it'\\''s"}}'
`,
  )
  t.equal(toAwsCli(anExchange(1), source), undefined, 'a request to SCIM')
})

t.test('a curl command lists what it omits', async t => {
  const exchange = anExchange(1, {
    method: 'HEAD',
    url: '*',
    status: 401,
    action: 'rejected: no token',
    request: { headers: { 'x-empty': '', 'accept-encoding': 'gzip' }, body: 'a\u0000***', cutFrom: 9000 },
  })
  t.equal(
    toCurl(exchange, source),
    `# rejected: no token; the status was 401.
# The body of the request was cut: the complete body has 9000 bytes.
# In the body of the request, secrets are hidden by "***".
# It contained NUL characters, which a shell cannot pass: they are omitted.
curl --globoff --path-as-is --head \\
  'http://127.0.0.1:8080/*' \\
  --header 'x-empty;' \\
  --header 'content-type:' \\
  --data-raw 'a***'
`,
  )
})

t.test('a fixture is a test case without credentials', async t => {
  t.same(JSON.parse(toFixture(namedLike('a'))), {
    name: 'create a a: 200',
    request: {
      method: 'POST',
      path: '/acme/scim/v2/Users?x=a',
      headers: { 'content-type': 'application/scim+json' },
      body: { displayName: 'a', raw: 'a' },
    },
    expect: { status: 200, body: { name: 'a' } },
  })
  const broken = anExchange(1, {
    url: '/x?access_token=%E2%80%A6k3f9',
    status: 400,
    request: { headers: {}, body: '{"a":1', cutFrom: 9000 },
    response: { headers: {}, body: '(Withheld: it names a secret attribute and could not be read as JSON.)' },
  })
  t.same(JSON.parse(toFixture(broken)), {
    name: 'list users: 400',
    request: { method: 'GET', path: '/x?access_token=%E2%80%A6k3f9', headers: {}, body: '{"a":1' },
    expect: {
      status: 400,
      body: '(Withheld: it names a secret attribute and could not be read as JSON.)',
    },
    notes: [
      'In the address, secrets are hidden by "***", and of a token only the end is shown.',
      'The body of the request was cut: the complete body has 9000 bytes.',
      'The body of the response was withheld, because it contains a secret.',
    ],
  })
  for (const name of hostileNames) {
    t.equal(JSON.parse(toFixture(namedLike(name))).expect.body.name, name)
  }
})

t.test('an entry of an HTTP archive has all required members of HAR 1.2', async t => {
  const { id, at } = anExchange(1)
  t.same(JSON.parse(harEntry(namedLike('a&b'), source)), {
    startedDateTime: new Date(at).toISOString(),
    time: 0.85,
    request: {
      method: 'POST',
      url: 'http://127.0.0.1:8080/acme/scim/v2/Users?x=a%26b',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: [
        { name: 'authorization', value: 'Bearer …k3f9' },
        { name: 'content-type', value: 'application/scim+json' },
        { name: 'cookie', value: '***' },
      ],
      queryString: [{ name: 'x', value: 'a&b' }],
      postData: {
        mimeType: 'application/scim+json',
        params: [],
        text: '{"displayName":"a&b","raw":"a&b"}',
      },
      headersSize: -1,
      bodySize: 33,
    },
    response: {
      status: 200,
      statusText: 'OK',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: [],
      content: { size: 14, mimeType: 'x-unknown', text: '{"name":"a&b"}' },
      redirectURL: '',
      headersSize: -1,
      bodySize: 14,
    },
    cache: {},
    timings: { send: 0, wait: 0.85, receive: 0 },
    _exchange: id,
    _action: 'create a&b',
    _tenant: 'acme',
  })
  const cut = anExchange(1, {
    url: 'nonsense',
    status: 299,
    response: { headers: { Location: '/x' }, body: 'é', cutFrom: 700 },
  })
  t.match(JSON.parse(harEntry(cut, source)), {
    comment: 'The body of the response was cut: the complete body has 700 bytes.',
    request: { url: 'http://127.0.0.1:8080/nonsense', bodySize: 0 },
    response: { statusText: '', redirectURL: '/x', content: { size: 700, text: 'é' }, bodySize: 700 },
  })
})
