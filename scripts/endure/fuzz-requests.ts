import { gzipSync } from 'node:zlib'
import { type Known, randomBulk, randomGroup, randomJson, randomPatch, randomUser } from './fuzz-bodies.ts'
import type { Target } from './fuzz-target.ts'
import { randomFilter, randomQuery, strangeTexts } from './fuzz-texts.ts'
import type { Random } from './random.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PURGE']

type Parts = { readonly method: string; readonly path: string; readonly body?: unknown }

function randomParts(random: Random, known: Known, at: number): Parts {
  const user = `/Users/${random.of(known.users)}`
  const group = `/Groups/${random.of(known.groups)}`
  switch (random.below(12)) {
    case 0:
    case 1:
      return {
        method: 'GET',
        path: `${random.of(['/Users', '/Groups', '', '/Schemas', user, group])}${randomQuery(random)}`,
      }
    case 2:
      return {
        method: 'POST',
        path: `/Users${random.chance(0.1) ? randomQuery(random) : ''}`,
        body: randomUser(random, at),
      }
    case 3:
      return { method: 'POST', path: '/Groups', body: randomGroup(random, known) }
    case 4:
      return { method: 'PUT', path: user, body: randomUser(random, at) }
    case 5:
    case 6:
      return { method: 'PATCH', path: random.of([user, group]), body: randomPatch(random, known) }
    case 7:
      return { method: 'POST', path: '/Bulk', body: randomBulk(random, known, at) }
    case 8:
      return {
        method: 'POST',
        path: random.of(['/.search', '/Users/.search', '/Groups/.search']),
        body: {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
          filter: random.chance(0.8) ? randomFilter(random) : randomJson(random),
          count: random.chance(0.2) ? randomJson(random, 0) : random.below(6),
          ...(random.chance(0.3) && { attributes: randomJson(random, 1) }),
        },
      }
    case 9:
      // A user that no later request needs.
      return {
        method: 'DELETE',
        path: `/Users/${random.chance(0.5) ? random.of(known.users.slice(5)) : 'nobody'}`,
      }
    default:
      return {
        method: random.of(methods),
        path: `/${random.of(['Users', 'Groups', 'Me', 'Nothing', '..', '%2e%2e', '__proto__', ''])}/${encodeURIComponent(random.of(strangeTexts).toWellFormed())}`,
        ...(random.chance(0.5) && { body: randomJson(random) }),
      }
  }
}

function randomHeaders(random: Random, token: string): readonly string[] {
  const authorization = random.chance(0.95)
    ? `Authorization: Bearer ${token}`
    : `Authorization: ${random.of(['', 'Bearer', 'Bearer x', 'Basic eDp5', `bearer ${token}x`, 'Bearer \t'])}`
  const type = random.chance(0.9)
    ? 'Content-Type: application/scim+json'
    : `Content-Type: ${random.of(['text/plain', 'application/json; charset=latin1', 'application/xml', ';', '*/*', ''])}`
  const others = [
    ...[
      'Accept: application/json',
      'Accept: text/html',
      'Accept: ;q=',
      'If-Match: *',
      'If-Match: W/"1"',
      'If-Match: "',
    ],
    ...[
      'If-None-Match: *',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Host: a b',
      'X-Forwarded-Proto: gopher',
    ],
    ...[
      'Expect: 100-continue',
      'Content-Encoding: gzip',
      'Range: bytes=0-1',
      'Cookie: a=b',
      'X: \u00ff',
      'Origin: null',
    ],
  ]
  return [authorization, type, ...Array.from({ length: random.below(3) }, () => random.of(others))]
}

function randomBytes(random: Random, body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  const text = Buffer.from(JSON.stringify(body))
  if (!random.chance(0.06)) return text
  switch (random.below(7)) {
    case 0:
      return text.subarray(0, random.below(text.length + 1))
    case 1:
      text[random.below(text.length)] = random.below(256)
      return text
    case 2:
      return Buffer.from(`\ufeff${text}`)
    case 3:
      return Buffer.from(text.toString(), random.of(['utf16le', 'latin1']))
    case 4:
      return gzipSync(text)
    case 5:
      // A duplicate member.
      return Buffer.from(text.toString().replace('{', '{"schemas":[],'))
    default:
      return Buffer.from(`${'['.repeat(random.below(3_000))}${text}`)
  }
}

/** A body with its framing: usually a length, sometimes chunks. */
function framed(
  random: Random,
  payload: Buffer,
): { readonly header: readonly string[]; readonly bytes: Buffer } {
  if (payload.length === 0 && random.chance(0.7)) return { header: [], bytes: payload }
  if (random.chance(0.9)) return { header: [`Content-Length: ${payload.length}`], bytes: payload }
  const cut = random.below(payload.length + 1)
  const parts = [payload.subarray(0, cut), payload.subarray(cut), Buffer.alloc(0)]
  const chunks = parts
    // The empty chunk ends the body.
    .filter((part, at) => part.length > 0 || at === 2)
    .flatMap(part => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])
  return { header: ['Transfer-Encoding: chunked'], bytes: Buffer.concat(chunks) }
}

export type FuzzRequest = { readonly method: string; readonly bytes: Buffer }

/** The bytes of a request: always valid HTTP, sometimes valid SCIM. */
export function randomRequest(random: Random, target: Target, at: number): FuzzRequest {
  const { method, path, body } = randomParts(random, target, at)
  const { header, bytes } = framed(random, randomBytes(random, body))
  const head = [
    `${method} ${new URL(target.base).pathname}${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...randomHeaders(random, target.token),
    ...header,
  ]
  return { method, bytes: Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]) }
}
