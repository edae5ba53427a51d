import pino from 'pino'
import t, { type Test } from 'tap'
import type { FindLabel } from '../../src/http/recording.ts'
import { openServices } from '../../src/server/compose.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { createScimClient } from '../support/scim.ts'

const nextTurn = () => new Promise(resolve => setImmediate(resolve))

/** A listener whose labels come from a function, as from a slow engine. */
async function openWith(t: Test, findLabel: FindLabel) {
  const logger = pino({ level: 'silent' })
  const services = openServices({ profile: 'rfc' }, logger)
  const app = buildScimApp({ ...services.scim, findLabel }, logger)
  t.teardown(async () => {
    await app.close()
    await services.close()
  })
  const tenant = await services.tenants.create({ profile: 'rfc' })
  const { text } = await services.tenants.createToken(tenant)
  const recorded = async () => {
    await nextTurn()
    const { items } = await services.journal.page({ limit: 10 })
    return items.toReversed().map(({ url, target }) => [url.replace(/.*v2/, ''), target?.label])
  }
  return { app, recorded, client: createScimClient(app, `/${tenant.id}/scim/v2`, text) }
}

t.test('responses do not wait for labels, and exchanges are recorded in order of responding', async t => {
  const labels = new Map([
    ['slow', Promise.withResolvers<string | undefined>()],
    ['fast', Promise.withResolvers<string | undefined>()],
  ])
  const { recorded, client } = await openWith(t, async (_tenant, _type, id) => labels.get(id)?.promise)
  t.equal((await client.get('/Users/slow')).status, 404)
  t.equal((await client.get('/Users/fast')).status, 404)
  t.equal((await client.get('/Users')).status, 200)
  labels.get('fast')?.resolve('second')
  t.same(await recorded(), [])
  labels.get('slow')?.resolve('first')
  t.same(await recorded(), [
    ['/Users/slow', 'first'],
    ['/Users/fast', 'second'],
    ['/Users', undefined],
  ])
  t.equal((await client.get('/Groups')).status, 200)
  t.same((await recorded()).at(-1), ['/Groups', undefined], 'the next one does not wait')
})

t.test('a request is recorded once and without a label if the label cannot be read', async t => {
  const { recorded, client } = await openWith(t, () => Promise.reject(new Error('The disk fails.')))
  t.equal((await client.get('/Users/nobody')).status, 404)
  t.equal((await client.get('/Users')).status, 200)
  t.same(await recorded(), [
    ['/Users/nobody', undefined],
    ['/Users', undefined],
  ])
})

t.test('a listener that closes records requests that wait for a label', async t => {
  const label = Promise.withResolvers<string | undefined>()
  const { app, recorded, client } = await openWith(t, () => label.promise)
  t.equal((await client.get('/Users/nobody')).status, 404)
  const closed = app.close()
  label.resolve('marge')
  await closed
  t.same(await recorded(), [['/Users/nobody', 'marge']])
})
