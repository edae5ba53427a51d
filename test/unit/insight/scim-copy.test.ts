import t, { type Test } from 'tap'
import { type Answer, createScimCopy } from '../../../src/insight/scim-copy.ts'
import { profileNames } from '../../../src/profiles/names.ts'
import { loadProfile } from '../../../src/profiles/registry.ts'
import type { Json } from '../../../src/scim/json.ts'
import { openScratch } from '../../../src/storage/sqlite/scratch.ts'
import { buildTestApp, patchOp, type TestResponse } from '../../support/scim.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

const user = (userName: string, more: object = {}) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  ...{ userName, displayName: userName, name: { givenName: 'A', familyName: 'B' } },
  ...more,
})

const group = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  displayName: 'Pilots',
}

/** `$1` is the first ID that a server returned. */
const requests: readonly (readonly [Method, string, unknown?])[] = [
  ['POST', '/Users', user('marge')],
  ['POST', '/Users', user('marge')],
  ['POST', '/Users', user('homer', { emails: [{ value: 'h@example.com', type: 'work', primary: true }] })],
  ['POST', '/Users', { schemas: [] }],
  ['POST', '/Groups', group],
  ['GET', '/Users?filter=userName+eq+%22marge%22'],
  ['GET', '/Users?filter=userName+zz+%22marge%22'],
  ['GET', '/Users/$1'],
  ['GET', '/Users/none'],
  ['GET', '/Users?count=1&startIndex=2'],
  ['PATCH', '/Users/$1', patchOp({ op: 'replace', path: 'active', value: false })],
  ['PATCH', '/Users/$1', patchOp({ op: 'replace', path: 'nothing', value: 1 })],
  ['PATCH', '/Groups/$3', patchOp({ op: 'add', path: 'members', value: [{ value: '$1' }] })],
  ['GET', '/Groups/$3'],
  ['GET', '/Groups/$3?excludedAttributes=members'],
  ['PUT', '/Users/$2', user('homer j')],
  ['GET', '/ServiceProviderConfig'],
  ['GET', '/Schemas'],
  ['GET', '/Users/$1/x'],
  ['DELETE', '/Users/$1'],
  ['DELETE', '/Users/$1'],
  ['GET', '/Groups/$3'],
]

const ownHeaders = ['date', 'connection', 'content-length']

/** Without what differs between two servers. */
function comparable({
  status,
  headers,
  body,
}: Pick<TestResponse, 'status' | 'headers'> & { body?: unknown }) {
  const text = JSON.stringify(body ?? null)
    .replace(/https?:\/\/[^/]+\/[^/]+\/scim\/v2/g, 'BASE')
    .replace(/[0-9a-f-]{36,47}/g, 'ID')
    .replace(/W\/[^,}]*/g, 'VERSION"')
    .replace(/\d{4}-\d\d-\d\d[T ][^"]*/g, 'TIME')
  return {
    status,
    headers: Object.entries(headers)
      .filter(([name]) => !ownHeaders.includes(name))
      .map(([name, value]) => [name, /[0-9a-f-]{36}|^http|^W\//.test(String(value)) ? 'VALUE' : value])
      .sort(),
    body: JSON.parse(text),
  }
}

const parsed = ({ status, headers, body }: Answer): TestResponse => ({
  status,
  headers,
  body: body === undefined ? undefined : JSON.parse(body),
})

/** Sends all requests, one after the other, and returns the responses. */
async function play(send: (method: Method, path: string, body?: Json) => Promise<TestResponse>) {
  const ids: string[] = []
  const withIds = (text: string) => text.replace(/\$(\d)/g, (_, nth) => ids[nth - 1] ?? '')
  const responses = []
  for (const [method, path, body] of requests) {
    const sent: Json | undefined = body === undefined ? undefined : JSON.parse(withIds(JSON.stringify(body)))
    const response = await send(method, withIds(path), sent)
    if (response.status === 201) ids.push(response.body.id)
    responses.push({ request: `${method} ${path}`, ...comparable(response) })
  }
  return responses
}

for (const name of profileNames) {
  t.test(`a copy answers as a server does, with the profile ${name}`, async (t: Test) => {
    const { client, tenant } = await buildTestApp(t, name)
    const { store, tenant: key, close } = openScratch()
    t.teardown(close)
    const copy = createScimCopy({
      profile: loadProfile(name, tenant.settings.switches),
      store,
      tenant: key,
      clock: Date.now,
    })
    const expected = await play((method, path, body) => client.send(method, path, body))
    const found = await play(async (method, path, body) =>
      parsed(await copy.answer({ method, path, ...(body !== undefined && { body }) })),
    )
    t.same(found, expected)
  })
}

t.test('a refused request comes with the rule that refuses it', async t => {
  const { store, tenant, close } = openScratch()
  t.teardown(close)
  const copy = createScimCopy({ profile: loadProfile('aws'), store, tenant, clock: () => 0 })
  const { status, rule, error } = await copy.answer({
    method: 'POST',
    path: '/Users',
    body: { userName: 'marge' },
  })
  t.match({ status, rule, reason: error?.reason }, { status: 400, rule: /^aws\//, reason: 'ruleBroken' })
})
