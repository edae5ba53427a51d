import t from 'tap'
import type { AuditEntry } from '../../../src/domain/contract/audit.ts'
import { buildSignInConsole, comeBack } from './sign-in-app.ts'

const minute = 60_000
const token = 'the-token-of-the-console'

t.test('TS-170 the audit log has who signed in, changed something, or was refused', async t => {
  const { openBrowser, signIn, provider, wait, callApi, deps } = await buildSignInConsole(t, {}, { token })
  const withToken = (text: string) => ({ authorization: `Bearer ${text}` })
  const { text: ci, token: named } = await deps.consoleTokens.create({
    name: 'ci',
    level: 'write',
    validity: 60 * minute,
  })

  const [reader, writer, nobody] = [openBrowser(), openBrowser(), openBrowser()]
  await signIn(reader, { sub: 'reader', name: 'Rea Der', roles: ['Scimulator.Read'] })
  t.equal((await reader.fetch('DELETE', '/api/v1/faults/one')).status, 403)
  await signIn(nobody, { sub: 'nobody', name: undefined, roles: [] })
  await signIn(writer)
  t.equal((await writer.fetch('DELETE', '/api/v1/faults/two')).status, 404)
  wait(6 * minute)
  t.equal((await writer.fetch('DELETE', '/api/v1/snapshots/three')).status, 401)
  const started = await writer.navigate('/auth/step-up')
  const back = provider.authorize(String(started.headers.location), {
    claims: { roles: ['Scimulator.Write'], auth_time: Math.floor(Date.now() / 1000) + 360 },
  })
  await comeBack(writer, back)
  t.equal((await writer.fetch('DELETE', '/api/v1/snapshots/four')).status, 404)
  t.equal((await writer.fetch('POST', '/auth/sign-out')).status, 200)
  t.equal((await callApi('DELETE', '/api/v1/faults/five', undefined, withToken(ci))).status, 404)
  t.equal((await callApi('DELETE', '/api/v1/snapshots/six', undefined, withToken(ci))).status, 403)
  t.equal((await callApi('DELETE', '/api/v1/snapshots/seven', undefined, withToken(token))).status, 404)
  t.equal(
    (await callApi('DELETE', '/api/v1/faults/eight', undefined, withToken('a-wrong-token'))).status,
    401,
  )
  t.equal((await callApi('DELETE', '/api/v1/faults/nine')).status, 401)

  const { items } = (await callApi('GET', '/api/v1/audit', undefined, withToken(token))).body
  const { issuer } = provider
  const rea = { kind: 'person', issuer, subject: 'reader', name: 'Rea Der' }
  const anna = { kind: 'person', issuer, subject: 'anna-1', name: 'Anna Berg' }
  const script = { kind: 'token', id: named.id, name: 'ci' }
  const settings = { kind: 'token', id: 'console-token', name: 'console-token' }
  t.same(
    items
      .map(({ caller, operation, objects, status, problem }: AuditEntry) => [
        ...[caller, operation, objects[0], status, problem],
      ])
      .reverse(),
    [
      [rea, 'signIn', undefined, 302, undefined],
      [rea, 'deleteFault', 'one', 403, 'not-allowed'],
      [{ kind: 'person', issuer, subject: 'nobody' }, 'signIn', undefined, 403, 'not-allowed'],
      [anna, 'signIn', undefined, 302, undefined],
      [anna, 'deleteFault', 'two', 404, 'not-found'],
      [anna, 'deleteSnapshot', 'three', 401, 'recent-sign-in-needed'],
      [anna, 'stepUp', undefined, 302, undefined],
      [anna, 'deleteSnapshot', 'four', 404, 'not-found'],
      [anna, 'signOut', undefined, 200, undefined],
      [script, 'deleteFault', 'five', 404, 'not-found'],
      [script, 'deleteSnapshot', 'six', 403, 'not-allowed'],
      [settings, 'deleteSnapshot', 'seven', 404, 'not-found'],
    ],
    'requests without a caller have no entry',
  )
  const text = JSON.stringify(items)
  for (const secret of [ci, token, ...writer.cookies.values(), ...reader.cookies.values()]) {
    t.notOk(text.includes(secret))
  }
})

t.test('TS-170 the audit log has an access token without a role that was refused', async t => {
  const { callApi, provider, deps } = await buildSignInConsole(t, { audience: 'api://console' })
  const send = async (claims: Readonly<Record<string, unknown>>) => {
    const text = await provider.accessToken({ sub: 'service', aud: 'api://console', ...claims })
    return callApi('DELETE', '/api/v1/faults/one', undefined, { authorization: `Bearer ${text}` })
  }
  t.equal((await send({ roles: ['Other'] })).status, 403)
  t.equal((await send({ roles: ['Other'], exp: 1 })).status, 401)
  const { items } = await deps.audit.page({ search: [], limit: 10 })
  t.match(items, [
    {
      caller: { kind: 'identity', issuer: provider.issuer, subject: 'service' },
      operation: 'deleteFault',
      outcome: { status: 403, problem: 'not-allowed', objects: { ids: ['one'] } },
    },
  ])
  t.equal(items.length, 1, 'one that is not valid names nobody')
})

t.test('TS-170 the audit log has sign-ins that failed before the provider named a person', async t => {
  const { openBrowser, provider, callApi } = await buildSignInConsole(t, {}, { token })
  const browser = openBrowser()
  const { headers } = await browser.navigate('/auth/sign-in')
  const response = { code: '', error: 'access_denied' }
  const back = provider.authorize(String(headers.location), { response })
  t.equal((await comeBack(browser, back)).status, 400)
  t.equal((await comeBack(browser, back)).status, 400, 'belongs to no sign-in, so it has no entry')
  t.equal((await comeBack(openBrowser(), back)).status, 400)
  const q = encodeURIComponent('caller:unknown')
  const { body } = await callApi('GET', `/api/v1/audit?q=${q}`, undefined, {
    authorization: `Bearer ${token}`,
  })
  t.match(body.items, [
    { caller: { kind: 'unknown' }, operation: 'signIn', status: 400, problem: 'sign-in-failed' },
  ])
  t.equal(body.items.length, 1)
})

t.test('TS-170 callers who are not signed in cannot fill the audit log', async t => {
  const { openBrowser, provider, deps, wait } = await buildSignInConsole(t)
  const browser = openBrowser()
  const { headers } = await browser.navigate('/auth/sign-in')
  const back = provider.authorize(String(headers.location), {
    response: { code: '', error: 'access_denied' },
  })
  const kept = new Map(browser.cookies)
  const comeBackAgain = async () => {
    for (const [name, value] of kept) browser.cookies.set(name, value)
    t.equal((await comeBack(browser, back)).status, 400)
  }
  const count = async () => (await deps.audit.page({ search: [], limit: 200 })).items.length
  for (let times = 0; times < 65; times++) await comeBackAgain()
  t.equal(await count(), 60)
  wait(minute)
  await comeBackAgain()
  t.equal(await count(), 61)
})

t.test('TS-170 the audit log has how old and how strong an authentication was', async t => {
  const { openBrowser, signIn } = await buildSignInConsole(t)
  const browser = openBrowser()
  await signIn(browser, { auth_time: Math.floor(Date.now() / 1000) - 120, acr: 'c1' })
  const { body } = await browser.fetch('GET', '/api/v1/audit')
  const [entry] = body.items
  t.equal(entry.acr, 'c1')
  t.ok(entry.authenticationAge >= 119 && entry.authenticationAge < 240, String(entry.authenticationAge))
})
