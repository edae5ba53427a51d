import t, { type Test } from 'tap'
import { userBody } from '../../scripts/endure/client.ts'
import { until } from '../support/cluster.ts'
import { type Instance, startInstance, startInstances } from '../support/instances.ts'
import {
  createSchema,
  skipWithoutPostgres,
  skipWithoutPrograms,
  startDurableServer,
  throughProxy,
} from '../support/postgres.ts'

t.jobs = 1

const unavailable = { status: 503, headers: { 'retry-after': '1' }, body: { status: '503' } }

async function createUser({ scim }: Instance, name: string): Promise<string> {
  const { status, body } = await scim('POST', '/Users', userBody(name))
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body.id
}

/** Without the database, requests get 503, and the instance is not ready. */
async function checkUnavailable(t: Test, { scim, api, readiness }: Instance, name: string): Promise<void> {
  const requests = [
    ...Array.from({ length: 5 }, () => scim('GET', '/Users')),
    ...Array.from({ length: 5 }, (_, at) => scim('POST', '/Users', userBody(`${name}-${at}`))),
  ]
  for (const response of await Promise.all(requests)) t.match(response, unavailable)
  await until(async () => (await readiness()) === 503)
  t.match(await scim('GET', '/Users'), unavailable)
  t.equal((await api('GET', '/tenants')).status, 503)
}

async function checkRecovered(t: Test, instance: Instance, before: string, name: string): Promise<void> {
  await until(async () => (await instance.readiness()) === 200)
  t.equal((await instance.scim('GET', `/Users/${before}`)).status, 200, 'what was acknowledged is there')
  const { status } = await instance.scim('GET', `/Users/${await createUser(instance, name)}`)
  t.equal(status, 200)
}

t.test('an instance without its database', { skip: skipWithoutPostgres }, async t => {
  const schema = await createSchema(t)
  const { proxy, location } = await throughProxy(t, schema)
  const [behind, other] = await Promise.all([startInstance(t, location), startInstance(t, schema)])

  for (const outage of ['interrupt', 'freeze'] as const) {
    await t.test(`is unavailable and recovers: ${outage}`, async t => {
      const before = await createUser(behind, `before-${outage}`)
      proxy[outage]()
      await checkUnavailable(t, behind, outage)
      t.equal((await other.scim('GET', `/Users/${before}`)).status, 200)
      t.equal(await other.readiness(), 200)
      proxy.resume()
      await checkRecovered(t, behind, before, `after-${outage}`)
    })
  }
})

t.test('instances recover after a crash of the database', { skip: skipWithoutPrograms }, async t => {
  const server = await startDurableServer(t)
  const instances = await startInstances(t, { url: server.url, schema: 'crashing' }, 2)
  const before = await Promise.all(instances.map((instance, at) => createUser(instance, `before-${at}`)))
  await server.crash()
  for (const [at, instance] of instances.entries()) await checkUnavailable(t, instance, `during-${at}`)
  await server.start()
  for (const [at, instance] of instances.entries()) {
    await checkRecovered(t, instance, before[1 - at] ?? '', `after-${at}`)
  }
})
