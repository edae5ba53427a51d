import type { Test } from 'tap'
import { TenantError, type TenantSettings, type TenantStore } from '../../src/domain/tenants/tenant.ts'
import type { Profile } from '../../src/profiles/profile.ts'
import type { ProfileLookup } from '../../src/storage/common/tenant-rules.ts'

/** Opens a store; `reopen` opens it as after a restart. A tenant has at most two tokens. */
type OpenTenants = (t: Test) => OpenedTenants | Promise<OpenedTenants>

type OpenedTenants = {
  readonly tenants: TenantStore
  /** Another store over the same data. */
  readonly reopen: () => Promise<TenantStore>
}

/** Only the switches and the number of tokens of a profile are used by the stores. */
export const profileNamed: ProfileLookup = (name, switches, { resourceTypes }) => {
  if ('no/such-switch' in switches) throw new Error('The switch no/such-switch does not exist.')
  if (resourceTypes.some(({ name }) => name === 'Impossible')) throw new Error('Impossible.')
  return {
    name,
    switches,
    schema: { resourceTypes },
    requests: { limits: { tokens: 2 } },
  } as unknown as Profile
}

const rfcSettings: TenantSettings = {
  profile: 'rfc',
  onDelete: 'remove',
  throttle: 'aws',
  switches: { 'aws/put-user-status': '200' },
}

const day = 24 * 60 * 60 * 1000
const year = 365 * day

/** The behavior of every tenant store. */
export function describeTenants(t: Test, open: OpenTenants): void {
  t.test('a tenant has the defaults of AWS and an id in the format of AWS', async t => {
    const { tenants } = await open(t)
    const tenant = await tenants.create({})
    t.match(tenant.id, /^[a-z0-9]{11}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/)
    t.same(tenant.settings, { profile: 'aws', onDelete: 'retain', throttle: 'off', switches: {} })
    t.equal(tenant.clockOffset, 0)
    t.equal(tenants.find(tenant.id), tenant)
    t.same(tenants.list(), [tenant])
  })

  t.test('an id that is in use, or cannot be part of a URL, is rejected', async t => {
    const { tenants } = await open(t)
    await tenants.create({}, 'acme')
    await t.rejects(tenants.create({}, 'acme'), { name: 'TenantError', reason: 'taken', message: /"acme"/ })
    for (const id of ['a/b', 'a b', '', '.', '..', 'scim', 'SCIM', 'ä', 'x'.repeat(65)])
      await t.rejects(tenants.create({}, id), { name: 'TenantError', reason: 'invalid' }, `"${id}"`)
    t.equal(tenants.list().length, 1)
  })

  t.test('of two concurrent requests for the same id, one succeeds', async t => {
    const { tenants } = await open(t)
    const both = await Promise.allSettled([tenants.create({}, 'acme'), tenants.create({}, 'acme')])
    t.same(
      both.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
  })

  t.test('a tenant and its first token are created together', async t => {
    const { tenants, reopen } = await open(t)
    const { tenant, token, text } = await tenants.createWithToken(rfcSettings, 'acme', {
      text: 'token-of-acme',
    })
    t.same([tenant.id, tenant.settings, text], ['acme', rfcSettings, 'token-of-acme'])
    for (const store of [tenants, await reopen()]) {
      t.same(store.list(), [tenant])
      t.same(store.tokens(tenant), [token])
      t.match(store.authenticate('token-of-acme', 'acme', token.created), {
        tenant: { id: 'acme' },
        token: { id: token.id },
      })
    }
  })

  t.test('no tenant is created if its first token is invalid', async t => {
    const { tenants, reopen } = await open(t)
    const { tenant } = await tenants.createWithToken({}, 'acme', { text: 'token-of-acme' })
    const taken = { name: 'TenantError', reason: 'taken' }
    await t.rejects(tenants.createWithToken({}, 'other', { text: 'token-of-acme' }), taken)
    await t.rejects(tenants.createWithToken({}, 'other', { text: 'short' }), TenantError)
    await t.rejects(tenants.createWithToken({}, 'acme', { text: 'another-token' }), taken)
    for (const store of [tenants, await reopen()]) {
      t.same(store.list(), [tenant])
      t.equal(store.tokens(tenant).length, 1)
      t.match(store.authenticate('another-token', 'acme', Date.now()), { refusal: 'unknown' })
    }
  })

  t.test('of two concurrent first tenants, one is created', async t => {
    const { tenants, reopen } = await open(t)
    const other = await reopen()
    const created = await Promise.all([tenants.createFirst({}), other.createFirst({})])
    const [first, ...others] = created.filter(each => each !== undefined)
    t.same(others, [])
    t.same((await reopen()).list(), [first?.tenant])
    t.equal(await tenants.createFirst({}, 'another'), undefined, 'nor later')
  })

  t.test('the first tenant can be created without a token', async t => {
    const { tenants, reopen } = await open(t)
    const created = await tenants.createFirst({}, 'acme', 'none')
    t.same(created, { tenant: tenants.find('acme') })
    t.equal(await tenants.createFirst({}, 'another', 'none'), undefined)
    const reopened = await reopen()
    t.same(reopened.list(), [created?.tenant])
    t.same(reopened.list().map(reopened.tokens), [[]])
  })

  t.test('settings change individually and survive a restart', async t => {
    const { tenants, reopen } = await open(t)
    await tenants.create(rfcSettings, 'acme')
    const changed = await tenants.update('acme', { throttle: 'off' })
    t.same(changed?.settings, { ...rfcSettings, throttle: 'off' })
    t.equal(await tenants.update('nobody', { throttle: 'off' }), undefined)
    t.same((await reopen()).list(), [changed])
  })

  t.test(
    'a tenant has a name until it is emptied, and the name of a token survives its rotation',
    async t => {
      const { tenants, reopen } = await open(t)
      const tenant = await tenants.create({ name: 'Springfield Nuclear' }, 'acme')
      t.equal((await reopen()).find('acme')?.settings.name, 'Springfield Nuclear')
      t.equal((await tenants.update('acme', { throttle: 'aws' }))?.settings.name, 'Springfield Nuclear')
      t.notOk('name' in ((await tenants.update('acme', { name: '' }))?.settings ?? { name: '' }))
      t.equal((await reopen()).find('acme')?.settings.name, undefined)
      const { token } = await tenants.createToken(tenant, { name: 'staging', validity: 90 * day })
      t.match(token, { name: 'staging', expires: token.created + 90 * day })
      const rotated = await tenants.rotateToken(tenant, token.id, day)
      t.match(rotated?.token, { name: 'staging', expires: Number(rotated?.token.created) + year })
      t.same(
        (await reopen()).tokens(tenant).map(({ name }) => name),
        ['staging', 'staging'],
      )
      const invalid = { name: 'TenantError', reason: 'invalid' }
      for (const name of ['', ' ', 'x'.repeat(65), 'a\u0007b'])
        await t.rejects(tenants.createToken(tenant, { name }), invalid, `"${name}"`)
      await t.rejects(tenants.create({ name: ' ' }), invalid)
      for (const validity of [1000, 366 * day])
        await t.rejects(tenants.createToken(tenant, { validity }), invalid, `${validity} ms`)
    },
  )

  t.test('concurrent changes of different switches are both kept', async t => {
    const { tenants, reopen } = await open(t)
    await tenants.create({}, 'acme')
    const other = await reopen()
    const choose =
      (id: string) =>
      ({ switches }: TenantSettings) => ({ switches: { ...switches, [id]: 'on' } })
    await Promise.all([tenants.update('acme', choose('a/b')), other.update('acme', choose('c/d'))])
    t.same((await reopen()).find('acme')?.settings.switches, { 'a/b': 'on', 'c/d': 'on' })
  })

  t.test('declared types are replaced as a whole, and survive a restart and other changes', async t => {
    const { tenants, reopen } = await open(t)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    t.same(tenant.declared, { schemas: [], resourceTypes: [] })
    const declared = { schemas: [{ id: 'urn:x:y' }], resourceTypes: [{ name: 'Lamp' }] }
    const declaring = await tenants.setDeclarations('acme', declared)
    t.same(declaring, { ...tenant, declared, profile: declaring?.profile })
    t.same(declaring?.profile.schema.resourceTypes, declared.resourceTypes, 'the profile includes them')
    t.equal(tenants.find('acme'), declaring)
    t.match(await tenants.update('acme', { throttle: 'aws' }), { declared })
    t.match((await reopen()).find('acme'), {
      declared,
      profile: { schema: { resourceTypes: declared.resourceTypes } },
    })
    t.match((await tenants.setDeclarations('acme', tenant.declared))?.declared, tenant.declared)
    t.equal(await tenants.setDeclarations('nobody', declared), undefined)
  })

  t.test('types that the profile rejects are not stored', async t => {
    const { tenants, reopen } = await open(t)
    const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
    await t.rejects(tenants.setDeclarations('acme', { schemas: [], resourceTypes: [{ name: 'Impossible' }] }))
    t.equal(tenants.find('acme'), tenant)
    t.match((await reopen()).find('acme'), { declared: tenant.declared })
  })

  t.test('deleting a tenant deletes its tokens', async t => {
    const { tenants, reopen } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    const other = await tenants.create({}, 'other')
    const { text } = await tenants.createToken(tenant)
    const kept = await tenants.createToken(other)
    t.equal(await tenants.remove('acme'), true)
    t.equal(await tenants.remove('acme'), false)
    for (const store of [tenants, await reopen()]) {
      t.equal(store.find('acme'), undefined)
      t.same(store.authenticate(text, undefined, Date.now()), { refusal: 'unknown' })
      t.match(store.authenticate(kept.text, 'other', Date.now()), { tenant: { id: 'other' } })
    }
    t.ok(await tenants.create({}, 'acme'), 'the id is free again')
  })

  t.test('the clock moves forward only, until a reset sets it to 0', async t => {
    const { tenants, reopen } = await open(t)
    await tenants.create({}, 'acme')
    t.equal((await tenants.setClock('acme', year))?.clockOffset, year)
    t.equal((await reopen()).find('acme')?.clockOffset, year)
    await t.rejects(tenants.setClock('acme', day), {
      reason: 'invalid',
      message: /can only move forward.*Reset/,
    })
    await t.rejects(tenants.setClock('acme', -1), { name: 'TenantError', reason: 'invalid' })
    await t.rejects(tenants.setClock('acme', Number.NaN), TenantError)
    t.equal((await tenants.setClock('acme', 0))?.clockOffset, 0)
    t.equal(await tenants.setClock('nobody', 0), undefined)
  })

  t.test('R-009 a token is long and random, is valid for a year, and authenticates its tenant', async t => {
    const { tenants } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    const before = Date.now()
    const { token, text } = await tenants.createToken(tenant)
    t.match(text, /^scimulator-[0-9a-zA-Z/=+-]{489,609}$/)
    t.not(text, (await tenants.createToken(tenant)).text)
    t.equal(token.ending, text.slice(-4))
    t.equal(token.expires, token.created + year)
    t.same(tenants.authenticate(text, 'acme', before), {
      tenant,
      token: { ...token, lastUsed: before, uses: 1 },
    })
    t.equal(
      'token' in tenants.authenticate(text, undefined, before),
      true,
      '/scim/v2 belongs to the tenant of the token',
    )
  })

  t.test('R-006 each reason for a rejection is reported', async t => {
    const { tenants, reopen } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    await tenants.create({}, 'other')
    const now = Date.now()
    const deleted = await tenants.createToken(tenant)
    await tenants.deleteToken(tenant, deleted.token.id)
    const expired = await tenants.createToken(tenant)
    await tenants.expireToken(tenant, expired.token.id)
    const good = await tenants.createToken(tenant)

    for (const store of [tenants, await reopen()]) {
      const rejection = (text: string | undefined, id?: string) => {
        const admission = store.authenticate(text, id, now + 1000)
        return 'refusal' in admission
          ? [admission.refusal, admission.tenant?.id, admission.token?.id]
          : 'admitted'
      }
      t.same(rejection(undefined, 'acme'), ['missing', 'acme', undefined])
      t.same(rejection('', undefined), ['missing', undefined, undefined])
      t.same(rejection('nonsense', 'acme'), ['unknown', 'acme', undefined])
      t.same(rejection('nonsense', 'nowhere'), ['unknown', undefined, undefined])
      t.same(rejection(expired.text, 'acme'), ['expired', 'acme', expired.token.id])
      t.same(rejection(deleted.text, 'acme'), ['deleted', 'acme', deleted.token.id])
      t.same(rejection(good.text, 'other'), ['other-tenant', 'other', good.token.id])
      t.same(rejection(good.text, 'nowhere'), ['other-tenant', 'acme', good.token.id])
      t.equal(rejection(good.text, 'acme'), 'admitted')
    }
  })

  t.test('an internal token authenticates its tenant until it is closed', async t => {
    const { tenants, reopen } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    await tenants.create({}, 'other')
    const now = Date.now()
    const grant = { replayOf: 'some-exchange' }
    const internal = tenants.openInternalToken('acme', grant)
    const another = tenants.openInternalToken('acme')
    t.same(tenants.authenticate(internal.text, 'acme', now), { tenant, grant })
    t.same(tenants.authenticate(internal.text, undefined, now), { tenant, grant }, 'it identifies the tenant')
    t.match(tenants.authenticate(internal.text, 'other', now), {
      refusal: 'other-tenant',
      tenant: { id: 'other' },
    })
    t.same(tenants.tokens(tenant), [], 'no stored token is created')
    t.match(
      (await reopen()).authenticate(internal.text, 'acme', now),
      { refusal: 'unknown' },
      'a restart closes it',
    )
    const moved = await tenants.setClock('acme', year)
    t.same(tenants.authenticate(internal.text, 'acme', now), { tenant: moved, grant }, 'it never expires')
    internal.close()
    t.same(tenants.authenticate(internal.text, 'acme', now), { refusal: 'unknown', tenant: moved })
    t.same(
      tenants.authenticate(another.text, 'acme', now),
      { tenant: moved, grant: {} },
      'tokens are closed separately',
    )
    await tenants.remove('acme')
    t.same(tenants.authenticate(another.text, 'acme', now), { refusal: 'unknown' }, 'a deleted tenant')
  })

  t.test("R-007 a token of one tenant is not valid for another, and can't change its tokens", async t => {
    const { tenants } = await open(t)
    const acme = await tenants.create({}, 'acme')
    const other = await tenants.create({}, 'other')
    const { token, text } = await tenants.createToken(acme)
    t.match(tenants.authenticate(text, 'other', Date.now()), { refusal: 'other-tenant' })
    t.equal(await tenants.deleteToken(other, token.id), false)
    t.equal(await tenants.expireToken(other, token.id), undefined)
    t.match(tenants.authenticate(text, 'acme', Date.now()), { tenant: { id: 'acme' } })
  })

  t.test("R-009 a token expires by its tenant's clock", async t => {
    const { tenants } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    const { token, text } = await tenants.createToken(tenant)
    t.match(tenants.authenticate(text, 'acme', token.expires - 1), { tenant: { id: 'acme' } })
    t.match(tenants.authenticate(text, 'acme', token.expires), { refusal: 'expired' })
    const moved = await tenants.setClock('acme', year)
    t.match(tenants.authenticate(text, 'acme', token.created), { refusal: 'expired' })
    t.match(tenants.authenticate(text, 'acme', token.created - 1), { tenant: { id: 'acme' } })
    t.ok(moved)
    if (!moved) return
    const late = await tenants.createToken(moved)
    t.ok(late.token.expires >= token.expires + year, 'a new one is valid for a year of the moved clock')
  })

  t.test('R-009 a tenant has two tokens at most, expired ones included, until one is deleted', async t => {
    const { tenants } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    const first = await tenants.createToken(tenant)
    const attempts = await Promise.allSettled([tenants.createToken(tenant), tenants.createToken(tenant)])
    t.same(
      attempts.map(({ status }) => status),
      ['fulfilled', 'rejected'],
      'also for concurrent requests',
    )
    await tenants.expireToken(tenant, first.token.id)
    await t.rejects(tenants.createToken(tenant), {
      name: 'TenantError',
      reason: 'limit',
      message: /Delete one first; expired tokens count/,
    })
    t.equal(await tenants.deleteToken(tenant, first.token.id), true)
    t.equal(await tenants.deleteToken(tenant, first.token.id), false)
    const third = await tenants.createToken(tenant)
    t.equal(tenants.tokens(tenant)[0], third.token, 'newest first')
    t.equal(tenants.tokens(tenant).length, 2)
  })

  t.test('expiring a token twice keeps the first date', async t => {
    const { tenants } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    const { token } = await tenants.createToken(tenant)
    const once = await tenants.expireToken(tenant, token.id)
    t.ok(once && once.expires <= Date.now())
    await tenants.setClock('acme', day)
    t.same(await tenants.expireToken(tenant, token.id), once)
  })

  t.test('R-009 a rotated token and its replacement are both valid during the overlap', async t => {
    const { tenants, reopen } = await open(t)
    const tenant = await tenants.create({})
    const old = await tenants.createToken(tenant, { access: 'read' })
    const next = await tenants.rotateToken(tenant, old.token.id, day)
    if (!next) throw new Error('There was nothing to rotate.')
    t.not(next.text, old.text)
    t.match(next.token, { access: 'read', uses: 0 })
    t.equal(next.token.expires - next.token.created, year)
    t.match(next.replaces, { id: old.token.id, ending: old.token.ending })
    t.ok(Math.abs(next.replaces.expires - next.token.created - day) < 1000, 'the overlap is one day')
    for (const store of [tenants, await reopen()]) {
      t.same(store.tokens(tenant), [next.token, next.replaces])
      const isAuthenticated = (text: string, at: number) =>
        'token' in store.authenticate(text, tenant.id, at) &&
        !('refusal' in store.authenticate(text, tenant.id, at))
      t.same([isAuthenticated(old.text, Date.now()), isAuthenticated(next.text, Date.now())], [true, true])
      t.same(
        [
          isAuthenticated(old.text, Date.now() + day + 1000),
          isAuthenticated(next.text, Date.now() + day + 1000),
        ],
        [false, true],
      )
    }
  })

  t.test('R-009 rotation never extends a token', async t => {
    const { tenants } = await open(t)
    const tenant = await tenants.create({})
    const { token } = await tenants.createToken(tenant)
    const expired = await tenants.expireToken(tenant, token.id)
    const next = await tenants.rotateToken(tenant, token.id, day)
    t.equal(next?.replaces.expires, expired?.expires)
  })

  t.test('R-009 rotation changes nothing if the tenant has the maximum number of tokens', async t => {
    const { tenants } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    const { token } = await tenants.createToken(tenant)
    await tenants.createToken(tenant)
    const before = tenants.tokens(tenant)
    await t.rejects(tenants.rotateToken(tenant, token.id, day), {
      reason: 'limit',
      message:
        'The tenant "acme" has 2 access tokens, which is the maximum. Delete an expired or unused token first, then rotate this one.',
    })
    t.same(tenants.tokens(tenant), before)
    t.equal(await tenants.rotateToken(tenant, 'no-such-token', day), undefined)
  })

  t.test('a chosen token value is accepted once, and must be valid in a header', async t => {
    const { tenants } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    const { token } = await tenants.createToken(tenant, { text: 'from-the-ci' })
    t.equal(token.ending, '', 'a short value is hidden completely')
    t.match(tenants.authenticate('from-the-ci', 'acme', Date.now()), { token: { id: token.id } })
    await t.rejects(tenants.createToken(tenant, { text: 'from-the-ci' }), {
      name: 'TenantError',
      reason: 'taken',
    })
    await tenants.deleteToken(tenant, token.id)
    await t.rejects(
      tenants.createToken(tenant, { text: 'from-the-ci' }),
      { name: 'TenantError', reason: 'taken' },
      'a deleted token is not accepted again',
    )
    for (const text of ['', 'short', 'with spaces', 'umlautäöü', 'new\nline-in-it'])
      await t.rejects(tenants.createToken(tenant, { text }), { name: 'TenantError', reason: 'invalid' }, text)
  })

  t.test('R-007 a token has full or read-only access, across restarts', async t => {
    const { tenants, reopen } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    const { token: full } = await tenants.createToken(tenant)
    const { token: reader, text } = await tenants.createToken(tenant, { access: 'read' })
    t.same([full.access, reader.access], ['full', 'read'])
    const again = await reopen()
    t.same(again.tokens(tenant), [reader, full])
    t.match(again.authenticate(text, 'acme', Date.now()), { token: { id: reader.id, access: 'read' } })
  })

  t.test('uses are counted, and the last one is stored', async t => {
    const { tenants, reopen } = await open(t)
    const tenant = await tenants.create({}, 'acme')
    const { token, text } = await tenants.createToken(tenant)
    const at = token.created + 5
    for (let use = 0; use < 100; use++) tenants.authenticate(text, 'acme', at)
    tenants.authenticate(text, 'elsewhere', at)
    tenants.authenticate('nonsense', 'acme', at)
    const used = { ...token, lastUsed: at, uses: 100 }
    t.same(tenants.tokens(tenant), [used])
    t.same((await reopen()).tokens(tenant), [used])
  })
}
