import t, { type Test } from 'tap'
import type { Seal } from '../../src/storage/common/seal.ts'
import { createAccessKeyStore } from '../../src/storage/common/stores/access-keys.ts'
import { createFindingMuteStore } from '../../src/storage/common/stores/finding-mutes.ts'
import { createIssuerStore } from '../../src/storage/common/stores/issuers.ts'
import { createOAuthClientStore } from '../../src/storage/common/stores/oauth-clients.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createSqliteTables } from '../../src/storage/sqlite/held-tables.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createSqliteAccessTokens } from '../../src/storage/sqlite/stores.ts'
import { createTenantStore } from '../../src/storage/sqlite/tenants.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { describeAccessKeys, profileWithApis } from './access-keys.ts'
import { describeFindingMutes } from './finding-mutes.ts'
import { describeIssuers, profileWithCredentials } from './issuers.ts'
import { describeOAuthClients, profileWithEndpoint } from './oauth-clients.ts'
import { describeTenants, profileNamed } from './tenants.ts'

const openDatabase = (t: Test) => {
  const db = openSqlite(undefined)
  migrate(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    db.close()
  })
  return { db, writer }
}

describeTenants(t, t => {
  const { db, writer } = openDatabase(t)
  return {
    tenants: createTenantStore(db, writer, profileNamed),
    reopen: async () => {
      await writer.flush()
      return createTenantStore(db, writer, profileNamed)
    },
  }
})

describeAccessKeys(t, async (t, seal) => {
  const { db, writer } = openDatabase(t)
  const openStores = (seal: Seal | undefined) => {
    const tenants = createTenantStore(db, writer, profileWithApis)
    return { tenants, keys: createAccessKeyStore(createSqliteTables(db, writer), tenants, seal) }
  }
  return {
    ...openStores(seal),
    reopen: async seal => {
      await writer.flush()
      return openStores(seal).keys
    },
    rows: async () => db.prepare('select * from access_keys').all(),
  }
})

describeIssuers(t, async t => {
  const { db, writer } = openDatabase(t)
  const openStores = () => {
    const tenants = createTenantStore(db, writer, profileWithCredentials)
    return { tenants, issuers: createIssuerStore(createSqliteTables(db, writer), tenants) }
  }
  return {
    ...openStores(),
    reopen: async () => openStores().issuers,
    rows: async () => db.prepare('select * from issuers').all(),
  }
})

describeFindingMutes(t, async t => {
  const { db, writer } = openDatabase(t)
  const tenants = createTenantStore(db, writer, profileWithCredentials)
  return {
    tenants,
    mutes: createFindingMuteStore(createSqliteTables(db, writer)),
    reopen: async () => createFindingMuteStore(createSqliteTables(db, writer)),
    rows: async () => db.prepare('select * from finding_mutes').all(),
  }
})

describeOAuthClients(t, async t => {
  const { db, writer } = openDatabase(t)
  const openStores = () => {
    const tenants = createTenantStore(db, writer, profileWithEndpoint)
    const tables = createSqliteTables(db, writer)
    return {
      tenants,
      clients: createOAuthClientStore(tables, tenants, createSqliteAccessTokens(db, writer)),
    }
  }
  return {
    ...openStores(),
    reopen: async () => {
      await writer.flush()
      return openStores()
    },
    rows: async () =>
      ['oauth_clients', 'client_secrets', 'access_tokens'].flatMap(table =>
        db.prepare(`select * from ${table}`).all(),
      ),
  }
})

t.test('R-010 the database does not contain the value of a token', async t => {
  const { db, writer } = openDatabase(t)
  const tenants = createTenantStore(db, writer, profileNamed)
  const tenant = await tenants.create({})
  const { text } = await tenants.createToken(tenant)
  tenants.authenticate(text, undefined, Date.now())
  await writer.flush()
  t.equal(db.serialize().includes(text), false)
  t.equal(db.serialize().includes(text.slice(20, 60)), false)
})

t.test('an unknown switch is rejected before anything is written', async t => {
  const { db, writer } = openDatabase(t)
  const tenants = createTenantStore(db, writer, profileNamed)
  await t.rejects(tenants.create({ switches: { 'no/such-switch': 'x' } }, 'acme'), /no\/such-switch/)
  const tenant = await tenants.create({}, 'acme')
  await t.rejects(tenants.update('acme', { switches: { 'no/such-switch': 'x' } }), /no\/such-switch/)
  t.equal(tenants.find('acme'), tenant)
  t.same(createTenantStore(db, writer, profileNamed).list(), [tenant])
})

t.test('a failed write changes nothing in memory', async t => {
  const { db, writer } = openDatabase(t)
  const tenants = createTenantStore(db, writer, profileNamed)
  const tenant = await tenants.create({}, 'acme')
  db.exec(`create trigger full before insert on tokens begin select raise(abort, 'disk full'); end`)
  await t.rejects(tenants.createToken(tenant, { text: 'from-the-ci' }), /disk full/)
  t.same(tenants.tokens(tenant), [])
  t.match(tenants.authenticate('from-the-ci', 'acme', Date.now()), { refusal: 'unknown' })
  await t.rejects(tenants.createWithToken({}, 'other'), /disk full/)
  t.same(tenants.list(), [tenant])
  t.same(createTenantStore(db, writer, profileNamed).list(), [tenant])
})

t.test('uses of access tokens that leave memory before the next commit are stored', async t => {
  const { db, writer } = openDatabase(t)
  const tenants = createTenantStore(db, writer, profileWithEndpoint)
  const open = () =>
    createOAuthClientStore(createSqliteTables(db, writer), tenants, createSqliteAccessTokens(db, writer))
  const clients = open()
  const tenant = await tenants.create({ profile: 'rfc' }, 'acme')
  const owners = await Promise.all(Array.from({ length: 50 }, () => clients.create(tenant, {})))
  // Memory has 1,000.
  const issued = await Promise.all(
    owners.flatMap(({ client }) =>
      Array.from({ length: 24 }, () =>
        clients.issue(tenant, { client: client.id, access: 'full', scope: 'scim', lifetime: 3600 }),
      ),
    ),
  )
  for (const one of issued) {
    const known = await clients.findAccessToken(one?.text ?? '')
    if (known) clients.noteUse(known.token, Date.now())
  }
  await writer.flush()
  const stored = await open().accessTokens(tenant)
  t.same(
    stored.map(({ token }) => token.uses),
    issued.map(() => 1),
  )
})
