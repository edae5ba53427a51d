import { Writable } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import { errors } from '../../src/scim/error.ts'
import { openServices } from '../../src/server/compose.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { createScimClient } from '../support/scim.ts'

t.test('the log contains errors of the server, not of its clients', async t => {
  const lines: {
    readonly level: number
    readonly msg: string
    readonly err?: { readonly message: string }
  }[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  const logger = pino({ level: 'info' }, stream)
  const deps = openServices({ profile: 'entra' }, logger)
  const app = buildScimApp(deps.scim, logger)
  t.teardown(async () => {
    await app.close()
    await deps.close()
  })
  const tenant = await deps.tenants.create({ profile: 'rfc' })
  const { text } = await deps.tenants.createToken(tenant)
  const client = createScimClient(app, `/${tenant.id}/scim/v2`, text)
  t.equal((await client.get('/Me')).status, 501)
  t.equal((await client.get('/Users/nobody')).status, 404)
  t.equal((await client.send('POST', '/Users', '{')).status, 400)
  t.strictSame(lines, [])
  for (const failure of [new Error('disk full'), errors.internal()]) {
    Object.assign(deps.scim.provider, { find: () => Promise.reject(failure) })
    t.equal((await client.get('/Users/nobody')).status, 500)
    t.match(lines.splice(0), [{ level: 50, msg: 'a request failed', err: { message: failure.message } }])
  }
})

t.test('a response to an error that can’t be formatted is recorded', async t => {
  const logger = pino({ level: 'silent' })
  const services = openServices({ profile: 'rfc' }, logger)
  const { responses, ...profile } = services.scim.fallbackProfile
  const error = () => {
    throw new Error('no format')
  }
  const fallbackProfile = { ...profile, responses: { ...responses, error } }
  const app = buildScimApp({ ...services.scim, fallbackProfile }, logger)
  t.teardown(async () => {
    await app.close()
    await services.close()
  })
  t.equal((await createScimClient(app, '/nobody/scim/v2', 'no token').get('/Users')).status, 500)
  const { items } = await services.journal.page({ limit: 10 })
  t.match(items, [{ status: 500, operation: 'rejected', refusal: 'unknown' }])
})
