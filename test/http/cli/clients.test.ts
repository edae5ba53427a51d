import t from 'tap'
import { createTokenForm } from '../../support/token-form.ts'
import { settled } from './run.ts'
import { serverFor } from './server.ts'

const secret = 'ci-secret-of-my-tests'

t.test('clients are created, rotated and deleted', async t => {
  const { cli, url } = await serverFor(t)
  const endpoint = url.replace('/scim/v2', '/oauth2/token')
  t.match(await cli('clients'), {
    out: 'Tenant acme has no client. Create one with `scimulator clients create`.\n',
  })
  const created = settled(
    await cli(...'clients create --id ci --name Entra --token-lifetime 10m --secret'.split(' '), secret),
  )
  t.same([created.code, created.err], [0, ''])
  t.match(created.out, new RegExp(`token endpoint +${endpoint}\\n`))
  t.match(
    created.out,
    new RegExp(`client ID +ci\\n[\\s\\S]*secret +${secret}\\n[\\s\\S]*warning +Entra’s gallery`),
  )
  t.match(created.out, /The secret is shown once\.\n$/)
  t.match((await cli('clients', 'create', '--id', 'ci')).err, /"ci" is or was the ID of a client/)

  const listed = settled(await cli('clients', 'list'))
  t.match(listed.out, /ci +Entra +full +600 s +some-uuid \(…ests\) expires in 364 days +0 +- +yes/)

  const rotated = await cli('clients', 'rotate', 'ci', '--secret-lifetime', '30d')
  t.match(rotated.out, /secret +scimulator-secret-[\w-]{43}\n/)
  const [, old] = /scimulator clients delete ci --secret (\S+)\n$/.exec(rotated.out) ?? []
  t.match((await cli('clients', 'rotate', 'ci')).err, /2 secrets that have not expired/)
  t.same(await cli('clients', 'delete', 'ci', '--secret', old ?? ''), {
    code: 0,
    out: `Deleted secret ${old} of client ci.\n`,
    err: '',
  })
  t.match(await cli('clients', 'delete', 'ci'), { out: 'Deleted client ci of tenant acme.\n' })
  t.match((await cli('clients', 'delete', 'ci')).err, /has no client "ci"/)
})

t.test('access tokens are listed and revoked', async t => {
  const { cli, url } = await serverFor(t)
  t.match(await cli('clients', 'tokens'), { out: 'Clients have requested no access token.\n' })
  await cli('clients', 'create', '--id', 'ci', '--secret', secret)
  const endpoint = url.replace('/scim/v2', '/oauth2/token')
  await fetch(endpoint, { method: 'POST', body: createTokenForm('ci', secret) })
  const { items } = JSON.parse((await cli('clients', 'tokens', '--json')).out)
  const [{ id }] = items
  t.match((await cli('clients', 'tokens', 'ci')).out, new RegExp(`${id}  \\S{4} +ci +.*active`))
  t.same(await cli('clients', 'tokens', '--revoke', id), {
    code: 0,
    out: `Revoked access token ${id} of tenant acme.\n`,
    err: '',
  })
  t.match((await cli('clients', 'tokens')).out, /revoked/)
})

t.test('clients with assertions', async t => {
  const { cli } = await serverFor(t)
  const guid = '72f988bf-86f1-41af-91ab-2d7cd011db47'
  t.match(
    await cli('clients', 'create', '--entra-tenant', guid, '--application', guid, '--principal', guid),
    { code: 0, out: /client ID +client_/ },
  )
  const issuer = ['--issuer', 'https://login.example.com', '--subject', 'a', '--audience', 'b', 'c']
  t.match(await cli('clients', 'create', ...issuer), { code: 0 })
  t.match((await cli('clients')).out, /assertion.*\n.*assertion/)
  for (const [args, error] of [
    [['--entra-tenant', guid], 'Use --entra-tenant with --application and --principal.'],
    [['--issuer', 'x'], 'Use --issuer with --subject and --audience.'],
    [['--subject', 'x'], 'Use options of assertions with --entra-tenant or --issuer.'],
    [[...issuer, '--secret', secret], 'Use either --secret or the options of assertions.'],
  ] as const) {
    t.match(await cli('clients', 'create', ...args), { code: 2, err: error })
  }
})

t.test('faults for token requests', async t => {
  const { cli } = await serverFor(t)
  t.match(await cli('faults', 'on', '--operation', 'token', '--token-lifetime', '1'), {
    code: 0,
    out: /token: access token valid for 1 second/,
  })
  t.match((await cli('faults', 'presets')).out, /short-access-token/)
})
