import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { SecureVersion } from 'node:tls'
import t, { type Test } from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import type { Json, JsonObject } from '../../scim-compliance/scim.ts'
import { selfSigned } from '../support/self-signed.ts'
import { runOptions, smallServer } from './small-server.ts'

const device = { id: 'Device', name: 'Device', endpoint: '/Devices', schema: 'urn:device' }

const discovery: Readonly<Record<string, JsonObject>> = {
  '/Schemas': { Resources: [{ id: 'urn:device', attributes: [{ name: 'label' }] }] },
  '/ResourceTypes': { Resources: [device] },
}

/** By check, the verdict, and what came or why it was skipped. */
async function outcomesOn(t: Pick<Test, 'teardown'>, answers: Readonly<Record<string, JsonObject>>) {
  const { url } = await smallServer(t, ({ path }) => ({ body: answers[path] ?? {} }))
  const { result } = await runChecks(
    runOptions(url, checks, {
      as: ['interop'],
      only: ['interop/discovery', 'interop/connection', 'interop/conformance'],
      readOnly: true,
    }),
  )
  return Object.fromEntries(
    result.outcomes.map(({ check, verdict, got, reason }) => [check.id, [verdict, got ?? reason]]),
  )
}

/** The outcome for a claim of a server whose resource type has this id. */
async function claimOf(t: Pick<Test, 'teardown'>, claimed: Json | undefined, id: string) {
  const outcomes = await outcomesOn(t, {
    ...discovery,
    '/ServiceProviderConfig': claimed === undefined ? {} : { interopProfileConformant: claimed },
    '/ResourceTypes': { Resources: [{ ...device, id }] },
  })
  return outcomes['interop/conformance/claim']
}

t.test('a claim to conform fails with the rules that are violated', async t => {
  t.same(await claimOf(t, true, 'Device'), ['passed', undefined])
  t.same(await claimOf(t, true, 'device'), ['failed', '"IP-05"'])
  t.same(await claimOf(t, false, 'device'), ['passed', undefined])
  t.same(await claimOf(t, undefined, 'device'), ['passed', undefined])
  t.same(await claimOf(t, 'true', 'Device'), ['failed', '"true"'])
})

const tls = checks.filter(({ id }) => id === 'interop/connection/tls')

/** The outcome of the check of TLS on a server that offers no later version. */
async function tlsOutcome(t: Pick<Test, 'teardown'>, maxVersion: SecureVersion) {
  const server = createServer({ ...selfSigned, maxVersion }, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/scim+json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = `https://127.0.0.1:${port}/scim`
  const { result } = await runChecks(runOptions(url, tls, { as: ['interop'], insecure: true }))
  return result.outcomes.map(({ verdict, expected }) => [verdict, expected])
}

t.test('a server needs TLS 1.3, except over http on this machine', async t => {
  t.same(await tlsOutcome(t, 'TLSv1.3'), [['passed', undefined]])
  t.same(await tlsOutcome(t, 'TLSv1.2'), [['failed', 'a handshake with TLS 1.3']])
  const outcomes = await outcomesOn(t, discovery)
  t.same(outcomes['interop/connection/tls'], [
    'skipped',
    'The server is on this machine and reached over http, so TLS doesn’t apply.',
  ])
})

t.test('without writes, only checks that read run', async t => {
  const outcomes = await outcomesOn(t, discovery)
  t.same(outcomes['interop/discovery/by-id-only'], [
    'skipped',
    'The check writes, which --read-only excludes.',
  ])
  t.same(outcomes['interop/discovery/endpoints'], ['passed', undefined])
})

t.test('a server whose types share an endpoint, and that rejects creates, is graded', async t => {
  const types = ['Device', 'Sensor'].map(id => ({ ...device, id, name: id }))
  const { url } = await smallServer(t, ({ method, path }) =>
    method === 'GET'
      ? { body: path === '/ResourceTypes' ? { Resources: types } : (discovery[path] ?? {}) }
      : { status: 403, body: {} },
  )
  const only = ['interop/discovery']
  const { result } = await runChecks(runOptions(url, checks, { as: ['interop'], only }))
  t.match(
    result.outcomes.filter(({ check }) => check.id === 'interop/discovery/one-endpoint'),
    [{ verdict: 'failed' }],
  )
})
