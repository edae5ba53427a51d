import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createMask, findSecrets } from '../../scim-compliance/client/secrets.ts'
import { formats } from '../../scim-compliance/reports/formats.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { run } from '../http/cli/run.ts'
import { check, type ReceivedRequest, runOptions, smallServer } from './small-server.ts'

const token = 'sekret/Kx7+Pq9="&<w'
const password = 'Pa55/word+of=marge'
const key = 'key-Zr5/tenant&one'
const basic = Buffer.from(`marge:${password}`).toString('base64')

const escapedInJson = (text: string) =>
  [...text].map(character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
const escapedInHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')

/** The forms in which gateways and error pages repeat a request. */
const forms: readonly ((text: string) => string)[] = [
  text => text,
  encodeURIComponent,
  text => encodeURIComponent(encodeURIComponent(text)),
  text => JSON.stringify(text).slice(1, -1),
  text => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  escapedInJson,
  escapedInHtml,
  text => escapedInHtml(escapedInHtml(text)),
  text => text.replace(/\W/g, character => `&#x${character.charCodeAt(0).toString(16)};`),
  text => text.replace(/\W/g, character => `&#${character.charCodeAt(0)};`),
  text => text.replaceAll('/', '\\/'),
  ...['', 'x', 'xy'].map(before => (text: string) => Buffer.from(`${before}${text}`).toString('base64')),
  text => Buffer.from(text).toString('base64url'),
]

t.test('a secret is masked in every form in which a server may return it', async t => {
  const mask = createMask(findSecrets({ token, headers: { Authorization: `Basic ${basic}`, 'X-Key': key } }))
  for (const secret of [token, password, key, basic, `Basic ${basic}`])
    for (const [index, form] of forms.entries())
      t.equal(mask(`a ${form(secret)} b`), 'a *** b', `${secret}, form ${index}`)
  t.equal(mask('a text that quotes "sekret/Kx7+P…'), 'a text that quotes "***…', 'also a truncated secret')
  t.equal(mask('nothing … of it …'), 'nothing … of it …')
})

t.test('a long run of backslashes is scanned once', async t => {
  for (const secret of [token, '/begins/with-one'])
    for (const run of ['\\'.repeat(200_000), '%5c'.repeat(100_000)]) {
      const mask = createMask([secret])
      t.equal(mask(`${run}x`), `${run}x`)
      t.equal(mask(`x${run}u00${secret.charCodeAt(0).toString(16)}${secret.slice(1)}`), 'x***')
    }
})

t.test('a short token is masked as a header only', async t => {
  const { url } = await smallServer(t, () => ({
    headers: { 'x-tenant': 'T' },
    body: { id: 'xT', title: 'T' },
  }))
  const { result } = await runChecks(
    runOptions(url, [check('rfc/reads', async context => void (await context.get('/Users/xT')))], {
      token: 'T',
      headers: { 'X-Tenant': '7' },
    }),
  )
  const [exchange] = result.exchanges.slice(-1)
  t.match(exchange, {
    url: `${url}/Users/xT`,
    request: { headers: { Authorization: '***', 'X-Tenant': '***', Accept: 'application/scim+json' } },
    response: { headers: { 'content-type': 'application/scim+json' }, body: '{"id":"xT","title":"T"}' },
  })
  t.match(result.started, /^2\d{3}-\d\d-\d\dT/)
})

t.test('no report and no terminal shows a secret, whatever the server repeats', async t => {
  const sentIn = ({ headers: { authorization = '', 'x-key': given } }: ReceivedRequest) => {
    const [scheme, rest = ''] = authorization.split(' ')
    return [authorization, rest, String(given), ...(scheme === 'Basic' ? [password] : [])]
  }
  const all = (request: ReceivedRequest) => forms.map(form => sentIn(request).map(form).join(' '))
  const lastOf = (texts: readonly string[], index: number) => texts[index % texts.length] ?? ''
  let turn = 0
  const folder = mkdtempSync(join(tmpdir(), 'echo-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const reports = formats.map(format => `${format}=${join(folder, format)}`).join()
  const { url } = await smallServer(t, request => {
    turn += 1
    const detail = `${'x'.repeat(turn % 310)} ${lastOf(all(request), turn)}`
    const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '400', detail }
    return {
      status: 400,
      headers: { 'x-echo': encodeURIComponent(detail) },
      body: { ...body, [detail]: detail },
    }
  })
  const command = ['check', url, '--rate', '0', '--only', 'rfc/create,rfc/patch', '--as', 'rfc']
  const headers = ['--header', `X-Key: ${key}`]
  const runs = [
    await run([...command, ...headers, '--report', reports], { SCIM_TOKEN: token }),
    await run([...command, ...headers, '--header', `Authorization: Basic ${basic}`], { SCIM_TOKEN: token }),
  ]
  t.same(
    runs.map(({ code }) => code),
    [2, 2],
    'not graded, since nearly all checks follow from the rejected POST',
  )
  const written = readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8'))
  t.equal(written.length, formats.length)
  const shown = [...written, ...runs.flatMap(({ out, err }) => [out, err])].join('\n')
  t.match(shown, /No resource could be created/)
  for (const secret of [token, password, key, basic])
    for (const [index, form] of forms.entries())
      t.notOk(shown.includes(form(secret)), `${secret}, form ${index}`)
  // The beginning of a truncated secret.
  t.same(shown.match(/.{0,80}(?:sekret.?\/|Pa55.?\/|key-Zr5).{0,80}/g), null)
})

t.test('a response nested too deeply counts as invalid JSON, and the run completes', async t => {
  const deep = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
  const folder = mkdtempSync(join(tmpdir(), 'deep-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const made = new Set<string>()
  let last = 0
  const { url } = await smallServer(t, ({ method, path }) => {
    if (method === 'DELETE') return { status: made.delete(path) ? 204 : 404 }
    if (path === '/Schemas' || path === '/ResourceTypes') return { body: { Resources: [] } }
    if (method !== 'POST' || path === '/ServiceProviderConfig') return { status: 200, text: deep }
    last += 1
    made.add(`${path}/${last}`)
    return { status: 201, body: { id: String(last) }, headers: { location: `${url}${path}/${last}` } }
  })
  const reports = formats.map(format => `${format}=${join(folder, format)}`).join()
  const command = ['check', url, '--rate', '0', '--only', 'rfc/create,rfc/retrieve', '--as', 'rfc', '--quiet']
  const { code, err } = await run([...command, '--report', reports], { SCIM_TOKEN: token })
  t.notMatch(err, /RangeError/)
  t.equal(code, 2, 'not graded, since nearly all checks follow from a response that isn’t JSON')
  t.same(
    readdirSync(folder)
      .filter(name => readFileSync(join(folder, name)).length > 0)
      .sort(),
    [...formats].sort(),
  )
  t.same([...made], [], 'created resources are removed')
})
