import { strangeTexts } from '../../../endure/fuzz-texts.ts'
import { newUser, scimPath, tokens, usersOf } from '../setup.ts'
import { requestBytes } from '../step.ts'
import { disguised, secretHeader } from './secrets.ts'
import { bearer, type RandomSteps, scim, tenantOf } from './step.ts'

/** Bytes that are no HTTP, or HTTP as no client sends it. */
export const strangeWire: RandomSteps = (random, number) => {
  const tenant = tenantOf(random)
  const path = `${scimPath(tenant)}/Users/${random.of(usersOf(tenant))}`
  const get = requestBytes({ target: path, headers: bearer(tenant) })
  const [line = '', ...headers] = get.split('\r\n')
  const withHeaders = (...more: readonly string[]) => [line, ...more, ...headers].join('\r\n')
  const bytes = random.of<() => string>([
    () => `GET ${path} HTTP/1.1\r\nBroken header\r\n\r\n`,
    () => `${disguised(random)}\r\n\r\n`,
    () => `BREW ${path} HTTP/1.1\r\nHost: x\r\n\r\n`,
    () => `GET ${path} HTTP/1.0\r\nAuthorization: Bearer ${tokens[tenant]}\r\n\r\n`,
    () => `GET ${path} HTTP/1.1\r\nAuthorization: Bearer ${tokens[tenant]}\r\n\r\n`,
    () => withHeaders('Content-Length: 5', 'Transfer-Encoding: chunked'),
    () => withHeaders('Content-Length: 5', 'Content-Length: 6'),
    () => withHeaders('Transfer-Encoding: gzip'),
    () => withHeaders(`X-Large: ${'x'.repeat(20_000)}`),
    () => withHeaders(...Array.from({ length: 300 }, (_, at) => `X-Header-${at}: ${at}`)),
    () => withHeaders(...Array.from({ length: 30 }, () => secretHeader(random))),
    () => withHeaders(...Array.from({ length: 40 }, (_, at) => `X-Api-Key: key-number-${at}-of-many`)),
    () => withHeaders('Expect: 100-continue'),
    () => withHeaders('Expect: 200-ok'),
    () => withHeaders('Host: other.example'),
    () =>
      withHeaders(
        `X-Forwarded-Host: ${disguised(random).replace(/[^\x21-\x7e]/g, '')}`,
        'X-Forwarded-Proto: https',
      ),
    () => withHeaders('Connection: close'),
    () => withHeaders('X-Nothing:', 'X-Latin: \xe4\xf6\xfc', 'X-Tab: a\tb'),
    () => get.replace('GET', random.of(['HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'CONNECT', 'SEARCH', 'LINK'])),
    () => get.replace(path, `${path}/..%2f${encodeURIComponent(random.of(strangeTexts).toWellFormed())}`),
    () =>
      get.replace(
        path,
        random.of([
          '*',
          '/',
          '//',
          `//evil.example${path}`,
          `/${'x'.repeat(9000)}`,
          '/%',
          '/%zz/scim/v2/Users',
          '/\xe4/scim/v2',
        ]),
      ),
    () => get.replace(path, `${path}?${'a=b&'.repeat(1500)}token=${encodeURIComponent(tokens[tenant])}`),
    () => requestBytes({ method: 'PATCH', target: path, headers: bearer(tenant), body: '{}' }) + garbage,
    () =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens[tenant]}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nbroken\r\n0\r\n\r\n`,
    () =>
      `POST ${scimPath(tenant)}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tokens[tenant]}\r\nContent-Length: 3000000\r\n\r\n`,
    () =>
      requestBytes({
        method: 'POST',
        target: `${scimPath(tenant)}/Users`,
        headers: bearer(tenant),
        body: `{"userName":"chunk-${number}"}`,
        isChunked: true,
      }),
  ])()
  // What follows a request has a response of its own.
  return [
    bytes.endsWith(garbage)
      ? scim({ bytes: bytes.slice(0, -garbage.length) }, { bytes: garbage })
      : scim({ bytes }),
  ]
}

const garbage = '\x01\x02\r\n\r\n'

/** Reads over one connection, all sent at once. */
export const pipelined: RandomSteps = random => {
  const tenant = tenantOf(random)
  const count = random.of([2, 3, 5, 20])
  const requests = Array.from({ length: count }, () => ({
    bytes: requestBytes({
      method: random.chance(0.9) ? 'GET' : 'HEAD',
      target: `${scimPath(tenant)}/Users/${random.of([...usersOf(tenant), 'nobody'])}`,
      headers: random.chance(0.9) ? bearer(tenant) : [`Authorization: Bearer ${tokens[tenant]}x`],
    }),
  }))
  return [scim(...requests)]
}

/** Two clients that disconnect: one within its request, one before the response. */
export const disconnecting: RandomSteps = (random, number) => {
  const tenant = tenantOf(random)
  const request = requestBytes({
    method: 'POST',
    target: `${scimPath(tenant)}/Users?token=${encodeURIComponent(tokens[tenant])}`,
    headers: [
      random.chance(0.8) ? `Authorization: Bearer ${tokens[tenant]}` : 'Authorization: Bearer x',
      'Content-Type: application/scim+json',
    ],
    body: JSON.stringify(newUser(`gone-${number}`, { password: 'hunter2' })),
  })
  return [{ to: 'scim', requests: [{ bytes: request }], disconnects: request.length - 20 }]
}
