import t, { type Test } from 'tap'
import { userBody } from '../../scripts/endure/client.ts'
import { until } from '../support/cluster.ts'
import { type Instance, startInstance, startInstances } from '../support/instances.ts'
import {
  crash,
  createSchema,
  runOn,
  skipWithoutPostgres,
  skipWithoutPrograms,
  socketIn,
  startDurableServer,
  startStandby,
  throughProxy,
} from '../support/postgres.ts'
import { startPostgresServer } from '../support/postgres-server.ts'

t.jobs = 1

const unavailable = { status: 503, headers: { 'retry-after': '1' }, body: { status: '503' } }

async function createUser({ scim }: Instance, name: string): Promise<string> {
  const { status, body } = await scim('POST', '/Users', userBody(name))
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body.id
}

/** The statuses of requests with a credential, each once with its number. */
async function statusesOf({ scimAs }: Instance, token: string, count: number, tenant?: string) {
  const scim = scimAs(token, tenant)
  const send = async () => (await scim('GET', '/ServiceProviderConfig')).status
  const statuses: number[] = []
  while (statuses.length < count) {
    statuses.push(...(await Promise.all(Array.from({ length: Math.min(20, count - statuses.length) }, send))))
  }
  return Object.fromEntries(
    [...Map.groupBy(statuses, status => status)].map(([status, all]) => [status, all.length]),
  )
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
  const { body: lost } = await (instances[0] as Instance).api('POST', '/tenants/acme/tokens', {})
  for (const instance of instances) t.same(await statusesOf(instance, lost.value, 1), { 200: 1 })
  // As if the crash lost a commit that changed no number.
  await runOn(server.url, `delete from crashing.tokens where id = '${lost.id}'`)
  await server.crash()
  for (const [at, instance] of instances.entries()) await checkUnavailable(t, instance, `during-${at}`)
  await server.start()
  for (const [at, instance] of instances.entries()) {
    await checkRecovered(t, instance, before[1 - at] ?? '', `after-${at}`)
    t.same(await statusesOf(instance, lost.value, 1), { 401: 1 }, 'the database lacks the token')
  }
})

t.test(
  'instances register again after a crash of one process of the database',
  {
    skip: skipWithoutPrograms,
  },
  async t => {
    const { url } = await startDurableServer(t)
    const schema = 'emptied'
    const instances = await startInstances(t, { url, schema }, 2)
    const [one, other] = instances as [Instance, Instance]
    const registered = () =>
      runOn(url, `select id from ${schema}.instances where id <> 'unknown' order by id`)
    const before = await registered()
    const { body: token } = await one.api('POST', '/tenants/acme/tokens', {})
    // The log lacks these tables.
    await crash(url)
    const recovered = async () => (await registered().catch(() => [])).length === 2
    await until(recovered)
    t.same(await registered(), before)
    await until(async () => (await one.readiness()) === 200 && (await other.readiness()) === 200)
    const leaders = () =>
      runOn(url, `select distinct holder as id from ${schema}.leases where holder <> 'unknown'`)
    await until(async () => (await leaders()).length === 1)
    t.same(await statusesOf(other, token.value, 1), { 200: 1 })
    t.equal((await one.api('DELETE', `/tenants/acme/tokens/${token.id}`)).status, 204)
    for (const instance of instances) t.same(await statusesOf(instance, token.value, 100), { 401: 100 })
  },
)

t.test(
  'after a failover that loses changes, instances obey the database',
  { skip: skipWithoutPrograms },
  async t => {
    const primary = await startPostgresServer()
    t.teardown(primary.remove)
    const { proxy, location } = await throughProxy(t, { url: primary.url, schema: 'failing_over' })
    const behind = await startInstance(t, location)
    const standby = await startStandby(t, primary)
    const hosts = `postgres://postgres@localhost/postgres?host=${primary.folder},${standby.folder}&target_session_attrs=read-write`
    const choosing = await startInstance(t, { ...location, url: hosts })
    const both = [behind, choosing]
    const createToken = async () => (await behind.api('POST', '/tenants/acme/tokens', {})).body
    const statuses = (token: string, count: number) =>
      Promise.all(both.map(instance => statusesOf(instance, token, count)))
    const [deleted, later] = [await createToken(), await createToken()]

    await standby.stopReplication()
    const lost = await createToken()
    t.equal((await choosing.api('DELETE', `/tenants/acme/tokens/${deleted.id}`)).status, 204)
    t.same(await statuses(lost.value, 1), [{ 200: 1 }, { 200: 1 }])
    t.same(await statuses(deleted.value, 1), [{ 401: 1 }, { 401: 1 }])

    proxy.redirect(socketIn(standby.folder))
    await primary.crash()
    await standby.promote()
    for (const instance of both) {
      await until(async () => (await statusesOf(instance, deleted.value, 1))[200] === 1)
    }
    t.same(await statuses(lost.value, 500), [{ 401: 500 }, { 401: 500 }], 'the database lacks the token')
    t.same(await statuses(deleted.value, 20), [{ 200: 20 }, { 200: 20 }], 'its deletion was lost')
    // A deletion whose response was lost is 404 when it is repeated.
    const remove = async () => (await behind.api('DELETE', `/tenants/acme/tokens/${later.id}`)).status
    await until(async () => [204, 404].includes(await remove()))
    t.same(await statuses(later.value, 500), [{ 401: 500 }, { 401: 500 }], 'a deletion since then is obeyed')
    const [{ persistence } = {}, ...rows] = await runOn(
      standby.url,
      `select relpersistence::text as persistence from pg_class where oid = 'failing_over.instances'::regclass
      union all select id from failing_over.instances where id <> 'unknown'`,
    )
    t.same(
      [persistence, rows.length],
      ['u', 2],
      'both are registered in the table that the standby had empty',
    )
  },
)
