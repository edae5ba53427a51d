import type { Test } from 'tap'
import type { AccessKeyStore } from '../../src/domain/tenants/access-keys.ts'
import type { TenantStore } from '../../src/domain/tenants/tenant.ts'
import type { Profile } from '../../src/profiles/profile.ts'
import { createSeal, type Seal } from '../../src/storage/common/seal.ts'
import type { ProfileLookup } from '../../src/storage/common/tenant-rules.ts'
import { profileNamed } from './tenants.ts'

/** Opens empty stores. `reopen` opens them as after a restart. */
export type OpenAccessKeys = (
  t: Test,
  seal: Seal | undefined,
) => Promise<{
  readonly tenants: TenantStore
  readonly keys: AccessKeyStore
  readonly reopen: (seal: Seal | undefined) => Promise<AccessKeyStore>
  /** The rows of the table `access_keys`. */
  readonly rows: () => Promise<readonly unknown[]>
}>

/** Only `aws` has AWS APIs. */
export const profileWithApis: ProfileLookup = (name, ...rest) => ({
  ...profileNamed(name, ...rest),
  ...(name === 'aws' && { awsApis: {} as NonNullable<Profile['awsApis']> }),
})

/** Bytes are shown as the ASCII characters that they are. */
const textOf = (rows: readonly unknown[]) =>
  rows
    .flatMap(row => Object.values(row as object))
    .map(value => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
    .join('\n')

const seal = createSeal('a key of these tests, long enough')
const hour = 60 * 60 * 1000

/** The behavior of every store of access keys. */
export function describeAccessKeys(t: Test, open: OpenAccessKeys): void {
  t.test('IS-041 IS-042 a key has an ID and a secret, which survives a restart', async t => {
    const { tenants, keys, reopen, rows } = await open(t, seal)
    const tenant = await tenants.create({}, 'acme')
    const { key, secret } = await keys.create(tenant)
    t.match(key.id, /^SCIM[A-Z2-7]{16}$/)
    t.match(secret, /^[A-Za-z0-9+/]{40}$/)
    t.same(key, { id: key.id, tenant: tenant.key, access: 'full', created: key.created, uses: 0 })
    for (const store of [keys, await reopen(seal)]) {
      t.same(store.find(key.id), { tenant, key, isDeleted: false, secret })
      t.same(store.list(tenant), [key])
      t.same(store.unreadable(), [])
    }
    const stored = textOf(await rows())
    t.notMatch(stored, secret, 'it is not stored in plain text')
    t.match(stored, key.id)
  })

  t.test('IS-042 a secret that was encrypted with another key is not usable', async t => {
    const { tenants, keys, reopen } = await open(t, seal)
    const tenant = await tenants.create({}, 'acme')
    const { key } = await keys.create(tenant)
    for (const other of [createSeal('another key of these tests, too'), undefined]) {
      const store = await reopen(other)
      t.match(store.find(key.id), { tenant, key, isDeleted: false })
      t.equal(store.find(key.id)?.secret, undefined)
      t.same(store.unreadable(), [key.id])
    }
  })

  t.test('without a key to encrypt with, no access key is created', async t => {
    const { tenants, keys } = await open(t, undefined)
    const tenant = await tenants.create({}, 'acme')
    await t.rejects(keys.create(tenant), {
      name: 'TenantError',
      reason: 'invalid',
      message: /Set SCIMULATOR_SEAL_KEY/,
    })
    t.same(keys.list(tenant), [])
  })

  t.test('IS-006 only tenants with AWS APIs have access keys', async t => {
    const { tenants, keys } = await open(t, seal)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    await t.rejects(keys.create(tenant), {
      name: 'TenantError',
      reason: 'invalid',
      message:
        'The tenant "acme" has the profile rfc, which has no AWS APIs. Access keys are for tenants with the profile aws.',
    })
  })

  t.test('IS-040 a tenant has two keys at most, newest first, until one is deleted', async t => {
    const { tenants, keys } = await open(t, seal)
    const tenant = await tenants.create({}, 'acme')
    const first = await keys.create(tenant, { access: 'read' })
    const attempts = await Promise.allSettled([keys.create(tenant), keys.create(tenant)])
    t.same(
      attempts.map(({ status }) => status).sort(),
      ['fulfilled', 'rejected'],
      'also for concurrent requests',
    )
    await t.rejects(keys.create(tenant), {
      reason: 'limit',
      message: 'The tenant "acme" has 2 access keys, which is the maximum. Delete one first.',
    })
    t.same(keys.list(tenant)[1], first.key)
    t.equal(first.key.access, 'read')
    t.equal(await keys.remove(tenant, first.key.id), true)
    t.equal(await keys.remove(tenant, first.key.id), false)
    const third = await keys.create(tenant)
    t.equal(keys.list(tenant).length, 2)
    t.same(keys.list(tenant)[0], third.key)
  })

  t.test('a deleted key is recognized without its secret, and its ID cannot be reused', async t => {
    const { tenants, keys, reopen } = await open(t, seal)
    const tenant = await tenants.create({}, 'acme')
    const other = await tenants.create({}, 'other')
    const { key } = await keys.create(tenant, { id: 'SCIMTESTTESTTESTTEST', secret: 'secret-of-the-tests' })
    t.equal(await keys.remove(other, key.id), false, 'by its own tenant only')
    await t.rejects(keys.create(other, { id: key.id }), { name: 'TenantError', reason: 'taken' })
    await keys.remove(tenant, key.id)
    for (const store of [keys, await reopen(seal)]) {
      t.same(store.find(key.id), { tenant, key, isDeleted: true, secret: undefined })
      t.same(store.unreadable(), [])
    }
    await t.rejects(keys.create(tenant, { id: key.id }), { name: 'TenantError', reason: 'taken' })
    t.equal(keys.find('SCIMNOBODYNOBODYNOBO'), undefined)
  })

  t.test('an ID and a secret are checked', async t => {
    const { tenants, keys } = await open(t, seal)
    const tenant = await tenants.create({}, 'acme')
    const invalid = { name: 'TenantError', reason: 'invalid' }
    for (const id of ['', 'abc', 'a b c d', 'ä'.repeat(20), 'x'.repeat(129)]) {
      await t.rejects(keys.create(tenant, { id }), invalid, id)
    }
    for (const secret of ['', 'short', 'with some space', 'x'.repeat(257)]) {
      await t.rejects(keys.create(tenant, { secret }), invalid, secret)
    }
    t.same(keys.list(tenant), [])
  })

  t.test('deleting a tenant deletes its keys', async t => {
    const { tenants, keys, reopen, rows } = await open(t, seal)
    const tenant = await tenants.create({}, 'acme')
    const { key } = await keys.create(tenant)
    await tenants.remove('acme')
    for (const store of [keys, await reopen(seal)]) t.equal(store.find(key.id), undefined)
    t.same(await rows(), [])
    const again = await tenants.create({}, 'acme')
    t.same(keys.list(again), [])
    t.same((await keys.create(again, { id: key.id })).key.id, key.id, 'the ID is free again')
  })

  t.test("uses are counted by the tenant's clock, and survive a restart", async t => {
    const { tenants, keys, reopen } = await open(t, seal)
    const tenant = await tenants.create({}, 'acme')
    const { key } = await keys.create(tenant)
    await tenants.setClock('acme', hour)
    for (let use = 0; use < 100; use++) keys.noteUse(key.id, key.created)
    keys.noteUse('SCIMNOBODYNOBODYNOBO', key.created)
    const used = { ...key, lastUsed: key.created + hour, uses: 100 }
    t.same(keys.list(tenant), [used])
    t.same((await reopen(seal)).list(tenant), [used])
  })
}
