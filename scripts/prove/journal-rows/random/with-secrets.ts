import { gzipSync } from 'node:zlib'
import type { Random } from '../../../endure/random.ts'
import { newUser, scimPath, tokens, usersOf } from '../setup.ts'
import { requestBytes } from '../step.ts'
import {
  ascii,
  disguised,
  escaped,
  randomCredentials,
  randomForm,
  secretFor,
  secretHeader,
  secretNames,
  secrets,
} from './secrets.ts'
import { type RandomSteps, scim, tenantOf } from './step.ts'

/** A SCIM request with secrets in its URL, headers or body. */
export const withSecrets: RandomSteps = (random, number) => {
  const tenant = tenantOf(random)
  const user = random.of(usersOf(tenant))
  const query = Array.from({ length: random.below(3) }, () => {
    const name = random.of(secretNames)
    const value = secretFor(random, name)
    return `${name}=${random.chance(0.5) ? encodeURIComponent(value) : ascii(value).replaceAll(' ', '+')}`
  }).join('&')
  const host = random.chance(0.05) ? `http://user:${encodeURIComponent(random.of(secrets))}@scim.example` : ''
  const { method, path, body, type } = secretBody(random, user, number)
  const headers = [
    `Authorization: ${randomCredentials(random, tenant)}`,
    ...(body === undefined ? [] : [`Content-Type: ${type}`]),
    ...Array.from({ length: random.below(3) }, () => secretHeader(random)),
    // Node.js joins repeated headers, or keeps the first one.
    ...(random.chance(0.05) ? [`Authorization: Bearer ${random.of(Object.values(tokens))}`] : []),
    ...(random.chance(0.05)
      ? ['Accept: text/html', 'Accept: application/json', 'Cookie: a=1', 'Cookie: b=2']
      : []),
  ]
  return [
    scim({
      bytes: requestBytes({
        method,
        target: `${host}${scimPath(tenant)}${path}${query === '' ? '' : `?${query}`}`,
        headers,
        ...(body !== undefined && { body }),
        isChunked: random.chance(0.1),
      }),
    }),
  ]
}

function secretBody(
  random: Random,
  user: string,
  number: number,
): {
  readonly method: string
  readonly path: string
  readonly body?: string | Buffer
  readonly type: string
} {
  const secret = disguised(random)
  const json = 'application/scim+json'
  const member = random.of([
    'password',
    'PASSWORD',
    'title',
    'userName',
    'nickName',
    'secret',
    'detail',
    'clientSecret',
  ])
  const patch = (operation: object) =>
    JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] })
  switch (random.below(13)) {
    case 0:
      return {
        method: 'GET',
        path: random.of(['/Users', `/Users/${user}`, `/Users/${encodeURIComponent(secret)}`]),
        type: json,
      }
    case 1:
      return {
        method: 'POST',
        path: '/Users',
        body: JSON.stringify(newUser(`secret-${number}`, { [member]: secret })),
        type: json,
      }
    case 2:
      return {
        method: 'PUT',
        path: `/Users/${user}`,
        body: JSON.stringify(newUser(`put-${number}`, { [member]: secret })),
        type: json,
      }
    case 3:
      return {
        method: 'PATCH',
        path: `/Users/${user}`,
        body: patch({ op: random.of(['add', 'replace', 'Replace']), path: member, value: secret }),
        type: json,
      }
    case 4:
      return {
        method: 'PATCH',
        path: `/Users/${user}`,
        body: patch({
          op: 'replace',
          value: random.of([
            { [member]: secret },
            JSON.stringify({ password: secret }),
            [{ password: secret }],
          ]),
        }),
        type: json,
      }
    case 5:
      return {
        method: 'PATCH',
        path: `/Users/${user}`,
        body: patch({ op: 'replace', path: `${member}[value eq ${JSON.stringify(secret)}]`, value: 1 }),
        type: json,
      }
    case 6:
      return {
        method: 'POST',
        path: '/Bulk',
        body: JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
          Operations: [
            {
              method: 'POST',
              path: '/Users',
              bulkId: 'a',
              data: newUser(`bulk-${number}`, { [member]: secret }),
            },
            {
              method: 'PATCH',
              path: `/Users/${user}`,
              data: {
                schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
                Operations: [{ op: 'replace', path: member, value: secret }],
              },
            },
            { method: 'DELETE', path: '/Users/nobody' },
            {
              method: random.of(['GET', 'POST', 'PURGE']),
              path: `/Users?${member}=${secret}`,
              bulkId: secret,
            },
          ],
        }),
        type: json,
      }
    case 7:
      return {
        method: 'GET',
        path: `/Users?filter=${encodeURIComponent(`${member} ${random.of(['eq', 'co', 'xx'])} ${JSON.stringify(secret)}`)}`,
        type: json,
      }
    case 8:
      return {
        method: 'POST',
        path: '/Users/.search',
        body: JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
          filter: `${member} eq ${JSON.stringify(secret)}`,
          count: 2,
          [random.of(['attributes', 'sortBy', 'token'])]: secret,
        }),
        type: json,
      }
    case 9:
      return {
        method: 'POST',
        path: random.of(['/Users', '/Bulk', '/Nothing']),
        body: randomForm(random),
        type: random.of(['application/x-www-form-urlencoded', 'text/plain', json]),
      }
    case 10:
      // Escapes, JSON in strings, and JSON that ends too early.
      return {
        method: 'POST',
        path: '/Users',
        body: random.of([
          `{"userName":"x-${number}","p\\u0061ssword":"${escaped(ascii(secret))}"}`,
          JSON.stringify({ userName: JSON.stringify({ password: JSON.stringify({ password: secret }) }) }),
          JSON.stringify(newUser(`cut-${number}`, { password: secret })).slice(0, -3),
          `{"password":"${secret}"`,
          `password=${secret}`,
          secret,
          `{"schemas":["${secret}"],"detail":"the password \\"${ascii(secret).replaceAll('"', '').replaceAll('\\', '')}\\" is wrong"}`,
        ]),
        type: json,
      }
    case 11:
      return {
        method: 'POST',
        path: '/Users',
        body: strangeBytes(
          random,
          JSON.stringify(newUser(`bytes-${number}`, { password: secret, title: secret })),
        ),
        type: json,
      }
    default:
      return {
        method: random.of(['DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PURGE', 'QUERY', 'CONNECT']),
        path: `/Users/${encodeURIComponent(secret)}`,
        type: json,
      }
  }
}

/** Bytes that are no JSON, no UTF-8, or compressed. */
function strangeBytes(random: Random, text: string): Buffer {
  const at = random.below(text.length)
  switch (random.below(7)) {
    case 0:
      return Buffer.concat([
        Buffer.from(text.slice(0, at)),
        Buffer.from([0xff, 0xc3, 0x28]),
        Buffer.from(text.slice(at)),
      ])
    case 1:
      return Buffer.from(text.replace('"displayName":"', '"displayName":"\\ud800'))
    case 2:
      return Buffer.from(text.replace('"displayName":"', '"displayName":"\\u0000'))
    case 3:
      return Buffer.concat([
        Buffer.from(text.slice(0, at)),
        Buffer.from([0, 0xed, 0xa0, 0x80]),
        Buffer.from(text.slice(at)),
      ])
    case 4:
      return gzipSync(text)
    case 5:
      return Buffer.from(text, 'utf16le')
    default:
      return Buffer.from(`\ufeff${text}`)
  }
}
