import Sqlite from 'better-sqlite3'
import pino from 'pino'
import t from 'tap'
import { openServices, type Services } from '../../src/server/compose.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { aUser } from '../support/samples.ts'
import { buildTestApp, createScimClient, patchOp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

const roles = (count: number, size: number) =>
  Array.from({ length: count }, (_, at) => ({ value: `${at} ${'é'.repeat(size / 2)}` }))
const tooLarge = {
  status: 400,
  scimType: 'tooMany',
  detail: /^The User would have 2\d\d,\d{3} bytes without its members; the maximum is 262,144/,
}

for (const profile of ['rfc', 'entra'] as const) {
  t.test(
    `R-071 ${profile}: a resource may have 256 KiB, and a larger one is rejected without changes`,
    async t => {
      const { client } = await buildTestApp(t, profile)
      isScimError(t, await client.post('/Users', aUser('homer', { roles: roles(100, 2800) })), tooLarge)
      t.equal((await client.get('/Users')).body.totalResults, 0)

      const homer = await client.create('Users', aUser('homer', { roles: roles(1000, 200) }))
      const at = `/Users/${homer.id}`
      const more = { op: 'add', path: 'photos', value: [{ value: `http://x/${'p'.repeat(50_000)}` }] }
      const before = (await client.get(at)).body
      isScimError(t, await client.send('PATCH', at, patchOp(more)), tooLarge)
      isScimError(t, await client.put(at, aUser('homer', { roles: roles(100, 2800) })), tooLarge)
      t.same((await client.get(at)).body, before)
    },
  )
}

t.test('a larger resource of an earlier version is readable, and may shrink but not grow', async t => {
  const path = `${t.testdir()}/data.db`
  const logger = pino({ level: 'silent' })
  const title = 'x'.repeat(300_000)
  const first = openServices({ path, profile: 'rfc' }, logger)
  const tenant = await first.tenants.create({ profile: 'rfc' })
  const { text: token } = await first.tenants.createToken(tenant)
  const clientOver = (deps: Services) =>
    createScimClient(buildScimApp(deps.scim, logger), `/${tenant.id}/scim/v2`, token)
  const homer = await clientOver(first).create('Users', aUser('homer', { roles: roles(1000, 200) }))
  await first.close()
  const db = new Sqlite(path)
  db.prepare(`update resources set document = json_set(document, '$.title', ?)`).run(title)
  db.close()

  const deps = openServices({ path, profile: 'rfc' }, logger)
  t.teardown(() => deps.close())
  const client = clientOver(deps)
  const at = `/Users/${homer.id}`
  t.equal((await client.get(at)).body.title, title)
  isScimError(t, await client.patch(at, { op: 'add', path: 'nickName', value: 'Max Power' }), {
    status: 400,
    scimType: 'tooMany',
  })
  t.equal((await client.patch(at, { op: 'replace', path: 'title', value: 'y'.repeat(65_536) })).status, 200)
  t.equal((await client.patch(at, { op: 'remove', path: 'roles' })).status, 200)
  t.equal((await client.patch(at, { op: 'add', path: 'nickName', value: 'Max Power' })).status, 200)
})
