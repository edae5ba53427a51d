import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { assignAccounts } from '../../../scripts/screenshots/account-assignments.ts'
import { createServer } from '../../../src/index.ts'
import { sensors } from '../../support/every-type.ts'
import { createSigningKey, signJwt, startIssuer } from '../../support/jwt-issuer.ts'
import { type Ended, settled } from './run.ts'
import { groupSchema, serverFor, userSchema } from './server.ts'

const done = (out: string): Ended => ({ code: 0, out, err: '' })
const no = (err: string): Ended => ({ code: 1, out: '', err })

t.test('users and groups', async t => {
  const { cli, scim } = await serverFor(t)
  const anna = await scim('POST', '/Users', { schemas: [userSchema], userName: 'anna', displayName: 'Anna' })
  const ops = await scim('POST', '/Groups', {
    schemas: [groupSchema],
    displayName: 'Ops',
    members: [{ value: anna.id }],
  })

  t.test('users are listed in aligned columns', async t => {
    t.same(
      settled(await cli('users')),
      done(
        [
          'id                                    status  name  display  revisions  last modified         last seen',
          'some-uuid  active  anna  Anna     1          AAAA-MM-DDThh:mm:ssZ  AAAA-MM-DDThh:mm:ssZ',
          '',
        ].join('\n'),
      ),
    )
  })

  t.test('users are filtered by text and status', async t => {
    t.same(
      await cli('users', '--text', 'bert', '--status', 'active'),
      done('No matching users in tenant acme.\n'),
    )
  })

  t.test('the members of a group are listed', async t => {
    t.same(
      settled(await cli('groups', 'members', ops.id)),
      done(
        [
          'id                                    type  display  joined                request',
          'some-uuid  User  Anna     AAAA-MM-DDThh:mm:ssZ  some-uuid',
          '',
        ].join('\n'),
      ),
    )
  })

  t.test('a history lists revisions and memberships, newest first', async t => {
    t.same(
      settled(await cli('users', 'history', anna.id)),
      done(
        [
          'time                  change             revision  changed by  request',
          'AAAA-MM-DDThh:mm:ssZ  Anna added to Ops  -         SCIM        some-uuid',
          'AAAA-MM-DDThh:mm:ssZ  created            1         SCIM        some-uuid',
          '',
        ].join('\n'),
      ),
    )
  })

  t.test('--json prints the API response', async t => {
    const { out, ...rest } = await cli('users', 'show', anna.id, '--json')
    t.same(rest, { code: 0, err: '' })
    t.match(JSON.parse(out), { id: anna.id, status: 'active', document: { userName: 'anna' } })
  })

  t.test('a user is named by ID, its beginning, userName or a part of it that no other user has', async t => {
    const annabel = await scim('POST', '/Users', { schemas: [userSchema], userName: 'annabel' })
    const shown = async (name: string) => {
      const { out, err } = await cli('users', 'show', name, '--json')
      return out === '' ? JSON.parse(err).error.detail : JSON.parse(out).id
    }
    t.same(await Promise.all([anna.id, anna.id.slice(0, 8), 'ANNA', 'bel', 'ann'].map(shown)), [
      ...[anna.id, anna.id, anna.id, annabel.id],
      `"ann" matches several users: annabel (${annabel.id}), anna (${anna.id}). Use the ID.`,
    ])
    t.match(await cli('groups', 'members', 'ops'), { code: 0, out: anna.id })
    t.equal((await cli('users', 'show', 'ann')).code, 2)
    await scim('DELETE', `/Users/${annabel.id}`)
  })

  t.test('an unknown user is an error of one sentence', async t => {
    t.same(
      await cli('users', 'show', 'nobody'),
      no(
        'scimulator: Not found: There is no User "nobody" in the tenant "acme". GET /api/v1/tenants/acme/users lists all.\n',
      ),
    )
  })
})

t.test('a list follows pages until its limit', async t => {
  const { cli, scim } = await serverFor(t)
  for (let n = 0; n < 205; n++) await scim('POST', '/Users', { schemas: [userSchema], userName: `user${n}` })

  const all = await cli('users', '--limit', '0', '--json')
  t.equal(JSON.parse(all.out).items.length, 205)
  const some = await cli('users', '--limit', '202')
  t.same(
    [some.code, some.out.split('\n').length, some.err],
    [0, 204, 'Showing 202 of 205. Use --limit 0 for all.\n'],
  )
})

t.test('records that a client deleted are stale until they are purged', async t => {
  const { cli, scim } = await serverFor(t)
  const anna = await scim('POST', '/Users', { schemas: [userSchema], userName: 'anna' })
  await scim('DELETE', `/Users/${anna.id}`)

  t.match(await cli('stale', '--reason', 'retained'), {
    code: 0,
    out: new RegExp(`${anna.id} +User +retained`),
  })
  t.same(await cli('stale', 'purge', anna.id), done('Purged 1 record.\n'))
  t.same(await cli('stale', 'purge', anna.id), {
    code: 1,
    out: 'Purged 0 records.\n',
    err: `scimulator: No retained record with ID ${anna.id}.\n`,
  })
  t.same(await cli('stale', 'purge', '--all'), done('Purged 0 records.\n'))
})

t.test('access to accounts is listed, and assignments of deleted users', async t => {
  const { cli, scim, aws } = await serverFor(t, { profile: 'aws', awsAuth: 'any' })
  const person = {
    schemas: [userSchema],
    active: true,
    displayName: 'A',
    name: { givenName: 'A', familyName: 'B' },
  }
  const anna = await scim('POST', '/Users', { ...person, userName: 'anna' })
  t.same(await cli('access'), done('No matching access in tenant acme.\n'))
  t.same(await cli('access', 'accounts'), done('Tenant acme has no account assignments.\n'))
  t.same(await cli('access', 'permission-sets'), done('Tenant acme has no permission sets.\n'))
  await assignAccounts({ aws }, 'acme', 'Reader', [
    ['111122223333', { PrincipalType: 'USER', PrincipalId: anna.id }],
  ])
  t.same(
    settled(await cli('access', '--user', 'anna', '--permission-set', 'Reader')),
    done(
      [
        'user  account       permission set  through  member since  access  assigned              request                               why not        account name',
        'anna  111122223333  Reader          direct   -             yes     AAAA-MM-DDThh:mm:ssZ  some-uuid  can’t sign in  -',
        '',
      ].join('\n'),
    ),
  )
  t.same(await cli('access', 'accounts'), done('account       name\n111122223333  -\n'))
  t.match(
    (await cli('access', 'summary')).out,
    /^1 of 1 assignments should not be there\. 1 belongs to users who can’t sign in\.\n\naccount +name +permission set +people +should not\n111122223333 +- +Reader +1 +1\n$/,
  )
  t.match((await cli('access', 'permission-sets')).out, /Reader {2}ps-[0-9a-f]{16} {2}PT1H/)
  t.same(await cli('access', 'dangling'), done('No assignments of deleted users or groups in tenant acme.\n'))
  await scim('DELETE', `/Users/${anna.id}`)
  t.match((await cli('access', '--account', '111122223333')).out, /anna .* does not exist/)
  t.match((await cli('access', '--should-not')).out, /^user.*\nanna .* deleted +-\n$/)
  t.same(await cli('access', '--should-not', 'disabled'), done('No matching access in tenant acme.\n'))
  t.match(
    (await cli('access', '--should-not', '--csv')).out,
    /^user,account,.*\r\nanna,111122223333,Reader,direct,,does not exist,.*,deleted,\r\n$/,
  )
  t.match((await cli('access', 'dangling')).out, new RegExp(`anna +User +${anna.id} +111122223333 +Reader`))
  t.match(await cli('access', '--user', 'nobody'), {
    code: 1,
    err: /has no user with the ID or the name "nobody"/,
  })
})

t.test('a token is generated, expired and deleted', async t => {
  const { cli, url } = await serverFor(t)
  const requested = (text: string) =>
    fetch(`${url}/Users`, { headers: { authorization: `Bearer ${text}` } }).then(({ status }) => status)

  const created = await cli('tokens', 'create', '--value', 'another-token-of-acme')
  t.same(
    settled(created),
    done(
      'token    some-uuid\naccess   full\nexpires  AAAA-MM-DDThh:mm:ssZ\nvalue    another-token-of-acme\n\nThe token is shown once.\n',
    ),
  )
  const id = /^token +(\S+)/.exec(created.out)?.[1] ?? ''
  t.equal(await requested('another-token-of-acme'), 200)
  t.same(await cli('tokens', 'expire', id), done(`Expired token ${id} of tenant acme.\n`))
  t.equal(await requested('another-token-of-acme'), 401)
  t.same(await cli('tokens', 'delete', id), done(`Deleted token ${id} of tenant acme.\n`))
  t.equal((await cli('tokens', 'delete', id)).code, 1)
  t.match(await cli('tokens', 'delete', '..'), { code: 2, err: 'scimulator: ".." is not an ID.\n' })
})

t.test('a token has a name, and expires when --expires says', async t => {
  const { cli } = await serverFor(t, { profile: 'aws' })
  const created = await cli('tokens', 'create', '--name', 'staging', '--expires', '36h', '--json')
  t.match(JSON.parse(created.out), { name: 'staging', expiresInDays: 1 })
  t.match((await cli('tokens')).out, / staging /)
  const { id } = JSON.parse(created.out)
  t.match(await cli('tokens', 'expire', id.slice(0, 8)), { code: 0 })
  t.match(await cli('tokens', 'delete', 'staging'), { code: 0, err: '' })
  t.match(await cli('tokens', 'create', '--expires', 'soon'), { code: 2, err: /Invalid --expires: .* 90d/ })
  t.match(await cli('tokens', 'create', '--expires', '2w', '--name', 'a\u0007'), {
    code: 1,
    err: 'name of a token',
  })
})

t.test('R-007 a read-only token is generated and listed', async t => {
  const { cli } = await serverFor(t)
  t.match(await cli('tokens', 'create', '--access', 'read'), { code: 0, out: /^access +read$/m })
  t.match(await cli('tokens'), { code: 0, out: /read(.|\n)*full/ })
  t.match(await cli('tokens', 'create', '--access', 'write'), { code: 2, err: /full, read/ })
})

t.test('IS-040 access keys are created, listed and deleted', async t => {
  const { cli } = await serverFor(t, { profile: 'aws' })
  const [, first = ''] = /^(SCIM\S+) +full/m.exec((await cli('keys')).out) ?? []
  t.match(first, /^SCIM[A-Z2-7]{16}$/, 'that of the first start')
  t.match(
    settled(
      await cli('keys', 'create', '--id', 'SCIMCI', '--secret', "a-secret'of-ours", '--access', 'read'),
    ),
    {
      code: 0,
      out: new RegExp(
        [
          'access key  SCIMCI\naccess      read\ncreated     AAAA-MM-DDThh:mm:ssZ',
          'export AWS_ENDPOINT_URL=http://127.0.0.1:\\d+\nexport AWS_REGION=us-east-1\nexport AWS_DEFAULT_REGION=us-east-1',
          String.raw`export AWS_ACCESS_KEY_ID=SCIMCI\nexport AWS_SECRET_ACCESS_KEY='a-secret'\\''of-ours'` +
            '\n',
          'The secret is shown once.\n$',
        ].join('\n'),
      ),
    },
  )
  const { out: keys } = await cli('keys')
  t.match(keys, /SCIMCI +read(.|\n)*full/)
  t.match(keys, /^identity store ID +d-9067[0-9a-f]{6}$/m)
  t.match(keys, /^export AWS_ENDPOINT_URL=http(.|\n)*^export AWS_ACCESS_KEY_ID=SCIMCI$/m)
  t.match(await cli('keys', 'create'), { code: 1, err: 'which is the maximum. Delete one first.' })
  const { out: setup } = await cli('setup')
  const ofAws = setup.slice(setup.indexOf('AWS APIs'))
  t.match(
    ofAws,
    /^AWS APIs\nendpoint +http:\S+\nidentity store ID +d-9067[0-9a-f]{6}\ninstance ARN +arn:aws:sso:::instance\/ssoins-7223[0-9a-f]{12}\naccount +\d{12}\nregion +us-east-1\n/,
  )
  t.match(ofAws, /^export AWS_ENDPOINT_URL=http/m)
  t.match(ofAws, /^export AWS_ACCESS_KEY_ID=SCIM/m)
  t.notMatch(ofAws, /export AWS_SECRET_ACCESS_KEY/, 'the secret was shown at creation')
  t.same(await cli('keys', 'delete', 'SCIMCI'), done('Deleted access key SCIMCI of tenant acme.\n'))
  t.match(await cli('keys', 'delete', 'SCIMCI'), { code: 1, err: 'has no access key "SCIMCI"' })
})

t.test('TS-034 issuers are added, listed, checked and removed', async t => {
  const { cli } = await serverFor(t, { profile: 'rfc' })
  t.match(await cli('issuers'), { code: 0, out: 'trusts no issuer. Add one with `scimulator issuers add`.' })
  const key = await createSigningKey('one')
  const issuer = await startIssuer(t, key.jwk)
  const added = await cli(
    ...['issuers', 'add', '--issuer', issuer.issuer, '--audience', 'scim', 'other', '--name', 'Keycloak'],
    ...['--client', 'entra-scim', '--read-scope', 'scim.read', '--access', 'read'],
  )
  t.match(added, { code: 0, out: /name +Keycloak\niss +http:.*\naud +scim or other\naccess +read/ })
  const [, id = ''] = /^issuer +(issuer_\S+)$/m.exec(added.out) ?? []
  t.match(await cli('issuers'), { code: 0, out: /Keycloak +oauth +read +scim other +yes/ })
  const checked = await cli('issuers', 'check', id)
  t.match(checked, { code: 0, out: /^keys +fetched from http(.|\n)*one +EC +ES256/ })
  const file = join(t.testdir(), 'token')
  writeFileSync(file, await signJwt(key, { iss: issuer.issuer, aud: 'x', sub: 's', exp: 9_999_999_999 }))
  t.match(await cli('issuers', 'check', id, '--token-file', file), {
    code: 1,
    out: /^token +rejected: wrong-audience\./m,
    err: 'The token would be rejected.',
  })
  t.match(await cli('issuers', 'check', id, '--token-file', `${file}.missing`), { code: 2, err: 'ENOENT' })
  await issuer.close()
  t.match(await cli('issuers', 'check', id), { code: 1, err: 'could not be fetched' })
  t.match(await cli('issuers', 'add'), { code: 2, err: 'Use --entra-tenant or --issuer.' })
  t.match(await cli('issuers', 'add', '--entra-tenant', 'common'), { code: 1, err: 'a GUID' })
  t.match(await cli('issuers', 'add', '--entra-tenant', '72f988bf-86f1-41af-91ab-2d7cd011db47'), {
    code: 0,
    out: /warning +These tokens are not bound to this endpoint/,
  })
  t.match(await cli('issuers', 'remove', id), { code: 0, out: `no longer trusts issuer ${id}.` })
  t.match(await cli('issuers', 'remove', id), { code: 1, err: `has no trusted issuer "${id}"` })
})

t.test('tenants', async t => {
  const { cli, console: address } = await serverFor(t)

  t.test('the only tenant is the default', async t => {
    t.same(await cli('users'), done('Tenant acme has no users.\n'))
  })

  t.test('a tenant is created and changed', async t => {
    t.match(await cli('tenants', 'create', '--id', 'b', '--profile', 'entra'), {
      code: 0,
      out: 'Generate an access token with `scimulator tokens create --tenant b`.',
      err: '',
    })
    const changed = await cli(
      ...['tenants', 'set', 'b', '--profile', 'aws', '--on-delete', 'remove', '--throttle', 'aws'],
      ...['--switch', 'putUserStatus=201', '--json'],
    )
    const { profile, onDelete, throttle, switches } = JSON.parse(changed.out)
    const chosen = switches.find(({ id }: { id: string }) => id === 'putUserStatus').chosen
    t.same([profile, onDelete, throttle, chosen], ['aws', 'remove', 'aws', '201'])
  })

  t.test('with several tenants, one must be specified', async t => {
    t.same(await cli('users'), {
      code: 2,
      out: '',
      err: 'scimulator: The server has several tenants. Specify one with --tenant: acme, b.\n',
    })
    t.same(await cli('users', '--tenant', 'b'), done('Tenant b has no users.\n'))
  })

  t.test('an option that the profile lacks is rejected', async t => {
    t.same(
      await cli('tenants', 'set', 'acme', '--switch', 'putUserStatus=201'),
      no('scimulator: Invalid request: The profile "rfc" has no switch "putUserStatus".\n'),
    )
  })

  t.test('a tenant is deleted only with --yes', async t => {
    t.same(await cli('tenants', 'delete', 'b'), {
      code: 2,
      out: '',
      err: 'scimulator: This deletes tenant b with its tokens, users, groups and history. Use --yes to confirm.\n',
    })
    t.match(await cli('tenants', 'set', 'b', '--name', 'Lab of Frink'), {
      code: 0,
      out: /^name +Lab of Frink$/m,
    })
    t.match((await cli('overview', '--tenant', 'Lab of Frink')).out, /^tenant +Lab of Frink \(b\)$/m)
    t.same(await cli('tenants', 'delete', 'Lab of Frink', '--yes'), done('Deleted tenant b.\n'))
    t.match(await cli('tenants'), { code: 0, out: /^tenant .*\nacme .*\n$/ })
    t.equal((await fetch(`${address}/api/v1/tenants/b`)).status, 404)
  })
})

t.test('the clock moves a year ahead, and a reset returns it to real time', async t => {
  const { cli, scim } = await serverFor(t)
  await scim('POST', '/Users', { schemas: [userSchema], userName: 'anna' })

  t.same(settled(await cli('clock', 'advance', '400d')), done('AAAA-MM-DDThh:mm:ssZ, 400 days ahead\n'))
  t.match(await cli('tokens'), { code: 0, out: 'Expired: the client gets 401.' })
  t.match(await cli('clock', 'set', '2026-01-01'), { code: 1, out: '', err: 'ahead of real time' })
  t.same(await cli('reset'), {
    code: 2,
    out: '',
    err: 'scimulator: This deletes users, groups, history and journal of all tenants. Use --yes to confirm.\n',
  })
  t.same(await cli('reset', '--yes'), done('Reset acme.\n'))
  t.same(settled(await cli('clock')), done('AAAA-MM-DDThh:mm:ssZ, real time\n'))
  t.same(await cli('users'), done('Tenant acme has no users.\n'))
})

t.test('the journal is filtered, and one request is shown in full', async t => {
  const { cli, scim } = await serverFor(t)
  await scim('POST', '/Users', { schemas: [userSchema], userName: 'an\u001b[2Jna' })
  await scim('GET', '/Users/nobody')

  const listed = await cli('journal', '--status', '4xx', '--method', 'get', '--tenant', 'acme')
  t.match(settled(listed), {
    code: 0,
    out: /^time .*\nAAAA-MM-DDThh:mm:ssZ {2}404 +GET .*some-uuid\n$/,
    err: '',
  })
  const created = JSON.parse((await cli('journal', '--method', 'POST', '--json')).out).items[0].id
  const shown = await cli('journal', 'show', created)
  t.match(shown, { code: 0, out: 'POST /acme/scim/v2/Users', err: '' })
  t.notOk(shown.out.includes('\u001b'), 'text of a client contains no escape sequences')
})

t.test('resource types are declared from a file, listed and removed', async t => {
  const { cli, scim, url } = await serverFor(t)
  const file = `${t.testdir()}/types.json`
  writeFileSync(file, JSON.stringify(sensors))
  const listed = done(
    [
      'type    endpoint  schema                           extensions',
      'Sensor  /Sensors  urn:example:scim:schemas:Sensor  urn:example:scim:schemas:extension:Site',
      'User    -         -                                urn:example:scim:schemas:extension:Badge',
      '',
    ].join('\n'),
  )
  t.same(await cli('tenants', 'types'), done('Tenant acme has no custom types.\n'))
  t.same(await cli('tenants', 'types', 'acme', '--set', file), listed)
  t.match(await scim('GET', '/ResourceTypes/Sensor'), { endpoint: '/Sensors' }, url)
  t.same(await cli('tenants', 'types'), listed)
  t.same(JSON.parse((await cli('tenants', 'types', '--json')).out), { ...sensors, active: true })
  t.same(await cli('tenants', 'types', '--clear'), done('Removed the custom types of tenant acme.\n'))

  writeFileSync(file, '{"schemas": [{"id": "Lamp", "attributes": []}], "resourceTypes": []}')
  t.same(
    await cli('tenants', 'types', '--set', file),
    no(
      'scimulator: Invalid request: body.schemas[0].id: "Lamp" is not a valid URN. Use the format "urn:example:scim:schemas:Device" with letters, digits, "-", "_", ".", "~" and ":". body.schemas[0].id: No resource type has this schema. Add it to a resource type or remove it.\n',
    ),
  )
  writeFileSync(file, '{')
  t.match(await cli('tenants', 'types', '--set', file), {
    code: 1,
    err: /Cannot read .+types\.json as JSON: line \d+, column \d+: /,
  })
  t.match(await cli('tenants', 'types', '--set', `${file}.not`), {
    code: 1,
    err: /Cannot read .+ as JSON.*ENOENT/,
  })
  t.match(await cli('tenants', 'types', '--set', file, '--clear'), {
    code: 2,
    err: /Use either --set or --clear/,
  })
})

t.test('createServer declares resource types', async t => {
  const { scim } = await serverFor(t, { types: sensors })
  t.match(await scim('GET', '/ResourceTypes/Sensor'), { endpoint: '/Sensors' })
  await t.rejects(createServer({ profile: 'aws', types: sensors }), {
    message: /has the profile aws, whose types are fixed/,
  })
})
