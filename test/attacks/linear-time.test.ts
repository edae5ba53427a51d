import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { grantScope, readClient, readForm } from '../../src/auth/oauth/form.ts'
import { ApiError } from '../../src/aws-api/api-error.ts'
import { apiCall, scimCall } from '../../src/aws-api/cloudtrail.ts'
import { formatApiError } from '../../src/aws-api/http/responses.ts'
import { createVerifier, missingParts, readSignature } from '../../src/aws-api/http/signature.ts'
import { readTarget } from '../../src/aws-api/http/target.ts'
import { escapeForChat } from '../../src/console/webhooks/webhooks.ts'
import {
  createSecretMatcher,
  findCredentials,
  fromParameters,
  isForm,
  longestFirst,
  maskHeader,
  removeUserInfo,
  tokenPatterns,
} from '../../src/domain/journal/credentials.ts'
import { describeRequest } from '../../src/domain/journal/description.ts'
import { type Exchange, errorDetail } from '../../src/domain/journal/exchange.ts'
import { createMask } from '../../src/domain/journal/masking.ts'
import { redactRecorded } from '../../src/domain/journal/redact-recorded.ts'
import { findStrayTokens } from '../../src/domain/journal/stray-tokens.ts'
import { userType } from '../../src/scim/core-schemas.ts'
import { createRedactor, type Secret } from '../../src/scim/redaction/redactor.ts'
import { httpViolation } from '../../src/scim-api/http/receive.ts'
import { readJson } from '../../src/scim-api/http/request.ts'
import { growthOf, type WorstText } from '../support/growth.ts'
import { aRecorded } from '../support/recorded.ts'
import {
  arrayOf,
  manyTokens,
  namesWith,
  nestedStrings,
  quotedDetail,
  repeat,
} from '../support/worst-texts.ts'

const secretNames = ['password']
const matcher = createSecretMatcher(secretNames)
const mask = createMask(secretNames)
const form = 'application/x-www-form-urlencoded'

const ignoreErrors =
  (call: (text: string) => unknown) =>
  (text: string): unknown => {
    try {
      return call(text)
    } catch (error) {
      return error
    }
  }

const secrets: readonly Secret[] = longestFirst(
  Array.from({ length: 32 }, (_, at) => ({
    text: `${String.fromCharCode(98 + (at % 20))}${at + 10}/${'a'.repeat(30)}`,
    placeholder: '***…',
  })),
)
const [firstSecret = { text: '', placeholder: '' }] = secrets
const beginningsOfSecrets = secrets.map(({ text }) => text.slice(0, 20)).join(' ')
const redactor = createRedactor([firstSecret], tokenPatterns)
const redactorOfMany = createRedactor(secrets, tokenPatterns)

const redacted = (contentType: string) => (body: string) =>
  redactRecorded(
    aRecorded({
      secrets: [firstSecret.text, firstSecret.placeholder],
      request: { headers: ['content-type', contentType], body },
    }),
  )

const exchangeWith = (body: string): Exchange => ({
  id: 'x',
  at: 0,
  tenantTime: 0,
  microseconds: 0,
  method: 'PATCH',
  url: '/acme/scim/v2/Users/1',
  status: 400,
  operation: 'update',
  action: 'update user',
  tenant: 'acme',
  profile: 'aws',
  api: 'identity-store',
  apiOperation: 'CreateUser',
  accessKey: 'key',
  request: { headers: {}, body },
  response: { headers: {}, body },
})

const verify = createVerifier()
/** The names of the signed headers, the value of one of them, and the URL. */
function verifySignature(text: string): unknown {
  const [names = '', value = '', url = '/'] = text.split('|')
  const signature = readSignature(
    `AWS4-HMAC-SHA256 Credential=key/20261126/us-east-1/identitystore/aws4_request, SignedHeaders=${names}, Signature=${'0'.repeat(64)}`,
  )
  const headers = { host: ['x'], 'x-amz-date': ['20261126T000000Z'], a: [value] }
  return signature && verify({ method: 'POST', url, headers, body: Buffer.alloc(0) }, signature, 'secret')
}

type Subject = {
  readonly call: (text: string) => unknown
  readonly texts: Readonly<Record<string, WorstText>>
}

const bodies: Readonly<Record<string, WorstText>> = {
  'an error detail': quotedDetail,
  'many error details': arrayOf({ detail: '"password x" y' }),
  'JSON in strings on many levels': nestedStrings,
  'JSON in many strings': arrayOf('["password"]'),
  filters: length => JSON.stringify({ filter: `password ${repeat('eq "x" ')(length)}` }),
  'open brackets': length => `["password",${'['.repeat(length)}`,
  'nested brackets': length => `["password",${'['.repeat(length / 2)}${']'.repeat(length / 2)}]`,
  'many names': namesWith('password'),
  escapes: repeat('\\u0070'),
  'leading spaces': length => JSON.stringify([`${' '.repeat(length)}password`]),
}

const subjects: Readonly<Record<string, Subject>> = {
  'quoted sentences': {
    call: matcher.maskQuoted,
    texts: {
      'one quotation mark and many names': length => `"${repeat('password ')(length)}`,
      'quoted names': repeat('"password"'),
      'quotation marks': repeat('"'),
    },
  },
  'the rest of a sentence': {
    call: text => matcher.maskRest(text, 1000),
    texts: { 'beginnings of the name': repeat('passwor '), 'names with a dash': repeat('-password') },
  },
  filters: {
    call: matcher.maskFilter,
    texts: {
      'names and spaces': repeat('password    '),
      spaces: length => `password${' '.repeat(length)}x`,
      'an open quotation': length => `password eq "${repeat('\\"')(length)}`,
      'a quotation and more': length => `password eq "${'a'.repeat(length)}"x`,
      'many comparisons': repeat('password eq "x" and '),
      'a sub-attribute': length => `password.${'a'.repeat(length)}`,
      'many presences': repeat('password pr '),
    },
  },
  'descriptions with a name': {
    call: matcher.maskSummary,
    texts: { names: repeat('password:x '), colons: repeat('password:') },
  },
  paths: {
    call: matcher.isSecretPath,
    texts: { 'names with a dash': repeat('password-'), 'beginnings of the name': repeat('passwor') },
  },
  bodies: { call: mask.body, texts: bodies },
  URLs: {
    call: mask.url,
    texts: {
      'question marks': repeat('?'),
      parameters: length => `/?${repeat('a=password&')(length)}`,
      tokens: length => `/?${repeat('token=a%20b&')(length)}`,
      'user names': repeat('a://b'),
      'one user name': length => `/${repeat('a://b:c')(length)}@`,
      'percent signs': length => `/?password=${'%'.repeat(length)}`,
      dots: length => `/?@${repeat('a.')(length)}`,
    },
  },
  forms: {
    call: mask.form,
    texts: { parameters: repeat('a&'), tokens: repeat('token=a+b&'), hashes: repeat('#') },
  },
  'credentials in parameters': {
    call: fromParameters,
    texts: {
      'question marks': repeat('?'),
      tokens: manyTokens,
      words: length => `token=${repeat('abcdefgh ')(length)}`,
      ampersands: repeat('&'),
      'encoded names': repeat('%74oken=a%&'),
      passwords: repeat('password=a+b%20&'),
    },
  },
  'recognition of forms': {
    call: text => isForm('text/plain', text),
    texts: {
      spaces: repeat(' '),
      names: repeat(`&${'token'.repeat(16)}`),
      'long names': repeat(`&${'a'.repeat(200)}`),
    },
  },
  'credentials in headers': {
    call: text => findCredentials('/', { authorization: text, referer: text, 'x-api-key': text }),
    texts: {
      words: repeat('abcdefgh '),
      'a scheme and spaces': length => `Bearer${' '.repeat(length)}x`,
      signatures: length => `AWS4-HMAC-SHA256 ${repeat('Signature=')(length)}`,
      'a JWT': length => `Bearer eyJ${repeat('a.')(length)}`,
      colons: length => `https://${repeat('a:')(length)}@x`,
    },
  },
  headers: {
    call: text => maskHeader('authorization', text),
    texts: {
      signatures: length => `AWS4-HMAC-SHA256 ${repeat('Signature=,')(length)}`,
      spaces: repeat(' '),
      'a JWT': length => `Bearer eyJ${'a'.repeat(length)}`,
    },
  },
  'user names in URLs': {
    call: removeUserInfo,
    texts: {
      schemes: repeat('a://b@'),
      words: length => `@${repeat(`${'a'.repeat(24)} `)(length)}`,
      'dots and dashes': length => `@${repeat('a.a-')(length)}`,
    },
  },
  'redaction of a secret': {
    call: redactor.redact,
    texts: {
      'the secret': repeat(`${firstSecret.text} `),
      'the secret with escapes': repeat(`${firstSecret.text.replace('/', '\\/')} `),
      'percent signs': length => firstSecret.text + repeat('%25')(length),
      'beginnings of JWTs': length => `eyJ ${repeat('eyJaaaaaaaa.')(length)}`,
      'escaped JWTs': length => `eyJ ${repeat('\\neyJaaaa')(length)}`,
      'beginnings of tokens': repeat('scimulator-'),
      'almost tokens': repeat(`scimulator-${'a'.repeat(180)}.`),
      'cut secrets': repeat(`${firstSecret.text.slice(0, 20)}…`),
      base64: repeat(Buffer.from(`xx${firstSecret.text}`).toString('base64')),
      'base64 and letters': length =>
        Buffer.from(`xx${firstSecret.text}`).toString('base64') + 'a'.repeat(length),
    },
  },
  'redaction of many secrets': {
    call: redactorOfMany.redact,
    texts: {
      'their letters': length => `${firstSecret.text} ${'a'.repeat(length)}`,
      'their beginnings': repeat(beginningsOfSecrets),
      'all of them': repeat(secrets.map(({ text }) => text).join(' ')),
      escapes: repeat('%61\\u0061'),
    },
  },
  'redaction of a long secret': {
    call: text => {
      const [secret = '', rest = ''] = text.split(' ')
      return createRedactor([{ text: secret, placeholder: '***…' }]).redact(rest)
    },
    texts: {
      letters: length => `b${'a'.repeat(length / 2)} b${'a'.repeat(15)}b${'a'.repeat(length / 2 - 20)}`,
    },
  },
  'stray tokens': {
    call: text => findStrayTokens({ url: text, headers: { 'x-a': text }, body: text }, () => false),
    texts: {
      'quotation marks': repeat('"'),
      escapes: length => `{"${repeat('\\"')(length)}`,
      segments: repeat('/a'),
      roots: repeat('/scim'),
      words: repeat('a=b '),
      spaces: repeat(' '),
    },
  },
  'requests with a form': {
    call: redacted(form),
    texts: { tokens: manyTokens, 'question marks': repeat('?'), parameters: repeat('a&') },
  },
  'requests with JSON': {
    call: redacted('application/json'),
    texts: {
      'an error detail': quotedDetail,
      'JSON in strings on many levels': nestedStrings,
      escapes: length => JSON.stringify({ a: repeat('%61\\')(length / 2) }),
    },
  },
  descriptions: {
    call: text =>
      describeRequest({
        kind: 'patch',
        type: userType,
        operations: [{ op: 'add', assignments: [], ignored: Array(10).fill(text) }],
      }),
    texts: { 'a long path': repeat('a.') },
  },
  'details of errors': {
    call: text => errorDetail(exchangeWith(JSON.stringify({ detail: text }))),
    texts: { 'a long detail': repeat('a') },
  },
  'CloudTrail events of SCIM': {
    call: text => scimCall(exchangeWith(text), '1'),
    texts: {
      'a time': length => JSON.stringify({ meta: { created: `2026-01-01T${'('.repeat(length)}` } }),
      operations: length => `{"Operations":${arrayOf({ path: "a'" })(length)}}`,
    },
  },
  'CloudTrail events of AWS': {
    call: text => apiCall(exchangeWith(text), '1', 'acme'),
    texts: { 'many names': namesWith('N') },
  },
  'texts for chat programs': {
    call: escapeForChat,
    texts: {
      mentions: repeat('@a'),
      hosts: repeat('www.'),
      'invisible characters': repeat('\u200b'),
      'line breaks': repeat('\n'),
      links: repeat('://]('),
    },
  },
  'JSON of SCIM': {
    call: ignoreErrors(text => readJson(Buffer.from(text))),
    texts: {
      backslashes: length => `{"a":"${'\\'.repeat(length)}`,
      'escaped quotation marks': length => `{"a":"${repeat('\\"')(length)}"}`,
      escapes: length => `{"a":"${'\\u0041'.repeat(length / 6)}"}`,
      'many names': namesWith('N'),
      'quotation marks': repeat('"'),
      digits: length => `{"a":${'9'.repeat(length)}}`,
    },
  },
  'violations of HTTP': {
    call: text =>
      httpViolation({
        method: 'GET',
        httpVersion: '1.1',
        headers: { host: 'x', expect: text, 'transfer-encoding': text },
      } as IncomingMessage),
    texts: { expectations: repeat('100-continue-'), spaces: repeat(' ') },
  },
  'forms of token requests': {
    call: ignoreErrors(text =>
      readForm({ contentType: form, contentEncoding: undefined, body: Buffer.from(text) }),
    ),
    texts: { 'percent signs': repeat('%'), ampersands: repeat('&'), 'many parameters': manyTokens },
  },
  'media types of token requests': {
    call: ignoreErrors(text => readForm({ contentType: text, contentEncoding: undefined, body: undefined })),
    texts: {
      spaces: length => `${form}${' '.repeat(length)}x`,
      dots: length => `application/${repeat('a.')(length)}`,
    },
  },
  'clients of token requests': {
    call: ignoreErrors(text => readClient({ get: () => undefined }, text, false)),
    texts: {
      spaces: length => `basic${' '.repeat(length)}x`,
      colons: length => `basic ${repeat('OjpB')(length)}`,
    },
  },
  scopes: {
    call: ignoreErrors(text =>
      grantScope(text, 'full', { unknownScopes: 'refuse', repeatedSecret: 'accept' }),
    ),
    texts: { names: repeat('a ') },
  },
  'operations of AWS': {
    call: ignoreErrors(text =>
      readTarget(
        { method: 'POST', url: text, headers: { 'content-type': text, 'x-amz-target': text } },
        Buffer.alloc(0),
      ),
    ),
    texts: { segments: repeat('/service/'), dots: repeat('.') },
  },
  'parts of a signature': {
    call: missingParts,
    texts: {
      parts: length => `AWS4-HMAC-SHA256 ${repeat('a=,')(length)}`,
      spaces: length => `AWS4-HMAC-SHA256${' '.repeat(length)}`,
    },
  },
  'verification of a signature': {
    call: verifySignature,
    texts: {
      'a header that is signed repeatedly': length =>
        `host;x-amz-date;${'a;'.repeat(length / 4)}a|${repeat('b ')(length / 2)}`,
      parameters: length => `host;x-amz-date|x|/?${repeat('b=1&a&')(length / 4)}`,
    },
  },
  'errors in XML': {
    call: text =>
      formatApiError(new ApiError('ValidationException', text), { id: 'x', isXml: true, tenant: undefined }),
    texts: { entities: repeat('<&') },
  },
}

for (const [subject, { call, texts }] of Object.entries(subjects)) {
  t.test(`${subject} take CPU time in proportion to the length of the text`, async t => {
    for (const [name, make] of Object.entries(texts)) {
      t.equal(growthOf(call, make, { length: 128 * 1024 }), undefined, name)
    }
  })
}
