import fc from 'fast-check'
import t from 'tap'
import {
  createMask,
  createSecretNames,
  maskOf,
  secretAttributeNames,
} from '../../../../src/domain/journal/masking.ts'
import { attribute } from '../../../../src/scim/attribute.ts'
import { groupType, userType } from '../../../../src/scim/core-schemas.ts'
import { type ResourceType, resourceType } from '../../../../src/scim/resource-types.ts'
import { deviceType } from '../../../support/device-type.ts'
import { assertProperty } from '../../../support/property.ts'

const mask = createMask(['password'])
const withheld = '(Withheld: it names a secret attribute and could not be read as JSON.)'

t.test('the secrets are the attributes that are never returned', async t => {
  t.same(secretAttributeNames([userType, groupType, deviceType]), ['password', 'pin'])
  const vault = resourceType({
    ...deviceType,
    schema: {
      ...deviceType.schema,
      attributes: [
        attribute('keys', 'Keys.', {
          type: 'complex',
          multiValued: true,
          subAttributes: [attribute('value', 'A key.', { returned: 'never' }), attribute('type', 'Which.')],
        }),
      ],
    },
    extensions: [
      {
        schema: {
          id: 'urn:x:Vault',
          name: 'V',
          description: 'V',
          attributes: [attribute('code', 'A code.', { returned: 'never' })],
        },
        required: false,
      },
    ],
  })
  t.same(
    secretAttributeNames([vault]),
    ['keys', 'code'],
    'an attribute with a secret sub-attribute counts as a whole',
  )
})

t.test('R-010 a token is shown by its last four characters only', async t => {
  const { headers } = mask
  t.same(headers({ authorization: 'Bearer abcdefghijklmnopk3f9', 'content-type': 'application/json' }), {
    authorization: 'Bearer …k3f9',
    'content-type': 'application/json',
  })
  const shown = (authorization: string) => headers({ authorization }).authorization
  t.equal(shown('bearer   abcdefghijklmnopk3f9'), 'bearer …k3f9')
  t.equal(shown('Bearer short-token'), 'Bearer …', 'a short token is masked completely')
  t.equal(shown('Bearer '), 'Bearer …')
  const signed =
    'AWS4-HMAC-SHA256 Credential=SCIMA2B3C4D5E6F7G2H3/20261126/us-east-1/identitystore/aws4_request, SignedHeaders=host;x-amz-date'
  t.equal(shown(`${signed}, Signature=${'5d9b'.repeat(16)}`), `${signed}, Signature=5d9b5d9b…`)
  t.equal(shown(`${signed},Signature=5d9b`), `${signed}, Signature=5d9b…`)
  t.equal(shown('AWS4-HMAC-SHA256 a-secret-by-mistake'), 'AWS4-HMAC-SHA256 ***')
  t.equal(shown('abcdefghijklmnopk3f9'), '…k3f9', 'without a scheme')
  t.equal(shown('Basic dXNlcjpwYXNzd29yZDEyMw=='), 'Basic …')
  t.same(headers({ Cookie: 'session=1', 'set-cookie': 'session=1', 'Proxy-Authorization': 'Basic eA==' }), {
    Cookie: '***',
    'set-cookie': '***',
    'Proxy-Authorization': 'Basic …',
  })
})

t.test('R-010 a password is masked anywhere in a body', async t => {
  const cases: readonly (readonly [unknown, unknown])[] = [
    [
      { userName: 'a', password: 's3cret' },
      { userName: 'a', password: '***' },
    ],
    [{ PassWord: ['s3cret'] }, { PassWord: '***' }],
    [
      { 'urn:ietf:params:scim:schemas:core:2.0:User:password': 's3cret' },
      { 'urn:ietf:params:scim:schemas:core:2.0:User:password': '***' },
    ],
    [{ a: [{ b: { password: { x: 's3cret' } } }] }, { a: [{ b: { password: '***' } }] }],
    [
      {
        Operations: [
          { op: 'replace', path: 'password', value: 's3cret' },
          { op: 'add', path: 'title', value: 'x' },
        ],
      },
      {
        Operations: [
          { op: 'replace', path: 'password', value: '***' },
          { op: 'add', path: 'title', value: 'x' },
        ],
      },
    ],
    [
      {
        Operations: [
          { Op: 'Replace', Value: 's3cret', Path: 'urn:ietf:params:scim:schemas:core:2.0:User:Password' },
        ],
      },
      {
        Operations: [
          { Op: 'Replace', Value: '***', Path: 'urn:ietf:params:scim:schemas:core:2.0:User:Password' },
        ],
      },
    ],
    [
      { Operations: [{ op: 'add', value: { password: 's3cret', title: 'x' } }] },
      { Operations: [{ op: 'add', value: { password: '***', title: 'x' } }] },
    ],
    [
      { Operations: [{ method: 'POST', path: '/Users', data: { password: 's3cret' } }] },
      { Operations: [{ method: 'POST', path: '/Users', data: { password: '***' } }] },
    ],
    [{ filter: 'password eq "s3cret"' }, { filter: 'password eq "***"' }],
    [
      { Operations: [{ op: 'replace', value: '{"password":"s3cret"}' }] },
      { Operations: [{ op: 'replace', value: '{"password":"***"}' }] },
    ],
    [{ value: '{"password":"s3cret"' }, { value: withheld }],
  ]
  for (const [body, masked] of cases) t.same(JSON.parse(mask.body(JSON.stringify(body))), masked)
})

t.test('a long error detail is masked from the first name of a secret on, and cut', async t => {
  const masked = (detail: string) => JSON.parse(mask.body(JSON.stringify({ detail }))).detail
  const harmless = 'The value is too long. '.repeat(100)
  t.equal(masked(harmless), harmless)
  t.equal(masked(`The password s3cret ${harmless}`), 'The password ***')
  t.equal(masked(`password="s3cret ${harmless}" is`), 'password ***')
  t.equal(masked(`${harmless}password s3cret`), `${harmless.slice(0, 1000)} ***`)
})

t.test(
  'JSON in a string is masked on three levels; a deeper text that may name a secret is hidden',
  async t => {
    const nest = (text: string, levels: number): string =>
      levels === 0 ? text : JSON.stringify([nest(text, levels - 1)])
    const body = (text: string, levels: number) => JSON.stringify({ value: nest(text, levels) })
    for (const levels of [0, 1, 2]) {
      t.equal(mask.body(body('{"password":"s3cret"}', levels)), body('{"password":"***"}', levels))
    }
    for (const levels of [3, 4, 5]) {
      t.equal(mask.body(body('{"password":"s3cret"}', levels)), body('***', 3))
      t.notMatch(mask.body(body('{"p\\u0061ssword":"s3cret"}', levels)), 's3cret')
    }
    const harmless = body('{"title":"x"}', 6)
    t.equal(mask.body(harmless), harmless)
  },
)

t.test('R-010 an escaped name is recognized', async t => {
  t.equal(mask.body('{"p\\u0061ssword":"s3cret"}'), '{"password":"***"}')
  t.equal(mask.body('{"p\\u0061ssword":"s3cret"'), withheld)
})

t.test('R-010 a body that names a secret and is not JSON is withheld', async t => {
  t.equal(mask.body('{"password":"s3cret"'), withheld)
  t.equal(mask.body('password=s3cret'), withheld)
  t.equal(mask.body(`{"a":${'['.repeat(100_000)}"password"${']'.repeat(100_000)}}`), withheld)
  t.equal(mask.body('{"userName":'), '{"userName":')
})

t.test('a body without secrets is unchanged', async t => {
  for (const body of [
    '',
    '{ "a" : 1.0 }',
    '{"title":"password reset clerk"}',
    '{"a":"\\u00e4"}',
    'nonsense \\u0061',
  ])
    t.equal(mask.body(body), body)
  t.equal(createMask([]).body('{"password":"x"}'), '{"password":"x"}')
})

t.test('R-010 a secret in a URL is masked', async t => {
  const query = (text: string) => mask.url(`/acme/scim/v2/Users?${text}`).split('?')[1]
  const shown = (text: string) => decodeURIComponent(query(`count=2&filter=${text}`) ?? '')
  t.equal(shown('password%20eq%20%22s3cret%22'), 'count=2&filter=password eq "***"')
  t.equal(shown('p%61ssword+eq+%22s3cret%22'), 'count=2&filter=password eq "***"')
  t.equal(
    shown('userName+eq+"a"+and+(PASSWORD+ne+"s3\\"cret")+or+title+pr'),
    'count=2&filter=userName eq "a" and (PASSWORD ne "***") or title pr',
  )
  t.equal(shown("password eq 's3cret thing'"), 'count=2&filter=password ***')
  t.equal(shown('password eq "s3&cret=1"&startIndex=1'), 'count=2&filter=password ***')
  t.equal(shown('password="s3cret"'), 'count=2&filter=password ***')
  t.equal(shown('password%20eq%20%22s3%E4cret%22'), 'count=2&filter=password eq "***"')
  t.equal(query('password=s3cret&a=1'), 'password=***&a=1')
  t.equal(query('access_token=abcdefghijklmnopk3f9'), 'access_token=%E2%80%A6k3f9')
  for (const url of ['filter=password+pr', 'attributes=password,userName', 'filter=title+eq+"x"', 'a=%zz'])
    t.equal(query(url), url)
  t.equal(mask.url('/acme/scim/v2/Users/password'), '/acme/scim/v2/Users/password')
})

t.test('signatures and keys in URLs are masked, also in the URLs of headers', async t => {
  const signature = '0123456789abcdef'.repeat(4)
  for (const [name, others] of [
    ['X-Amz-Signature', 'X-Amz-Credential=AKIA%2F20261126&'],
    ['x-goog-signature', 'X-Goog-Date=20261126T000000Z&'],
    ['Signature', 'Policy=e30_&Key-Pair-Id=K2JCJMDEHXQW5F&'],
    ['sig', 'sv=2024-11-04&se=2026-11-26T00%3A00%3A00Z&sp=r&'],
    ['s%69g', ''],
    ['code', 'state=x&'],
    ['subscription-key', ''],
    ['amp;sig', 'a=1&'],
  ] as const) {
    const address = `https://x.example/a?${others}`
    t.equal(mask.url(`${address}${name}=${signature}&b=1`), `${address}${name}=%E2%80%A6cdef&b=1`)
    t.same(mask.headers({ referer: `${address}${name}=${signature}` }), {
      referer: `${address}${name}=%E2%80%A6cdef`,
    })
  }
  const harmless = '/a?design=oak&postalcode=1&codes=1&signed=1'
  t.equal(mask.url(harmless), harmless)
})

t.test('R-010 no secret remains, whatever surrounds it', async t => {
  const secret = 'S3CRETVALUE'
  const name = fc.constantFrom('password', 'PASSWORD', 'urn:x:User:password', 'Password')
  const around = fc.array(
    fc.constantFrom('userName eq "a"', ' and ', ' or ', '(', ')', '[', ']', 'not ', ' '),
    { maxLength: 4 },
  )
  t.doesNotThrow(() =>
    assertProperty(
      fc.property(
        around,
        name,
        fc.constantFrom(' eq ', ' co  ', '=', ' equals ', '.value eq ', '[value eq '),
        fc.constantFrom('"', "'", ''),
        around,
        (before, name, operator, quote, after) => {
          const filter = before.join('') + name + operator + quote + secret + quote + after.join('')
          const url = mask.url(`/scim/v2/Users?filter=${encodeURIComponent(filter)}`)
          const body = mask.body(JSON.stringify({ filter, Operations: [{ path: filter, value: secret }] }))
          return !url.includes(secret) && !body.includes(secret)
        },
      ),
    ),
  )
  t.doesNotThrow(() =>
    assertProperty(
      fc.property(fc.jsonValue(), name, (json, name) => {
        const body = mask.body(JSON.stringify({ json, deeper: [{ [name]: secret, json }] }))
        return !body.includes(secret)
      }),
    ),
  )
})

t.test('a tenant’s own secrets are masked for it, and for requests without a known tenant', async t => {
  const tenants = [[userType]]
  const namesFor = createSecretNames(['password'], () => tenants)
  const maskFor = (types?: readonly ResourceType[]) => maskOf(namesFor(types))
  const text = '{"pin":"1","password":"2"}'
  const shown = () =>
    [maskFor(), maskFor([userType]), maskFor([userType, deviceType])].map(one => one.body(text))
  t.same(shown(), [
    '{"pin":"1","password":"***"}',
    '{"pin":"1","password":"***"}',
    '{"pin":"***","password":"***"}',
  ])
  tenants.push([userType, deviceType])
  t.same(shown(), [
    '{"pin":"***","password":"***"}',
    '{"pin":"1","password":"***"}',
    '{"pin":"***","password":"***"}',
  ])
  tenants.pop()
  t.equal(maskFor().body(text), '{"pin":"1","password":"***"}')
})

t.test('R-010 R-057 a sentence that quotes a request omits the text after the name of a secret', async t => {
  for (const [sentence, shown] of [
    ['A User has no attribute "password s3cret".', 'A User has no attribute "password ***".'],
    ['A User has no attribute "urn:x:PASSWORD:s3cret".', 'A User has no attribute "urn:x:PASSWORD ***".'],
    ['The path "password eq "s3cret"" is none.', 'The path "password ***" is none.'],
    [
      'The path "emails[password eq s3cret" cannot be read: "s3cret" is no name. Leave it out.',
      'The path "emails[password ***" is no name. Leave it out.',
    ],
  ] as const) {
    t.equal(mask.detail(sentence), shown)
    t.equal(mask.body(JSON.stringify({ detail: sentence })), JSON.stringify({ detail: shown }))
  }
  for (const sentence of [
    'A User needs password: it is missing or empty.',
    '"password" and "PassWord" are the same attribute. Send it once.',
    'The attribute "password" at position 1 is never returned and cannot be used in filters.',
    'A User has no attribute "passwords eq".',
  ]) {
    t.equal(mask.detail(sentence), sentence)
  }
})

t.test('R-010 summaries, malformed names and operations contain no secret', async t => {
  t.equal(mask.summary('change password:s3cret, title of user'), 'change password, title of user')
  t.equal(mask.summary('change password, title of user'), 'change password, title of user')
  t.equal(
    mask.body('{"op":"password s3cret","value":{"password s3cret":1,"title":2}}'),
    '{"op":"password ***","value":{"password ***":"***","title":2}}',
  )
})
