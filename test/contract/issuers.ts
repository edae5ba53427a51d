import type { Test } from 'tap'
import type { IssuerSettings, IssuerStore } from '../../src/domain/tenants/issuers.ts'
import type { TenantStore } from '../../src/domain/tenants/tenant.ts'
import type { ProfileLookup } from '../../src/storage/common/tenant-rules.ts'
import { profileNamed } from './tenants.ts'

/** Opens empty stores. `reopen` opens the issuers as after a restart, or in another instance. */
export type OpenIssuers = (t: Test) => Promise<{
  readonly tenants: TenantStore
  readonly issuers: IssuerStore
  readonly reopen: () => Promise<IssuerStore>
  /** The rows of the table `issuers`. */
  readonly rows: () => Promise<readonly unknown[]>
}>

/** Only tenants of `aws` have access tokens of their own alone. */
export const profileWithCredentials: ProfileLookup = (name, ...rest) => ({
  ...profileNamed(name, ...rest),
  credentials: name === 'aws' ? 'tokens' : 'any',
})

const keycloak = {
  kind: 'oauth',
  name: 'Keycloak',
  access: 'full',
  issuer: 'https://id.example.com/realms/main',
  audiences: ['https://scim.example.com/acme/scim/v2'],
  scopes: { write: 'scim.write' },
} satisfies IssuerSettings
const entra = {
  kind: 'entra',
  name: 'Entra',
  access: 'read',
  cloud: 'global',
  directory: '72f988bf-86f1-41af-91ab-2d7cd011db47',
} satisfies IssuerSettings

/** The behavior of every store of issuers. */
export function describeIssuers(t: Test, open: OpenIssuers): void {
  t.test('TS-001 a tenant has any number of issuers, newest first', async t => {
    const { tenants, issuers, reopen } = await open(t)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    const other = await tenants.create({ profile: 'entra' }, 'other')
    const one = await issuers.create(tenant, keycloak)
    const two = await issuers.create(tenant, entra)
    const three = await issuers.create(other, keycloak)
    t.match(one, { id: /^issuer_[\w-]{22}$/, tenant: tenant.key, settings: keycloak })
    for (const store of [issuers, await reopen()]) {
      t.same(store.list(tenant), [two, one])
      t.same(store.list(other), [three])
      t.same(store.all(), [one, two, three])
      t.same(store.find(tenant, one.id), one)
      t.equal(store.find(other, one.id), undefined, 'by its own tenant only')
    }
  })

  t.test('TS-002 a tenant of aws has none, but those of before are kept', async t => {
    const { tenants, issuers } = await open(t)
    const aws = await tenants.create({ profile: 'aws' }, 'aws')
    await t.rejects(issuers.create(aws, keycloak), {
      name: 'TenantError',
      reason: 'fixed-credentials',
      message: 'AWS takes its own access tokens only. Use a tenant of the profile entra or rfc.',
    })
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    const issuer = await issuers.create(tenant, keycloak)
    const changed = await tenants.update('acme', { profile: 'aws' })
    t.same(changed && issuers.list(changed), [issuer])
  })

  t.test('an issuer is changed and removed', async t => {
    const { tenants, issuers, reopen } = await open(t)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    const other = await tenants.create({ profile: 'rfc' }, 'other')
    const created = await issuers.create(tenant, keycloak)
    const settings = { ...keycloak, name: 'Another name' }
    t.equal(await issuers.update(other, created.id, settings), undefined)
    const updated = await issuers.update(tenant, created.id, settings)
    t.same(updated, { ...created, settings })
    t.not(updated, created, 'a changed issuer is another object')
    t.same((await reopen()).list(tenant), [{ ...created, settings }])
    t.equal(await issuers.remove(other, created.id), false)
    t.equal(await issuers.remove(tenant, created.id), true)
    t.equal(await issuers.remove(tenant, created.id), false)
    t.same(issuers.list(tenant), [])
    t.same((await reopen()).all(), [])
    t.equal(await issuers.update(tenant, created.id, settings), undefined)
  })

  t.test('invalid settings are rejected, and nothing is stored', async t => {
    const { tenants, issuers, rows } = await open(t)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    const invalid: readonly IssuerSettings[] = [
      { ...keycloak, audiences: [] },
      { ...keycloak, issuer: 'http://id.example.com' },
      { ...keycloak, issuer: 'urn:example' },
      { ...keycloak, jwks: 'https://169.254.169.254/keys' },
      { ...keycloak, scopes: {} },
      { ...entra, directory: 'common' },
      { ...entra, directory: 'contoso.onmicrosoft.com' },
      { ...entra, audience: 'https://scim.example.com' },
      { ...entra, jwks: 'https://id.example.com/keys' },
    ]
    for (const settings of invalid) {
      await t.rejects(issuers.create(tenant, settings), { name: 'TenantError', reason: 'invalid' })
    }
    t.same(await rows(), [])
    await issuers.create(tenant, { ...keycloak, issuer: 'urn:example', jwks: 'https://id.example.com/keys' })
    await issuers.create(tenant, { ...entra, jwks: 'http://127.0.0.1:8082/keys' })
  })

  t.test('deleting a tenant deletes its issuers', async t => {
    const { tenants, issuers, reopen, rows } = await open(t)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    await issuers.create(tenant, keycloak)
    await tenants.remove('acme')
    t.same(issuers.all(), [])
    t.same((await reopen()).all(), [])
    t.same(await rows(), [])
    t.same(issuers.list(await tenants.create({ profile: 'rfc' }, 'acme')), [])
  })
}
