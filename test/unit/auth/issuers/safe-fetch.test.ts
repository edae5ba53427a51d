import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { discoverKeys } from '../../../../src/auth/issuers/key-sets.ts'
import {
  createSafeFetch,
  IssuerFetchError,
  type SafeFetchOptions,
} from '../../../../src/auth/issuers/safe-fetch.ts'
import type { Json } from '../../../../src/scim/json.ts'

const openFetch = (t: Test, options: Partial<SafeFetchOptions> = {}) => {
  const safeFetch = createSafeFetch({ userAgent: 'scimulator/test', ...options })
  t.teardown(safeFetch.close)
  return safeFetch
}

async function serve(t: Test, respond: RequestListener): Promise<string> {
  const server = createServer(respond)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(
    () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The rejection of a fetch, and that it repeats nothing of the URL or the response. */
async function failure(t: Test, done: Promise<unknown>, hidden: readonly string[]): Promise<string> {
  try {
    await done
  } catch (error) {
    if (!(error instanceof IssuerFetchError)) throw error
    for (const text of hidden) t.notMatch(error.message, text)
    return error.message
  }
  return 'fetched'
}

t.test('TS-054 a request has its headers only, and is a GET', async t => {
  const { json } = openFetch(t)
  let seen: Readonly<Record<string, unknown>> = {}
  const base = await serve(t, ({ method, headers }, response) => {
    seen = { method, accept: headers.accept, agent: headers['user-agent'], cookie: headers.cookie }
    response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end('{"keys":[]}')
  })
  t.same(await json(base), { keys: [] })
  t.same(seen, { method: 'GET', accept: 'application/json', agent: 'scimulator/test', cookie: undefined })
})

t.test('TS-051 TS-053 the response must be JSON with status 200, and is not repeated', async t => {
  const { json } = openFetch(t)
  const secret = 'text-of-the-response'
  const respond = (status: number, headers: Record<string, string>, body: string) =>
    serve(t, (_request, response) => void response.writeHead(status, headers).end(body))
  const jsonType = { 'content-type': 'application/json' }
  const target = await respond(200, jsonType, '{}')
  const cases = [
    [await respond(302, { location: target }, secret), 'The server responded with status 302; expected 200.'],
    [await respond(404, jsonType, secret), 'The server responded with status 404; expected 200.'],
    [await respond(200, { 'content-type': 'text/html' }, secret), 'The response is not application/json.'],
    [await respond(200, jsonType, secret), 'The response is not JSON.'],
    [
      await respond(200, jsonType, JSON.stringify('x'.repeat(2_000_000))),
      'The response has more than 512 KiB.',
    ],
  ] as const
  for (const [url, message] of cases) t.equal(await failure(t, json(url), [secret, url]), message)
})

t.test('TS-051 a server that does not respond', async t => {
  const { json } = openFetch(t, { timeout: 50 })
  const silent = await serve(t, () => {})
  t.equal(await failure(t, json(silent), [silent]), 'The server did not respond within 0.05 seconds.')
  const half = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"keys":')
  })
  t.equal(await failure(t, json(half), [half]), 'The server did not respond within 0.05 seconds.')
})

t.test('TS-053 an unreachable server is reported with the code only', async t => {
  const { json } = openFetch(t)
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>(resolve => server.close(() => resolve()))
  const url = `http://127.0.0.1:${port}/private-path`
  t.equal(
    await failure(t, json(url), ['private-path', String(port)]),
    'The server cannot be reached (ECONNREFUSED).',
  )
})

t.test('TS-051 TS-052 URLs that are never fetched', async t => {
  const { json } = openFetch(t, {
    resolveHost: () => t.fail('nothing is resolved'),
  })
  const urls = [
    'http://id.example.com/keys',
    'ftp://id.example.com/keys',
    'file:///etc/passwd',
    'https://user:secret@id.example.com/keys',
    'https://id.example.com/keys#x',
    'https://169.254.169.254/latest/meta-data',
    'https://[::ffff:169.254.169.254]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fd00:ec2::23]/',
    'https://168.63.129.16/',
    'https://100.100.100.200/',
    'https://[64:ff9b:1::1]/',
    'https://[64:ff9b::a83f:8110]/',
    'https://[2001::1]/',
    'https://0.0.0.0/',
    'https://0/',
    'https://[::]/',
    'https://2852039166/',
    'https://0xA9FEA9FE/',
    'https://224.0.0.1/',
    'https://[ff02::1]/',
    'http://10.0.0.1/',
    'not a URL',
  ]
  for (const url of urls)
    t.match(await failure(t, json(url), ['secret', 'example.com', '169.254']), /URL/, url)
})

t.test('TS-052 addresses are checked when a name is resolved', async t => {
  const resolved = async (hostname: string, ...addresses: readonly string[]) => {
    const { json, close } = createSafeFetch({
      userAgent: 'test',
      resolveHost: (_hostname, _options, callback) =>
        callback(
          null,
          addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
    })
    const message = await failure(t, json(`https://${hostname}/`), ['example.com', ...addresses])
    await close()
    return message
  }
  const refused = /^The host has an address that is not allowed/
  for (const address of [
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '::169.254.169.254',
    '::ffff:0:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '2002:a9fe:a9fe::',
    'fd00:ec2::23',
    '168.63.129.16',
    '64:ff9b::100.100.100.200',
    '64:ff9b:1::192.0.2.1',
    '2001::1',
    'fe80::1',
    '224.0.0.1',
    '0.0.0.0',
    '127.0.0.1',
    '::1',
  ]) {
    t.match(await resolved('id.example.com', address), refused, address)
  }
  t.match(await resolved('id.example.com', '192.0.2.1', '169.254.169.254'), refused, 'one of several')
  t.match(await resolved('localhost', '192.0.2.1'), refused, 'localhost that is another machine')
})

t.test('TS-052 loopback is reached under its own name', async t => {
  const { json } = openFetch(t)
  const base = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  const { port } = new URL(base)
  for (const host of ['127.0.0.1', 'localhost', '127.1']) {
    t.same(await json(`http://${host}:${port}/`), {}, host)
  }
})

t.test('TS-033 metadata by OpenID Connect Discovery, then by RFC 8414', async t => {
  const found = (documents: Readonly<Record<string, Json>>) => {
    const urls: string[] = []
    const json = async (url: string): Promise<Json> => {
      urls.push(url)
      const document = documents[url]
      if (document === undefined)
        throw new IssuerFetchError('The server responded with status 404; expected 200.', true)
      return document
    }
    return { json, urls }
  }
  const issuer = 'https://id.example.com/realm'
  const keys = 'https://keys.example.com/keys'
  const document = { issuer, jwks_uri: keys }
  const openId = `${issuer}/.well-known/openid-configuration`
  const oauth = 'https://id.example.com/.well-known/oauth-authorization-server/realm'
  t.equal(await discoverKeys(issuer, found({ [openId]: document })), keys)
  const second = found({ [oauth]: document })
  t.equal(await discoverKeys(issuer, second), keys)
  t.same(second.urls, [openId, oauth])
  t.equal(await discoverKeys(`${issuer}/`, found({ [openId]: { ...document, issuer: `${issuer}/` } })), keys)

  const problem = (more: Json) => failure(t, discoverKeys(issuer, found({ [openId]: more })), ['evil'])
  t.equal(
    await problem({ ...document, issuer: 'https://evil.example' }),
    'The metadata are of another issuer than this one.',
  )
  t.equal(await problem([]), 'The metadata are not a JSON object.')
  t.equal(await problem({ issuer }), 'The metadata have no jwks_uri.')
  t.match(
    await problem({ issuer, jwks_uri: 'http://evil.example/keys' }),
    /^The jwks_uri of the metadata is not allowed/,
  )
  t.match(
    await problem({ issuer, jwks_uri: 'https://169.254.169.254/' }),
    /^The jwks_uri of the metadata is not allowed/,
  )
  t.match(
    await problem({ issuer, jwks_uri: 'http://127.0.0.1/' }),
    /Only an issuer on this machine may name it/,
  )
})

t.test('an unreachable server is asked once for its metadata', async t => {
  const urls: string[] = []
  const json = async (url: string): Promise<Json> => {
    urls.push(url)
    throw new IssuerFetchError('The server cannot be reached.', false)
  }
  await t.rejects(discoverKeys('https://id.example.com', { json }), { name: 'IssuerFetchError' })
  t.equal(urls.length, 1)
})
