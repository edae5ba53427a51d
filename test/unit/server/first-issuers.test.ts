import { mock } from 'node:test'
import t from 'tap'
import { createKeySets } from '../../../src/auth/issuers/key-sets.ts'
import { rulesOf } from '../../../src/auth/issuers/rules.ts'
import { IssuerFetchError } from '../../../src/auth/issuers/safe-fetch.ts'
import { type IssuerOutage, outageEvent } from '../../../src/console/webhooks/triggers.ts'
import type { TrustedIssuer } from '../../../src/domain/tenants/issuers.ts'
import type { Tenant } from '../../../src/domain/tenants/tenant.ts'
import { readConfig } from '../../../src/server/config.ts'
import { firstIssuers } from '../../../src/server/first-credentials.ts'
import { watchIssuers } from '../../../src/server/timers.ts'
import { flagsOf, testDatabase } from '../../support/database.ts'
import { createSigningKey, signJwt, startIssuer } from '../../support/jwt-issuer.ts'
import { startWith } from '../../support/started-server.ts'

const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47'

const problemsOf = (...args: readonly string[]): readonly string[] => {
  try {
    readConfig({ args, environment: {}, isTerminal: false })
    return []
  } catch (error) {
    return (error as { readonly problems: readonly string[] }).problems
  }
}

t.test('TS-002 with the profile aws, a setting of issuers is a mistake', async t => {
  const only = 'needs --profile entra or rfc: AWS takes its own access tokens only.'
  t.same(
    problemsOf(
      `--entra-tenant=${directory}`,
      '--issuer=https://id.example.com',
      '--audience=scim',
      '--jwks=https://id.example.com/keys',
    ),
    ['--entra-tenant', '--issuer', '--audience', '--jwks'].map(flag => `${flag} ${only}`),
  )
  t.same(problemsOf('--public-url=https://scim.example.com'), [])
})

t.test('mistakes in the settings of issuers', async t => {
  const rfc = '--profile=rfc'
  const issuer = '--issuer=https://id.example.com'
  t.same(problemsOf(rfc, issuer, '--audience=scim'), [])
  t.same(problemsOf(rfc, issuer, '--public-url=https://scim.example.com'), [])
  t.match(problemsOf(rfc, issuer), [/^The issuer needs an audience/])
  t.same(problemsOf(rfc, '--audience=scim'), ['--audience is about --issuer, which is missing.'])
  t.match(problemsOf(rfc, '--issuer=http://id.example.com', '--audience=scim'), [
    /^issuer: The URL must begin with https/,
  ])
  t.match(problemsOf(rfc, '--entra-tenant=common'), [/^The directory must be the tenant ID of Entra/])
  for (const url of [
    'scim.example.com',
    'https://user:secret@scim.example.com',
    'https://scim.example.com/?x',
  ]) {
    t.same(problemsOf(`--public-url=${url}`), [
      '--public-url must be a URL such as https://scim.example.com, without a query.',
    ])
  }
})

t.test('TS-030 TS-032 the issuers of the first tenant', async t => {
  const settings = {
    entraTenant: directory.toUpperCase(),
    issuer: 'https://id.example.com',
    audience: 'a  b',
  }
  t.same(firstIssuers(settings, 'acme'), [
    { kind: 'entra', name: 'Entra ID', access: 'full', cloud: 'global', directory },
    { kind: 'oauth', name: settings.issuer, access: 'full', issuer: settings.issuer, audiences: ['a', 'b'] },
  ])
  const { issuer } = settings
  t.match(firstIssuers({ issuer, publicUrl: 'https://scim.example.com/' }, 'acme'), [
    { audiences: ['https://scim.example.com/acme/scim/v2'] },
  ])
})

t.test('the first tenant accepts tokens of the issuer from the start', async t => {
  const key = await createSigningKey('one')
  const issuer = await startIssuer(t, key.jwk)
  const server = await startWith(t, [
    ...flagsOf(await testDatabase(t)),
    '--profile=entra',
    '--tenant=acme',
    `--issuer=${issuer.issuer}`,
    `--jwks=${issuer.jwks}`,
    '--public-url=https://scim.example.com',
  ])
  const claims = {
    iss: issuer.issuer,
    aud: 'https://scim.example.com/acme/scim/v2',
    sub: 'entra-scim',
    exp: Math.floor(Date.now() / 1000) + 60,
  }
  const authorization = `Bearer ${await signJwt(key, claims)}`
  t.equal((await fetch(`${server.endpoint}/Users`, { headers: { authorization } })).status, 200)
})

t.test('TS-046 an issuer that is unreachable for an hour is reported once', async t => {
  mock.timers.enable({ apis: ['setInterval', 'Date'] })
  t.teardown(() => mock.timers.reset())
  const settings = { kind: 'entra', directory, cloud: 'global', name: 'Entra', access: 'full' } as const
  const issuer: TrustedIssuer = { id: 'issuer_a', tenant: 1, created: 0, settings }
  const tenant = { id: 'acme', key: 1 } as Tenant
  let isUp = false
  const keySets = createKeySets({
    safeFetch: {
      async json() {
        if (isUp) return { keys: [] }
        throw new IssuerFetchError('The server cannot be reached.', false)
      },
    },
  })
  const outages: IssuerOutage[] = []
  const watch = watchIssuers({
    tenants: { findByKey: () => tenant },
    issuers: { all: () => [issuer] },
    keySets,
    onUnreachable: outage => outages.push(outage),
  })
  const since = Date.now()
  const keySet = keySets.of(rulesOf(settings).keys)
  await keySet.fetch()
  mock.timers.tick(59 * 60_000)
  t.same(outages, [])
  mock.timers.tick(10 * 60_000)
  t.same(outages, [{ tenant, issuer, since, reason: 'The server cannot be reached.' }])
  isUp = true
  await keySet.fetch()
  mock.timers.tick(60 * 60_000)
  t.equal(outages.length, 1)
  isUp = false
  await keySet.fetch()
  mock.timers.tick(70 * 60_000)
  t.equal(outages.length, 2, 'the next outage')
  watch.stop()
  t.match(outages.map(outageEvent)[0], {
    type: 'issuer-unreachable',
    tenant: 'acme',
    facts: { issuer: 'issuer_a' },
    page: '/tenants/acme/connect?view=credentials',
  })
})
