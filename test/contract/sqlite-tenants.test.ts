import t, { type Test } from 'tap'
import { migrate } from '../../src/database/migrate.ts'
import { openSqlite } from '../../src/database/sqlite.ts'
import { createWriter } from '../../src/database/sqlite-writer.ts'
import type { Profile } from '../../src/profiles/profile.ts'
import { createSqliteTenants, type ProfileNamed } from '../../src/tenants/sqlite-tenants.ts'
import { describeTenants } from './tenants.ts'

// Of a profile, only its switches and its number of tokens matter here.
const profileNamed: ProfileNamed = (name, switches, { resourceTypes }) => {
  if ('no/such-switch' in switches) throw new Error('There is no switch no/such-switch.')
  if (resourceTypes.some(({ name }) => name === 'Impossible')) throw new Error('Impossible.')
  return { name, switches, resourceTypes, limits: { tokens: 2 } } as unknown as Profile
}

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
    tenants: createSqliteTenants(db, writer, profileNamed),
    reopen: async () => {
      await writer.flush()
      return createSqliteTenants(db, writer, profileNamed)
    },
  }
})

t.test('R-010 the text of a token is nowhere in the database', async t => {
  const { db, writer } = openDatabase(t)
  const tenants = createSqliteTenants(db, writer, profileNamed)
  const tenant = await tenants.create({})
  const { text } = await tenants.issue(tenant)
  tenants.admit(text, undefined, Date.now())
  await writer.flush()
  t.equal(db.serialize().includes(text), false)
  t.equal(db.serialize().includes(text.slice(20, 60)), false)
})

t.test("a switch that the profile doesn't have is refused before anything is written", async t => {
  const { db, writer } = openDatabase(t)
  const tenants = createSqliteTenants(db, writer, profileNamed)
  await t.rejects(tenants.create({ switches: { 'no/such-switch': 'x' } }, 'acme'), /no\/such-switch/)
  const tenant = await tenants.create({}, 'acme')
  await t.rejects(tenants.change('acme', { switches: { 'no/such-switch': 'x' } }), /no\/such-switch/)
  t.equal(tenants.find('acme'), tenant)
  t.same(createSqliteTenants(db, writer, profileNamed).list(), [tenant])
})

t.test('what could not be written is not in memory either', async t => {
  const { db, writer } = openDatabase(t)
  const tenants = createSqliteTenants(db, writer, profileNamed)
  const tenant = await tenants.create({}, 'acme')
  db.exec(`create trigger full before insert on tokens begin select raise(abort, 'disk full'); end`)
  await t.rejects(tenants.issue(tenant, { text: 'from-the-ci' }), /disk full/)
  t.same(tenants.tokens(tenant), [])
  t.match(tenants.admit('from-the-ci', 'acme', Date.now()), { refusal: 'unknown' })
  await t.rejects(tenants.createWithToken({}, 'other'), /disk full/)
  t.same(tenants.list(), [tenant])
  t.same(createSqliteTenants(db, writer, profileNamed).list(), [tenant])
})
