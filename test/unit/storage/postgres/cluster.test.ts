import t, { type Test } from 'tap'
import type { Term } from '../../../../src/domain/ports/leader.ts'
import { createHints } from '../../../../src/storage/postgres/cluster/hints.ts'
import {
  type ClusterTimes,
  createInstance,
  defaultTimes,
} from '../../../../src/storage/postgres/cluster/instance.ts'
import { leaderGuard, leaseNames } from '../../../../src/storage/postgres/cluster/leader.ts'
import {
  connectPostgres,
  createLane,
  openStatements,
  type Statements,
} from '../../../../src/storage/postgres/connect.ts'
import {
  ConnectionLostError,
  type DatabaseLocation,
  openConnection,
} from '../../../../src/storage/postgres/connection.ts'
import type { Statement } from '../../../../src/storage/postgres/statement.ts'
import { profileNamed } from '../../../contract/tenants.ts'
import { joinInstance, shareTables, until } from '../../../support/cluster.ts'
import { runOnServer, skipWithoutPostgres, throughProxy } from '../../../support/postgres.ts'

const skip = skipWithoutPostgres
const openTables = shareTables(t)
const shortTimes: ClusterTimes = { lease: 400, renewal: 100, poll: 20 }

async function connect(t: Test, location: DatabaseLocation) {
  const connection = await openConnection(location)
  t.teardown(() => connection.close())
  return connection
}

type Joined = Awaited<ReturnType<typeof joinInstance>>

const join = (t: Test, location: DatabaseLocation, count: number, isListening = true) =>
  Promise.all(
    Array.from({ length: count }, () =>
      joinInstance(t, location, { isListening, ...(!isListening && { times: shortTimes }) }),
    ),
  )

const outcomeOf = ({ tenants }: Joined, text: string): string => {
  const authentication = tenants.authenticate(text, 'acme', Date.now())
  return 'refusal' in authentication ? authentication.refusal : 'admitted'
}

const at = <Item>(items: readonly Item[], index: number): Item => items[index % items.length] as Item

for (const isListening of [true, false]) {
  const how = isListening ? 'with notifications' : 'by polling alone'
  t.test(`no instance accepts a token that any of them has deleted, ${how}`, { skip }, async t => {
    const location = await openTables()
    const instances = await join(t, location, 3, isListening)
    const tenant = await at(instances, 0).tenants.create({}, 'acme')
    const revocations = isListening ? 100 : 10
    const wrong: string[] = []
    for (let number = 0; number < revocations; number++) {
      const { text, token } = await at(instances, number).tenants.createToken(tenant)
      const before = instances.map(instance => outcomeOf(instance, text))
      await at(instances, number + 1).tenants.deleteToken(tenant, token.id)
      const after = instances.map(instance => outcomeOf(instance, text))
      wrong.push(...before.filter(outcome => outcome !== 'admitted'))
      wrong.push(...after.filter(outcome => outcome !== 'deleted'))
    }
    t.same(wrong, [])
  })
}

t.test('an instance stops serving two seconds after it last renewed its lease', { skip }, async t => {
  const direct = await openTables()
  const { proxy, location } = await throughProxy(t, direct)
  let now = 0
  const { cluster } = await joinInstance(t, location, { monotonic: () => now })
  t.equal(cluster.isServing(), true)
  proxy.interrupt()
  now = 1999
  t.equal(cluster.isServing(), true)
  now = 2000
  t.equal(cluster.isServing(), false)
  proxy.resume()
  await until(cluster.isServing)
})

const failures = [
  ['has lost its connections', 'interrupt'],
  ['gets no responses', 'freeze'],
] as const

for (const [what, fail] of failures) {
  t.test(`a change waits until an instance that ${what} has stopped serving`, { skip }, async t => {
    const direct = await openTables()
    const { proxy, location } = await throughProxy(t, direct)
    const lonely = await joinInstance(t, location, { times: shortTimes })
    const other = await joinInstance(t, direct, { times: shortTimes })
    const tenant = await other.tenants.create({}, 'acme')
    const { token, text } = await other.tenants.createToken(tenant)
    t.equal(outcomeOf(lonely, text), 'admitted')
    proxy[fail]()
    await other.tenants.deleteToken(tenant, token.id)
    t.equal(lonely.cluster.isServing(), false)
    t.equal(outcomeOf(lonely, text), 'admitted', 'it does not have the change')
    proxy.resume()
    await until(lonely.cluster.isServing)
    t.equal(outcomeOf(lonely, text), 'deleted', 'it has the change once it serves again')
  })
}

t.test('an outage is reported once, and lost statements fail', { skip }, async t => {
  const direct = await openTables()
  const { proxy, location } = await throughProxy(t, direct)
  let now = 0
  let outages = 0
  const connections = connectPostgres(location, { readers: 1, lanes: 0 })
  t.teardown(connections.close)
  const { cluster } = await joinInstance(t, location, {
    times: shortTimes,
    monotonic: () => now,
    onOutage() {
      outages++
      connections.reset()
    },
  })
  const read = () => connections.reads.query({ text: 'select 1 as one' })
  t.same(await read(), [{ one: 1 }])
  proxy.freeze()
  // Repeated on the next connection.
  const reading = read()
  now = 9999
  await until(() => !cluster.isServing())
  now = 10_000
  await until(() => outages > 0)
  proxy.resume()
  t.same(await reading, [{ one: 1 }])
  await until(cluster.isServing)
  t.equal(outages, 1)
})

t.test('a change without the database fails', { skip }, async t => {
  const { proxy, location } = await throughProxy(t, await openTables())
  const { tenants } = await joinInstance(t, location)
  proxy.interrupt()
  await t.rejects(tenants.create({}, 'acme'), { name: 'ConnectionLostError' })
  proxy.resume()
})

t.test(
  'a change waits for the lease of an instance that is gone, which is then forgotten',
  { skip },
  async t => {
    const direct = await openTables()
    const { proxy, location } = await throughProxy(t, direct)
    await joinInstance(t, location, { times: shortTimes })
    const survivor = await joinInstance(t, direct)
    proxy.interrupt()
    await survivor.tenants.create({}, 'acme')
    const connection = await connect(t, direct)
    t.same(await connection.query({ text: 'select id from instances' }), [{ id: survivor.cluster.instance }])
  },
)

t.test('a change waits for a restore of its tenant, and other changes do not', { skip }, async t => {
  const location = await openTables()
  const { cluster, tenants } = await joinInstance(t, location)
  const other = await joinInstance(t, location)
  await tenants.create({}, 'acme')
  const restore = await connect(t, location)
  await restore.execute(`begin; select 1 from tenants where id = 'acme' for update`)
  const updating = tenants.update('acme', { throttle: 'aws' })
  const observer = await connect(t, location)
  await until(async () => {
    const waiting = await observer.query({
      text: `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'select key from tenants%'`,
    })
    return waiting.length > 0
  })
  await other.tenants.create({}, 'other')
  t.ok(tenants.find('other'))
  const epoch = await cluster.nextEpoch(restore)
  await restore.query({ text: `update tenants set on_delete = 'remove', epoch = $1 where id = 'acme'` }, [
    epoch.number,
  ])
  await restore.execute('commit')
  await cluster.acknowledge(epoch)
  t.match(await updating, { settings: { throttle: 'aws', onDelete: 'remove' } })
  t.same(other.tenants.find('acme')?.settings, tenants.find('acme')?.settings)
})

t.test('an instance that was given up reads everything again', { skip }, async t => {
  const location = await openTables()
  const [first, second] = await join(t, location, 2)
  if (!first || !second) return
  await first.tenants.create({}, 'acme')
  // As if it had been away until no trace of the changes is left.
  await runOnServer(`
    delete from ${location.schema}.instances where id = '${second.cluster.instance}';
    delete from ${location.schema}.tenants;
    insert into ${location.schema}.tenants (id, profile, on_delete, throttle, switches, clock_offset, created)
      values ('other', 'aws', 'retain', 'off', '{}', 0, 0)`)
  await until(() => second.tenants.find('other') !== undefined)
  t.same(
    second.tenants.list().map(({ id }) => id),
    ['other'],
  )
})

/** As a server does that lacks the last change and has made others since: their numbers are the same, or higher. */
const loseLastChange = (schema: string | undefined, others: number) =>
  runOnServer(`
    delete from ${schema}.tokens where epoch = (select n from ${schema}.epochs);
    delete from ${schema}.epoch_marks where n = (select n from ${schema}.epochs);
    insert into ${schema}.epoch_marks select n + x, gen_random_uuid() from ${schema}.epochs, generate_series(0, ${others - 1}) x;
    update ${schema}.epochs set n = n + ${others - 1}`)

for (const others of [1, 3]) {
  t.test(`a database that lost a change and has ${others} others is noticed`, { skip }, async t => {
    const location = await openTables()
    const [first, second] = await join(t, location, 2)
    if (!first || !second) return
    let losses = 0
    first.cluster.onLostCommits(() => losses++)
    const tenant = await first.tenants.create({}, 'acme')
    const { text } = await second.tenants.createToken(tenant)
    t.same([outcomeOf(first, text), outcomeOf(second, text)], ['admitted', 'admitted'])
    await loseLastChange(location.schema, others)
    await until(() => outcomeOf(first, text) === 'unknown' && outcomeOf(second, text) === 'unknown')
    t.equal(losses, 1)
    const later = await second.tenants.createToken(tenant)
    t.equal(outcomeOf(first, later.text), 'admitted')
  })
}

t.test('a change that the database has lost is not acknowledged', { skip }, async t => {
  const location = await openTables()
  const { cluster } = await joinInstance(t, location)
  const connection = await connect(t, location)
  const epoch = await cluster.nextEpoch(connection)
  await cluster.acknowledge(epoch)
  await loseLastChange(location.schema, 1)
  await t.rejects(cluster.acknowledge(epoch), { name: 'ConnectionLostError', message: /has lost the change/ })
})

t.test('changes by an instance of an earlier version, which have no mark, are read', { skip }, async t => {
  const location = await openTables()
  const [first, second] = await join(t, location, 2)
  if (!first || !second) return
  await first.tenants.create({}, 'acme')
  await runOnServer(`
    update ${location.schema}.epochs set n = n + 1;
    update ${location.schema}.tenants set throttle = 'aws', epoch = (select n from ${location.schema}.epochs)`)
  await until(() => second.tenants.find('acme')?.settings.throttle === 'aws')
  await first.tenants.update('acme', { onDelete: 'remove' })
  t.match(second.tenants.find('acme')?.settings, { throttle: 'aws', onDelete: 'remove' })
})

t.test(
  'an instance that cannot serve a tenant of a later version reports it and stops serving',
  { skip },
  async t => {
    const location = await openTables()
    const errors: unknown[] = []
    const earlier = await joinInstance(t, location, {
      times: shortTimes,
      onError: error => errors.push(error),
    })
    const later = await joinInstance(t, location, {
      times: shortTimes,
      profileNamed: (name, _switches, declared) => profileNamed(name, {}, declared),
    })
    await later.tenants.create({ switches: { 'no/such-switch': 'on' } }, 'acme')
    await later.tenants.create({}, 'other')
    t.equal(earlier.cluster.isServing(), false)
    await later.tenants.remove('acme')
    await until(earlier.cluster.isServing)
    t.match(errors, [{ message: /no\/such-switch/ }])
    t.equal(errors.length, 1)
    t.same(
      earlier.tenants.list().map(({ id }) => id),
      ['other'],
    )
  },
)

t.test('an instance that leaves is not waited for', { skip }, async t => {
  const location = await openTables()
  const [first, second] = await join(t, location, 2)
  await second?.cluster.close()
  await first?.tenants.create({}, 'acme')
  const connection = await connect(t, location)
  t.same(await connection.query({ text: 'select id from instances' }), [{ id: first?.cluster.instance }])
})

t.test('the clock is that of the database, whatever the own one is', { skip }, async t => {
  const location = await openTables()
  const { cluster } = await joinInstance(t, location, { monotonic: () => performance.now() + 1e9 })
  const connection = await connect(t, location)
  const readClock = async () => {
    const [row] = await connection.query<{ readonly now: number }>({
      text: 'select extract(epoch from clock_timestamp()) * 1000 as now',
    })
    return row?.now ?? 0
  }
  const before = await readClock()
  const now = cluster.now()
  const after = await readClock()
  t.ok(now >= before - 1000 && now <= after + 1000, `${before} ${now} ${after}`)
})

t.test('uses of a token add up over the instances', { skip }, async t => {
  const location = await openTables()
  const [first, second] = await join(t, location, 2)
  if (!first || !second) return
  const tenant = await first.tenants.create({}, 'acme')
  const { token, text } = await first.tenants.createToken(tenant)
  const use = ({ tenants }: Joined, at: number) => tenants.authenticate(text, 'acme', token.created + at)
  for (let number = 1; number <= 10; number++) use(first, number)
  for (let number = 1; number <= 5; number++) use(second, 100)
  await Promise.all([first.tables.exchangeUses(), second.tables.exchangeUses()])
  // Uses in between do not get lost.
  use(first, 50)
  await first.tables.exchangeUses()
  await second.tables.exchangeUses()
  const used = { ...token, uses: 16, lastUsed: token.created + 100 }
  t.same(first.tenants.tokens(tenant), [used])
  t.same(second.tenants.tokens(tenant), [used])
  await first.tenants.setClock('acme', 1000)
  t.same(second.tenants.tokens(tenant), [used])
})

t.test('the data of a deleted tenant is deleted once no instance serves it', { skip }, async t => {
  const location = await openTables()
  const other = await joinInstance(t, location)
  const cleared: unknown[] = []
  const { tenants } = await joinInstance(t, location, {
    clear: async tenant => {
      cleared.push([tenant, other.tenants.find('acme')])
    },
  })
  const { key } = await tenants.create({}, 'acme')
  t.equal(await tenants.remove('acme'), true)
  t.equal(await tenants.remove('acme'), false)
  t.same(cleared, [[{ key, id: 'acme' }, undefined]])
})

t.test('an interrupted deletion is completed by another instance', { skip }, async t => {
  const location = await openTables()
  const first = await joinInstance(t, location, {
    clear: async () => {
      throw new Error('The process was killed.')
    },
  })
  const { key } = await first.tenants.create({}, 'acme')
  await t.rejects(first.tenants.remove('acme'), /killed/)
  await t.rejects(first.tenants.create({}, 'acme'), { reason: 'taken', message: /still being deleted/ })
  await first.tenants.close()
  await runOnServer(`update ${location.schema}.removed_tenants set at = at - interval '1 minute'`)
  const cleared: unknown[] = []
  const second = await joinInstance(t, location, {
    clear: async tenant => {
      cleared.push(tenant)
    },
  })
  await until(() =>
    second.tenants.create({}, 'acme').then(
      () => true,
      () => false,
    ),
  )
  t.same(cleared, [{ key, id: 'acme' }])
})

/** Records who leads, in order. */
function recordTerms() {
  const terms: { readonly leader: string; readonly term: Term; readonly signal: AbortSignal }[] = []
  const lead = (leader: string, { cluster }: Joined) =>
    cluster.leader.lead(async (term, signal) => {
      terms.push({ leader, term, signal })
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    })
  return { terms, lead }
}

/** Two instances, of which the first leads. */
async function joinTwo(
  t: Test,
  [locationOfFirst, location]: readonly [DatabaseLocation, DatabaseLocation],
  times = defaultTimes,
) {
  const { terms, lead } = recordTerms()
  const first = await joinInstance(t, locationOfFirst, { times })
  const stop = lead('first', first)
  await until(() => terms.length === 1)
  const second = await joinInstance(t, location, { times })
  lead('second', second)
  return { first, second, terms, stop }
}

t.test('another instance leads when the leader leaves, with a higher number', { skip }, async t => {
  const location = await openTables()
  const { first, second, terms, stop } = await joinTwo(t, [location, location])
  t.equal(at(terms, 0).signal.aborted, false)
  await stop()
  t.equal(at(terms, 0).signal.aborted, true, 'work that is withdrawn ends')
  await first.tenants.close()
  await until(() => terms.length === 2)
  t.same(
    terms.map(({ leader, term }) => [leader, term]),
    [
      ['first', { number: 1, holder: first.cluster.instance }],
      ['second', { number: 2, holder: second.cluster.instance }],
    ],
  )
})

t.test('work that is added later begins at once on the leader', { skip }, async t => {
  const location = await openTables()
  const { first, terms } = await joinTwo(t, [location, location])
  const numbers: number[] = []
  first.cluster.leader.lead(async ({ number }) => void numbers.push(number))
  t.same([numbers, terms.length], [[1], 1])
})

t.test('a leader without the database stops before another instance leads', { skip }, async t => {
  const direct = await openTables()
  const { proxy, location } = await throughProxy(t, direct)
  const { terms } = await joinTwo(t, [location, direct], shortTimes)
  proxy.interrupt()
  await until(() => terms.length === 2)
  t.same([at(terms, 0).signal.aborted, at(terms, 1).leader], [true, 'second'])
  proxy.resume()
})

t.test("a former leader's transaction is rejected, and one under way is waited for", { skip }, async t => {
  const location = await openTables()
  const { proxy, location: interruptible } = await throughProxy(t, location)
  const { first, second, terms } = await joinTwo(t, [interruptible, location], shortTimes)
  const connection = await connect(t, location)
  const { values, ...guard } = leaderGuard(at(terms, 0).term)
  const mayWrite = async () => (await connection.query(guard, values)).length > 0

  await connection.execute('begin')
  t.equal(await mayWrite(), true)
  proxy.interrupt()
  const observer = await connect(t, location)
  await until(async () => {
    const ended = await observer.query({
      text: `select 1 from leases where name = 'leader' and until < clock_timestamp()`,
    })
    return ended.length > 0
  })
  await second.cluster.look()
  t.equal(terms.length, 1, 'the transaction keeps the lease')
  t.equal(first.cluster.isServing(), false)
  await connection.execute('commit')
  await until(() => terms.length === 2)
  t.equal(await mayWrite(), false)
  t.equal(at(terms, 1).term.number, 2)
})

t.test('work that fails is started again', { skip }, async t => {
  const location = await openTables()
  const errors: unknown[] = []
  const { cluster } = await joinInstance(t, location, {
    times: shortTimes,
    onError: error => errors.push(error),
  })
  const numbers: number[] = []
  cluster.leader.lead(async ({ number }, signal) => {
    numbers.push(number)
    if (number === 1) throw new Error('broken')
    await new Promise(resolve => signal.addEventListener('abort', resolve))
  })
  await until(() => numbers.length === 2)
  t.match(errors, [{ message: 'broken' }])
  t.same(numbers, [1, 2])
})

const leasesOfEarlierReleases = leaseNames.filter(name => name !== 'leader')

/** What an instance of an earlier release does to get a lease. */
const acquireAsEarlier = (schema: string | undefined, name: string) =>
  runOnServer(`
    update ${schema}.leases set holder = 'earlier', number = number + 1, until = clock_timestamp() + interval '1 minute'
    where name = '${name}' and (holder is null or until < clock_timestamp()) returning number`)

t.test('an instance of an earlier release gets no lease while another one leads', { skip }, async t => {
  const location = await openTables()
  const { cluster } = await joinInstance(t, location)
  const { terms, lead } = recordTerms()
  lead('later', { cluster } as Joined)
  await until(() => terms.length === 1)
  for (const name of leasesOfEarlierReleases) {
    t.same(await acquireAsEarlier(location.schema, name), [], name)
  }
})

for (const name of leasesOfEarlierReleases) {
  t.test(`no instance leads while one of an earlier release has the lease ${name}`, { skip }, async t => {
    const location = await openTables()
    await acquireAsEarlier(location.schema, name)
    const joined = await joinInstance(t, location, { times: shortTimes })
    const { terms, lead } = recordTerms()
    lead('later', joined)
    // Three renewals, each of which would make it the leader.
    for (let renewal = 0; renewal < 3; renewal++) await joined.cluster.look()
    t.same(terms, [])
    await runOnServer(`update ${location.schema}.leases set holder = null where name = '${name}'`)
    await until(() => terms.length === 1)
  })
}

/** As a crash of the database does, which does not restart the server. */
const emptyUnlogged = (schema: string | undefined) =>
  runOnServer(`delete from ${schema}.instances; delete from ${schema}.leases; delete from ${schema}.bulletin`)

t.test(
  'after a crash of the database, changes wait for instances that it does not know',
  { skip },
  async t => {
    const direct = await openTables()
    const { proxy, location } = await throughProxy(t, direct)
    const unknown = await joinInstance(t, location)
    const survivor = await joinInstance(t, direct)
    const tenant = await survivor.tenants.create({}, 'acme')
    const { token, text } = await survivor.tenants.createToken(tenant)
    proxy.freeze()
    await emptyUnlogged(direct.schema)
    await survivor.tenants.deleteToken(tenant, token.id)
    t.equal(unknown.cluster.isServing(), false, 'its lease is over')
    proxy.resume()
    await until(unknown.cluster.isServing)
    t.equal(outcomeOf(unknown, text), 'deleted')
    const ids = await runOnServer(
      `select id from ${direct.schema}.instances where id <> 'unknown' order by id`,
    )
    t.same(ids, [unknown, survivor].map(({ cluster }) => ({ id: cluster.instance })).toSorted(byId))
  },
)

const byId = (one: { readonly id: string }, other: { readonly id: string }) => (one.id < other.id ? -1 : 1)

t.test('after a crash of the database, no instance leads while an unknown one may', { skip }, async t => {
  const direct = await openTables()
  const { proxy, location } = await throughProxy(t, direct)
  const { first, terms } = await joinTwo(t, [location, direct])
  proxy.freeze()
  await emptyUnlogged(direct.schema)
  await until(() => terms.length === 2)
  t.same([at(terms, 0).signal.aborted, at(terms, 1).leader], [true, 'second'])
  proxy.resume()
  await until(first.cluster.isServing)
})

t.test('events reach the other instances once, in order', { skip }, async t => {
  const location = await openTables()
  const instances = await join(t, location, 3)
  const received = instances.map(({ cluster }) => {
    const events: unknown[] = []
    cluster.bulletin.subscribe(event => events.push(event))
    return events
  })
  const events = Array.from({ length: 20 }, (_, number) => ({ kind: 'cycle', number }))
  for (const event of events) at(instances, 0).cluster.bulletin.publish(event)
  await until(() => received.filter(each => each.length >= events.length).length === 2)
  // Later ones, and the same ones again.
  at(instances, 1).cluster.bulletin.publish({ kind: 'last' })
  await until(() =>
    received.every(
      each => each.some(event => (event as { kind: string }).kind === 'last') || each === received[1],
    ),
  )
  t.same(received, [[{ kind: 'last' }], events, [...events, { kind: 'last' }]])
})

t.test('notifications arrive again after their connection was lost', { skip }, async t => {
  const location = await openTables()
  const hour = 60 * 60 * 1000
  // Nothing is found by polling.
  const times = { lease: hour, renewal: hour, poll: hour }
  const first = await joinInstance(t, location, { times })
  const second = await joinInstance(t, location, { times })
  await first.tenants.create({}, 'acme')
  t.ok(second.tenants.find('acme'))
  await runOnServer(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen scimulator%'`,
  )
  await first.tenants.create({}, 'other')
  t.ok(second.tenants.find('other'))
})

t.test(
  'hints of the same moment are one notification, and none for the instance itself',
  { skip },
  async t => {
    const location = await openTables()
    const statements = openStatements(location, 10_000)
    const connected: string[] = []
    const received: string[] = []
    const open = (instance: string) => {
      const hints = createHints({ location, instance, statements, isListening: true })
      for (const topic of ['rows', 'leases', 'events'] as const) {
        hints.subscribe(topic, () => {
          if (connected.length < 6) connected.push(instance)
          else received.push(`${instance} ${topic}`)
        })
      }
      return hints
    }
    const sender = open('sender')
    const receiver = open('receiver')
    t.teardown(async () => {
      await Promise.all([sender.close(), receiver.close()])
      await statements.close()
    })
    await until(() => connected.length === 6)
    for (let number = 0; number < 1000; number++) sender.send('rows')
    await until(() => received.length > 0)
    sender.send('events')
    sender.send('leases')
    await until(() => received.includes('receiver events'))
    t.same(received, ['receiver rows', 'receiver leases', 'receiver events'])
  },
)

t.test(
  'after a restart of the database, rows are read until that succeeds, and only then served',
  async t => {
    let serverStart = 1
    let isFailing = false
    const calls: string[] = []
    const now = Date.now()
    const last = { number: 1, mark: 'one' }
    const rowOf = (sql: string): unknown => {
      if (sql.includes('update instances')) {
        return { ...last, isContinued: true, serverStart, now, hasEvents: false, hasChores: false }
      }
      if (sql.includes('migration_lock')) return { held: 0 }
      return sql.includes('from epochs') ? { ...last, now } : undefined
    }
    const query = async <Row>({ text }: Statement) => [rowOf(text)].filter(row => row !== undefined) as Row[]
    const statements: Statements = {
      query,
      snapshot: async () => [],
      lane: createLane(() => Promise.reject(new ConnectionLostError('There is none.'))),
      close: async () => {},
    }
    let time = 0
    const instance = createInstance({
      statements,
      register: {
        add() {},
        seen: () => last,
        async readAll() {
          calls.push('read')
          if (isFailing) throw new ConnectionLostError('It was lost again.')
        },
        readChanges: async () => true,
      },
      leader: { term: () => -1, renewed() {}, restart() {}, look() {} },
      bulletin: { readUntil: () => undefined, renewed() {} },
      ...{ onNews() {}, isHinted: () => true },
      ...{ times: defaultTimes, migration: '0001', monotonic: () => time, onError() {}, onOutage() {} },
      onLostCommits: () => void calls.push('lost'),
    })
    t.teardown(instance.leave)
    await instance.join()
    calls.length = 0
    serverStart = 2
    isFailing = true
    time += defaultTimes.lease
    await instance.renewNow()
    t.equal(instance.isServing(), false)
    isFailing = false
    await instance.renewNow()
    t.same(calls, ['read', 'read', 'lost'])
    t.equal(instance.isServing(), true)
  },
)
