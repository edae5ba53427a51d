import { existsSync, readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { Writable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import pino from 'pino'
import t from 'tap'
import { readConfig } from '../../src/server/config.ts'
import { startServer } from '../../src/server/server.ts'
import { run } from '../http/cli/run.ts'
import { flagsOf, isOnPostgres, storedTexts, testDatabase } from '../support/database.ts'
import { receiveWebhooks } from '../support/webhook-receiver.ts'

const own = 'Kx7/first+token=of-acme&Zr5'
const other = 'Qp2/second+token=of-acme&Wd8'
const wrong = 'Vb4/nobodys+token=at-all&Hj3'
const password = 'Mn6/pass+word=of-marge&Tg1'

const escapedInJson = (text: string) =>
  [...text].map(character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
const base64Of = (text: string, before: string) =>
  Buffer.from(before + text)
    .toString('base64')
    .slice(4 * Math.ceil(before.length / 3), -4)

/** Each encoding in which a secret could be found. */
const formsOf = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  encodeURIComponent(secret).toLowerCase(),
  secret.replaceAll('/', '\\/'),
  secret.replaceAll('&', '\\u0026'),
  secret.replaceAll('&', '&amp;'),
  escapedInJson(secret),
  ...['', 'x', 'xy'].map(before => base64Of(secret, before)),
]

t.test('a token in any other place than its header is never stored or returned', async t => {
  const folder = t.testdir()
  const database = await testDatabase(t, `${folder}/scimulator.db`)
  const said: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      said.push(String(chunk))
      done()
    },
  })
  const receiver = await receiveWebhooks(t)
  const config = readConfig({
    args: [
      ...[...flagsOf(database), '--port=0', '--console-port=0', '--aws-port=0', '--tenant=acme'],
      ...['--profile=rfc', '--log-level=trace', '--webhook', receiver.url, '--token', own],
    ],
    environment: {},
    isTerminal: false,
  })
  const server = await startServer(config, pino({ level: 'trace' }, sink))
  t.teardown(server.close)
  const received: string[] = []
  const api = async (path: string, method = 'GET', body?: object) => {
    const result = await fetch(`${server.console}${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await result.text()
    received.push(`${JSON.stringify([...result.headers])} ${text}`)
    return { status: result.status, text }
  }
  t.equal((await api('/api/v1/tenants/acme/tokens', 'POST', { value: other })).status, 201)
  received.length = 0

  const events = new AbortController()
  const stream = await fetch(`${server.console}/api/v1/events`, { signal: events.signal })
  let reported = ''
  const reading = (async () => {
    for await (const chunk of stream.body ?? []) reported += Buffer.from(chunk).toString()
  })().catch(() => undefined)

  const { hostname, port } = new URL(server.endpoint)
  /** With node:http, since `fetch` sends neither absolute URLs nor a Referer. */
  const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    new Promise<number>((resolve, reject) => {
      const requested = httpRequest({ hostname, port, method, path, headers }, response => {
        textOf(response).then(() => resolve(response.statusCode ?? 0), reject)
      })
      requested.on('error', reject)
      requested.end(body)
    })
  const json = { 'content-type': 'application/scim+json' }
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
  const root = '/acme/scim/v2'
  const statuses: number[] = []
  const note = async (requested: Promise<number>) => void statuses.push(await requested)
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User']

  for (const token of [own, other, wrong]) {
    const bearer = { authorization: `Bearer ${token}` }
    const quoted = encodeURIComponent(token)
    // In its header, and once more elsewhere.
    await note(
      send(
        'POST',
        `${root}/Users`,
        { ...bearer, ...json },
        JSON.stringify({ schemas, userName: quoted.slice(0, 3) }),
      ),
    )
    await note(send('GET', `${root}/Users/${quoted}`, bearer))
    await note(send('GET', `${root}/Users/${token.replaceAll('/', '%2f')}`, bearer))
    await note(send('GET', `/${quoted}/scim/v2/Users`, bearer))
    await note(send('GET', `/${token}/scim/v2/Users`, bearer))
    await note(send('GET', `${root}/${quoted}`, bearer))
    await note(send('GET', `${root}/Users?token=${quoted}&count=1`, bearer))
    await note(send('GET', `${root}/Users?count=${quoted}`, bearer))
    await note(send('GET', `${root}/Users?filter=${encodeURIComponent(`userName eq "${token}"`)}`, bearer))
    await note(send('GET', `${root}/Users?filter=${quoted}`, bearer))
    await note(send('GET', `${root}/Users?a=${encodeURIComponent(quoted)}`, bearer))
    await note(send('GET', `${root}/Users`, { ...bearer, 'x-auth-token': token, 'x-anything': token }))
    await note(
      send('GET', `${root}/Users`, { ...bearer, 'x-anything': Buffer.from(`a:${token}`).toString('base64') }),
    )
    await note(
      send('GET', `${root}/Users`, { ...bearer, referer: `https://x.example/?access_token=${quoted}` }),
    )
    await note(send('GET', `${root}/Users`, { ...bearer, [token.replace(/\W/g, '')]: token }))
    await note(send('GET', `http://marge:${quoted}@x.example${root}/Users`, bearer))
    for (const body of [
      JSON.stringify({ schemas, userName: 5, displayName: token }),
      `{"userName": 5, "displayName": "${escapedInJson(token)}"}`,
      `{"userName": "${token}", `,
      `password=${quoted}&token=${token}`,
      JSON.stringify({ schemas, userName: 5, note: JSON.stringify({ token }) }),
    ])
      await note(send('POST', `${root}/Users`, { ...bearer, ...json }, body))
    const operation = { method: 'GET', path: `/Users/${token}`, bulkId: token }
    const bulk = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'] }
    await note(
      send(
        'POST',
        `${root}/Bulk`,
        { ...bearer, ...json },
        JSON.stringify({
          ...bulk,
          Operations: [
            { ...operation, method: 'POST', path: '/Users', data: { userName: 5, displayName: token } },
            { ...operation, method: 'DELETE' },
            {
              ...operation,
              method: 'PATCH',
              path: `/Users/${token}?a=${token}`,
              data: { schemas: [], Operations: [token] },
            },
          ],
        }),
      ),
    )
    await note(
      send(
        'PATCH',
        `${root}/Users/none`,
        { ...bearer, ...json },
        JSON.stringify({ Operations: [{ op: token, path: token, value: token }] }),
      ),
    )
    // Elsewhere only.
    if (token === wrong) continue
    await note(send('GET', `/${quoted}/scim/v2/Users`))
    await note(send('GET', `/${token}/scim/v2/Users`))
    await note(send('GET', `${root}/Users/${quoted}`))
    await note(send('GET', `${root}/Users?key=${quoted}`))
    await note(send('GET', `${root}/ServiceProviderConfig?key=${quoted}`))
    await note(send('GET', `${root}/Users`, { 'x-anything': token }))
    await note(send('GET', `${root}/Users`, { 'x-anything': `Secret ${token}` }))
    await note(send('GET', `http://${quoted}@x.example${root}/Users`))
    await note(send('GET', `${root}/Users`, { referer: `https://x.example/${quoted}` }))
    await note(
      send(
        'POST',
        `${root}/Users`,
        { authorization: `Bearer ${own}`, ...json },
        JSON.stringify({ userName: 5, nickName: token }),
      ),
    )
  }
  await note(send('GET', `${root}/Users/${encodeURIComponent(password)}`, basic(`marge:${password}`)))
  await note(
    send(
      'GET',
      `${root}/Users?a=${Buffer.from(`marge:${password}`).toString('base64')}`,
      basic(`marge:${password}`),
    ),
  )
  await note(send('GET', `${root}/Users/${encodeURIComponent(wrong)}`, basic(`${wrong}:`)))
  await note(send('GET', `http://marge:${encodeURIComponent(password)}@x.example${root}/Users`))
  await note(send('GET', `${root}/Users?password=${encodeURIComponent(password)}`, { 'x-b': password }))
  await note(send('GET', `${root}/Users`, { authorization: `Bearer Bearer ${own}`, 'x-b': own }))
  await note(send('GET', `${root}/Users`, { authorization: own, 'x-b': own }))
  t.same(
    [...new Set(statuses)].sort(),
    [200, 201, 400, 401, 404, 409].filter(status => statuses.includes(status)),
  )
  for (const status of [200, 201, 400, 401, 404])
    t.ok(statuses.includes(status), `some responses have status ${status}`)

  // A provisioning client whose target is this server, with a job that fails, too.
  const job = (token: string) => [
    ...[
      '--url',
      server.endpoint,
      '--directory',
      'samples/springfield.json',
      '--state',
      `${folder}/entra.json`,
    ],
    ...['--mapping', 'non-gallery', '--token', token],
  ]
  for (const token of [own, wrong])
    for (const command of ['test-connection', 'sync', 'status']) {
      const options = command === 'status' ? ['--state', `${folder}/entra.json`] : job(token)
      const { out, err } = await run(['entra', command, ...options, '--json'])
      received.push(out, err)
    }

  const ids: string[] = []
  for (let next: string | undefined = ''; next !== undefined; ) {
    const page = JSON.parse((await api(`/api/v1/exchanges?limit=200${next && `&cursor=${next}`}`)).text)
    ids.push(...page.items.map(({ id }: { id: string }) => id))
    next = page.next
  }
  t.ok(ids.length >= statuses.length)
  for (const id of ids)
    for (const view of [
      '',
      '/explanation',
      '/export?format=curl',
      '/export?format=fixture',
      '/export?format=har',
    ])
      await api(`/api/v1/exchanges/${id}${view}`)
  for (const view of [
    ...['/exchanges/export?format=jsonl', '/exchanges/export?format=har', '/exchanges/export?format=csv'],
    ...[
      '/findings',
      '/cycles',
      '/tenants',
      '/tenants/acme/tokens',
      '/tenants/acme/setup',
      '/settings',
      '/webhooks',
    ],
  ])
    await api(`/api/v1${view}`)
  await api('/metrics')
  await api('/api/v1/snapshots', 'POST')
  const posted: unknown[] = []
  while (receiver.count() > posted.length) posted.push(await receiver.next())
  t.ok(posted.length > 0)
  events.abort()
  await reading
  const stored = async () =>
    [...(await storedTexts(database)), readFileSync(`${folder}/entra.json`, 'utf8')].join('\n')
  if (!isOnPostgres)
    for (const name of ['scimulator.db-wal', 'scimulator.db.journal-wal'])
      t.ok(existsSync(`${folder}/${name}`))
  const open = await stored()
  await server.close()

  const places = {
    answers: received.join('\n'),
    events: reported,
    logs: said.join(''),
    webhooks: JSON.stringify(posted),
    'database of a running server': open,
    'database of a closed server': await stored(),
  }

  t.match(places.answers, /\*\*\*….Wd8/, 'its end identifies it')
  for (const [place, text] of Object.entries(places))
    for (const [name, secret] of Object.entries({ own, other, wrong, password }))
      t.same(
        formsOf(secret).flatMap(form =>
          text.includes(form) ? [text.slice(text.indexOf(form) - 150, text.indexOf(form) + 90)] : [],
        ),
        [],
        `${name} is in no ${place}`,
      )
})
