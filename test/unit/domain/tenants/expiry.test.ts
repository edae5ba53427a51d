import t from 'tap'
import { expiryEvent } from '../../../../src/console/webhooks/triggers.ts'
import { expiryWarnings, reminderDue } from '../../../../src/domain/tenants/expiry.ts'
import type { ClientSecret, OAuthClient } from '../../../../src/domain/tenants/oauth-clients.ts'
import type { Tenant, TenantStore, Token } from '../../../../src/domain/tenants/tenant.ts'

const day = 24 * 60 * 60 * 1000
const expires = Date.UTC(2027, 10, 24, 12)

t.test('expiry warnings follow the schedule of AWS over the last 90 days', async t => {
  const hour = day / 24
  const given: number[] = []
  let last: number | undefined
  for (let now = expires - 100 * day; now < expires; now += hour) {
    if (!reminderDue(expires, last, now)) continue
    last = now
    given.push((expires - now) / day)
  }
  const between = (from: number, to: number) => given.filter(left => left <= from && left > to).length
  t.equal(given[0], 90)
  t.same(
    [between(90, 60), between(60, 30), between(30, 15), between(15, 0)],
    [5, 9, 6, 15],
    'weekly, twice a week, three times a week, daily',
  )
})

t.test('an expired token has one more warning', async t => {
  t.equal(reminderDue(expires, expires - day, expires), true)
  t.equal(reminderDue(expires, expires, expires + 5 * day), false)
})

t.test('a clock reset restarts the warnings', async t => {
  t.equal(reminderDue(expires, expires - 10 * day, expires - 40 * day), true)
})

const token = (tenant: number, ending: string, expires: number): Token => ({
  id: `id-${ending}`,
  tenant,
  ending,
  access: 'full',
  created: expires - 365 * day,
  expires,
  uses: 0,
})

const storeOf = (held: ReadonlyMap<Tenant, readonly Token[]>) =>
  ({
    list: () => [...held.keys()],
    tokens: (tenant: Tenant) => held.get(tenant) ?? [],
  }) as unknown as TenantStore

t.test("warnings go by each tenant's clock, the nearest first", async t => {
  const acme = {
    key: 1,
    id: 'acme',
    clockOffset: 0,
    profile: { requests: { limits: { tokens: 3 } } },
  } as Tenant
  const full = { requests: { limits: { tokens: 2 } } }
  const ahead = { key: 2, id: 'ahead', clockOffset: 300 * day, profile: full } as Tenant
  const store = storeOf(
    new Map([
      [acme, [token(1, 'k3f9', expires), token(1, 'far0', expires + 300 * day)]],
      [ahead, [token(2, 'aaaa', expires + 300 * day - 11 * day), token(2, 'gone', expires + 250 * day)]],
    ]),
  )
  const words = expiryWarnings(store, expires - 12 * day - 1).map(({ message }) => message)
  t.same(words, [
    'token …gone of tenant ahead expired on 2028-07-31; delete this token, then generate a new one and give it to the client',
    'token …aaaa of tenant ahead expires in 1 day, on 2028-09-08; delete the token that no client uses, then generate a new one and give it to the client',
    'token …k3f9 of tenant acme expires in 12 days, on 2027-11-24; generate a second token and give it to the client',
  ])
})

t.test('TS-066 client secrets warn as tokens do, but not under aws', async t => {
  const secret = (ending: string, expires: number): ClientSecret => ({
    id: `id-${ending}`,
    ending,
    created: 0,
    expires,
    uses: 0,
  })
  const client = (...secrets: readonly ClientSecret[]): OAuthClient => ({
    id: 'client_a',
    tenant: 1,
    name: 'Entra ID',
    access: 'full',
    tokenLifetime: 3600,
    created: 0,
    uses: 0,
    secrets,
  })
  const tenantOf = (id: string, profile: object) =>
    ({ key: 1, id, clockOffset: 0, profile: { requests: { limits: { tokens: 2 } }, ...profile } }) as Tenant
  const acme = tenantOf('acme', { tokenEndpoint: {} })
  const aws = tenantOf('aws', {})
  const tenants = { list: () => [acme, aws], tokens: () => [] }
  const clients = {
    list: () => [
      client(
        secret('far0', expires + 200 * day),
        secret('soon', expires),
        secret('gone', expires - 60 * day),
      ),
    ],
  }
  const warnings = expiryWarnings(tenants, expires - 12 * day - 1, clients)
  t.same(
    warnings.map(({ message }) => message),
    [
      'secret …gone of client client_a of tenant acme expired on 2027-09-25; create a new secret, give it to the client, then delete this one',
      'secret …soon of client client_a of tenant acme expires in 12 days, on 2027-11-24; create a second secret and give it to the client',
    ],
  )
  t.same(warnings.slice(1).map(expiryEvent), [
    {
      type: 'secret-expiry',
      tenant: 'acme',
      text: 'The secret …soon of client client_a of tenant acme expires in 12 days, on 2027-11-24; create a second secret and give it to the client.',
      page: '/tenants/acme/connect?view=credentials',
      facts: {
        client: 'client_a',
        secret: 'id-soon',
        ending: 'soon',
        expires: '2027-11-24T12:00:00.000Z',
      },
    },
  ])
})
