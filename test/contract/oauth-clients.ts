import type { Test } from 'tap'
import type { OAuthClientStore } from '../../src/domain/tenants/oauth-clients.ts'
import type { Tenant, TenantStore } from '../../src/domain/tenants/tenant.ts'
import type { ProfileLookup } from '../../src/storage/common/tenant-rules.ts'
import { profileNamed } from './tenants.ts'

/** Opens empty stores. `reopen` opens the clients as after a restart, or in another instance. */
export type OpenOAuthClients = (t: Test) => Promise<{
  readonly tenants: TenantStore
  readonly clients: OAuthClientStore
  readonly reopen: () => Promise<{ readonly tenants: TenantStore; readonly clients: OAuthClientStore }>
  /** The rows of the tables `oauth_clients`, `client_secrets` and `access_tokens`. */
  readonly rows: () => Promise<readonly unknown[]>
}>

/** Only tenants of `aws` have no token endpoint. */
export const profileWithEndpoint: ProfileLookup = (name, ...rest) => ({
  ...profileNamed(name, ...rest),
  credentials: name === 'aws' ? 'tokens' : 'any',
  ...(name !== 'aws' && { tokenEndpoint: { unknownScopes: 'refuse', repeatedSecret: 'refuse' } as const }),
})

const minute = 60 * 1000
const day = 24 * 60 * minute

const grant = { access: 'full', scope: 'scim', lifetime: 3600 } as const

/** Bytes are shown as the ASCII characters that they are. */
const textOf = (rows: readonly unknown[]) =>
  rows
    .flatMap(row => Object.values(row as object))
    .map(value => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
    .join('\n')

/** The behavior of every store of clients. */
export function describeOAuthClients(t: Test, open: OpenOAuthClients): void {
  const openTenant = async (t: Test) => {
    const stores = await open(t)
    return { ...stores, tenant: await stores.tenants.create({ profile: 'rfc' }, 'acme') }
  }
  const advance = ({ tenants }: { readonly tenants: TenantStore }, { id }: Tenant, by: number) =>
    tenants.setClock(id, (tenants.find(id)?.clockOffset ?? 0) + by)

  t.test(
    'TS-066 a client has an ID and a secret, which survive a restart; only a hash is stored',
    async t => {
      const { clients, tenant, reopen, rows } = await openTenant(t)
      const { client, secret } = await clients.create(tenant, { name: 'Entra ID' })
      t.match(client.id, /^client_[\w-]{22}$/)
      t.match(secret?.text, /^scimulator-secret-[\w-]{43}$/)
      t.same(client, {
        id: client.id,
        tenant: tenant.key,
        name: 'Entra ID',
        access: 'full',
        tokenLifetime: 3600,
        created: client.created,
        uses: 0,
        secrets: [secret?.secret],
      })
      t.same(secret?.secret, {
        id: secret?.secret.id,
        ending: secret?.text.slice(-4),
        created: client.created,
        expires: client.created + 365 * day,
        uses: 0,
      })
      for (const store of [clients, (await reopen()).clients]) {
        t.same(store.list(tenant), [client])
        t.same(store.known(tenant, client.id), { client, isDeleted: false })
        t.same(store.knownSecret(tenant, client.id, secret?.text ?? ''), {
          secret: secret?.secret,
          isDeleted: false,
        })
        t.equal(store.knownSecret(tenant, client.id, 'scimulator-secret-of-nobody'), undefined)
        t.equal(store.knownSecret(tenant, 'nobody', secret?.text ?? ''), undefined)
        const texts = [secret?.text ?? '', `x${secret?.text}`, client.id, '']
        t.same(texts.map(store.isSecret), [true, false, false, false])
      }
      t.notMatch(textOf(await rows()), secret?.text)
    },
  )

  t.test('TS-002 a tenant of aws has no clients; those of a tenant that becomes aws are kept', async t => {
    const { tenants, clients, tenant } = await openTenant(t)
    const aws = await tenants.create({ profile: 'aws' }, 'aws')
    await t.rejects(clients.create(aws), { name: 'TenantError', reason: 'fixed-credentials' })
    const { client } = await clients.create(tenant)
    const changed = await tenants.update(tenant.id, { profile: 'aws' })
    t.same(changed && clients.list(changed), [client])
  })

  t.test('invalid options change nothing', async t => {
    const { clients, tenant } = await openTenant(t)
    for (const options of [
      { id: 'with blanks' },
      { id: '' },
      { name: ' ' },
      { name: 'a\nb' },
      { tokenLifetime: 59 },
      { tokenLifetime: 86_401 },
      { secret: { text: 'too-short' } },
      { secret: { lifetime: day - 1 } },
      { secret: { lifetime: 1097 * day } },
    ]) {
      await t.rejects(
        clients.create(tenant, options),
        { name: 'TenantError', reason: 'invalid' },
        JSON.stringify(options),
      )
    }
    t.same(clients.list(tenant), [])
  })

  t.test('TS-070 a client with assertions has no secret, and is compared in lower case', async t => {
    const { clients, tenant, reopen } = await openTenant(t)
    const { client, secret } = await clients.create(tenant, {
      assertion: {
        kind: 'entra',
        directory: '72F988BF-86F1-41AF-91AB-2D7CD011DB47',
        application: 'api://6F8C1C1E-7B8A-4A55-9F6E-3F0F4C1A2B3D/.default',
        principal: '0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0',
      },
    })
    t.equal(secret, undefined)
    t.same(client.assertion, {
      kind: 'entra',
      directory: '72f988bf-86f1-41af-91ab-2d7cd011db47',
      application: '6f8c1c1e-7b8a-4a55-9f6e-3f0f4c1a2b3d',
      principal: '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
      cloud: 'global',
    })
    t.same((await reopen()).clients.list(tenant), [client])
    await t.rejects(clients.createSecret(tenant, client.id), { name: 'TenantError', reason: 'invalid' })
    const withSecret = await clients.create(tenant)
    await t.rejects(clients.update(tenant, withSecret.client.id, { assertion: client.assertion }), {
      name: 'TenantError',
      reason: 'invalid',
    })
  })

  t.test('a changed client keeps its secrets', async t => {
    const { clients, tenant, reopen } = await openTenant(t)
    const { client } = await clients.create(tenant)
    const changed = await clients.update(tenant, client.id, { access: 'read', tokenLifetime: 60 })
    t.same(changed, { ...client, access: 'read', tokenLifetime: 60 })
    t.same((await reopen()).clients.list(tenant), [changed])
    t.equal(await clients.update(tenant, 'nobody', {}), undefined)
    await t.rejects(clients.update(tenant, client.id, { tokenLifetime: 1 }), {
      name: 'TenantError',
      reason: 'invalid',
    })
  })

  t.test('TS-066 a client has at most two secrets that have not expired', async t => {
    const { tenants, clients, tenant } = await openTenant(t)
    const { client, secret } = await clients.create(tenant, { secret: { lifetime: 30 * day } })
    const second = await clients.createSecret(tenant, client.id)
    await t.rejects(clients.createSecret(tenant, client.id), { name: 'TenantError', reason: 'limit' })
    await advance({ tenants }, tenant, 31 * day)
    const third = await clients.createSecret(tenant, client.id)
    t.same(
      clients.find(tenant, client.id)?.secrets.map(({ id }) => id),
      [third?.secret.id, second?.secret.id, secret?.secret.id],
      'newest first, the expired one included',
    )
    t.equal(await clients.createSecret(tenant, 'nobody'), undefined)
  })

  t.test('the IDs of deleted clients are not used again', async t => {
    const { clients, tenant, reopen } = await openTenant(t)
    const options = { id: 'ci', secret: { text: 'ci-secret-of-my-tests' } }
    await clients.create(tenant, options)
    await t.rejects(clients.create(tenant, options), { name: 'TenantError', reason: 'taken' })
    t.equal(await clients.remove(tenant, 'ci'), true)
    t.equal(await clients.remove(tenant, 'ci'), false)
    await t.rejects(clients.create(tenant, options), { name: 'TenantError', reason: 'taken' })
    for (const store of [clients, (await reopen()).clients]) {
      t.same(store.list(tenant), [])
      t.equal(store.find(tenant, 'ci'), undefined)
      t.match(store.known(tenant, 'ci'), { isDeleted: true })
    }
  })

  t.test('TS-063 an access token is stored as a hash, and known to others at once', async t => {
    const { clients, tenant, reopen, rows } = await openTenant(t)
    const { client, secret } = await clients.create(tenant)
    const issued = await clients.issue(tenant, {
      client: client.id,
      secret: secret?.secret.id ?? '',
      ...grant,
    })
    const { token, text = '' } = issued ?? {}
    t.match(text, /^scimulator-access-[\w-]{43}$/)
    t.same(token, {
      id: token?.id,
      tenant: tenant.key,
      client: client.id,
      secret: secret?.secret.id,
      ending: text.slice(-4),
      access: 'full',
      scope: 'scim',
      created: token?.created,
      expires: (token?.created ?? 0) + 3600_000,
      uses: 0,
    })
    for (const store of [clients, (await reopen()).clients]) {
      const known = await store.findAccessToken(text)
      t.match(known, { tenant: { id: 'acme' }, token: { id: token?.id }, isRevoked: false })
      t.match(await store.accessTokens(tenant), [{ token: { id: token?.id }, isRevoked: false }])
      t.equal(await store.findAccessToken(`${text.slice(0, -1)}_`), undefined)
    }
    t.notMatch(textOf(await rows()), text)
    const [listed] = clients.list(tenant)
    t.match(listed, { uses: 1, lastUsed: token?.created, secrets: [{ uses: 1 }] })
  })

  t.test(
    'TS-067 revoking, and deleting a secret or client, ends access tokens everywhere at once',
    async t => {
      const { clients, tenant, reopen } = await openTenant(t)
      const { client, secret: first } = await clients.create(tenant)
      const second = await clients.createSecret(tenant, client.id)
      const issue = async (secret: string | undefined) =>
        clients.issue(tenant, { client: client.id, secret: secret ?? '', ...grant })
      const one = await issue(first?.secret.id)
      const two = await issue(first?.secret.id)
      const three = await issue(second?.secret.id)
      const states = async (store: OAuthClientStore) =>
        Promise.all(
          [one, two, three].map(async issued => (await store.findAccessToken(issued?.text ?? ''))?.isRevoked),
        )
      t.same(await states(clients), [false, false, false])
      t.equal(await clients.revoke(tenant, one?.token.id ?? ''), true)
      t.equal(await clients.revoke(tenant, one?.token.id ?? ''), false)
      for (const found of [await states(clients), await states((await reopen()).clients)]) {
        t.same(found, [true, false, false])
      }
      t.equal(await clients.removeSecret(tenant, client.id, first?.secret.id ?? ''), true)
      t.equal(await clients.removeSecret(tenant, client.id, first?.secret.id ?? ''), false)
      for (const found of [await states(clients), await states((await reopen()).clients)]) {
        t.same(found, [true, true, false])
      }
      t.match(clients.knownSecret(tenant, client.id, first?.text ?? ''), { isDeleted: true })
      t.equal(clients.isSecret(first?.text ?? ''), true, 'it is masked, although it is deleted')
      await clients.remove(tenant, client.id)
      for (const found of [await states(clients), await states((await reopen()).clients)]) {
        t.same(found, [true, true, true])
      }
      t.equal(await issue(second?.secret.id), undefined)
    },
  )

  t.test('TS-067 a client has 100 live access tokens; the oldest is revoked', async t => {
    const { clients, tenant } = await openTenant(t)
    const { client } = await clients.create(tenant)
    const issue = async () => (await clients.issue(tenant, { client: client.id, ...grant }))?.text ?? ''
    const first = await issue()
    const second = await issue()
    for (let issued = 2; issued < 100; issued++) await issue()
    t.match(await clients.findAccessToken(first), { isRevoked: false })
    await issue()
    t.match(await clients.findAccessToken(first), { isRevoked: true })
    t.match(await clients.findAccessToken(second), { isRevoked: false })
    t.equal((await clients.accessTokens(tenant, client.id)).length, 101)
    t.same(await clients.accessTokens(tenant, 'nobody'), [])
  })

  t.test('TS-067 expired access tokens are known for a week', async t => {
    const { tenants, clients, tenant, reopen } = await openTenant(t)
    const { client } = await clients.create(tenant)
    const issued = await clients.issue(tenant, { client: client.id, ...grant })
    await advance({ tenants }, tenant, 6 * day)
    t.equal((await clients.accessTokens(tenant)).length, 1)
    await advance({ tenants }, tenant, 2 * day)
    t.equal((await clients.accessTokens(tenant)).length, 0)
    await clients.issue(tenant, { client: client.id, ...grant })
    t.equal(await (await reopen()).clients.findAccessToken(issued?.text ?? ''), undefined)
  })

  t.test('the uses of an access token are counted', async t => {
    const { clients, tenant } = await openTenant(t)
    const { client } = await clients.create(tenant)
    const issued = await clients.issue(tenant, { client: client.id, ...grant })
    if (!issued) throw new Error('No token was issued.')
    clients.noteUse(issued.token, Date.now())
    clients.noteUse(issued.token, Date.now())
    t.match(await clients.accessTokens(tenant), [{ token: { uses: 2 } }])
  })

  t.test('a deleted tenant takes its clients with it', async t => {
    const { tenants, clients, tenant, rows } = await openTenant(t)
    const { client } = await clients.create(tenant)
    const issued = await clients.issue(tenant, { client: client.id, ...grant })
    await tenants.remove(tenant.id)
    t.equal(await clients.findAccessToken(issued?.text ?? ''), undefined)
    const again = await tenants.create({ profile: 'rfc' }, 'acme')
    t.same(clients.list(again), [])
    t.equal(clients.known(again, client.id), undefined)
    t.notMatch(textOf(await rows()), client.id)
  })
}
