import t, { type Test } from 'tap'
import { createRequestIdGenerator } from '../../../../src/domain/journal/request-id.ts'
import type { AnalysisEvent, AnalyzedBatch } from '../../../../src/domain/ports/analysis.ts'
import type { Journal } from '../../../../src/domain/ports/journal.ts'
import type { Tenant } from '../../../../src/domain/tenants/tenant.ts'
import { createAnalysisWorker } from '../../../../src/insight/analysis/worker.ts'
import { createAnalysisEvents } from '../../../../src/storage/postgres/analysis.ts'
import { anExchange } from '../../../contract/journal.ts'
import { joinInstance, until } from '../../../support/cluster.ts'
import { skipWithoutPostgres } from '../../../support/postgres.ts'
import { createTables, openPostgresJournal, ownTerm } from '../../../support/postgres-journal.ts'

const skip = skipWithoutPostgres

const sent = (number: number, rest = {}) => anExchange(number, { tenant: 'acme', ...rest })

/** The analysis of all exchanges that wait: each has a finding. */
async function analyze(journal: Journal): Promise<AnalyzedBatch> {
  const rows = await journal.unanalyzed(100)
  return {
    items: rows.map(({ position, exchange }) => ({
      position,
      exchange: { ...exchange, notes: { client: 'entra', findings: ['client/odd'] } },
      findings: [{ id: 'client/odd', detail: 'It is odd.' }],
      steps: [],
    })),
    cycles: [],
    tokenClients: [],
    steps: [],
  }
}

t.test('a batch is rejected once another instance is the leader', { skip }, async t => {
  const { location, connection } = await createTables(t)
  const { journal, analysis } = openPostgresJournal(t, location)
  journal.record(sent(1))
  const batch = await analyze(journal)
  const { generation } = await analysis.state()
  await connection.execute('update leases set number = 2')
  t.equal(await analysis.saveBatch(batch, generation, ownTerm), undefined)
  t.same(await analysis.findings(), [])
  t.match(await analysis.saveBatch(batch, generation, { ...ownTerm, number: 2 }), {
    items: batch.items,
  })
})

t.test(
  'a batch of an earlier generation is rejected, whichever instance deleted the results',
  { skip },
  async t => {
    const { location } = await createTables(t)
    const { journal, analysis } = openPostgresJournal(t, location)
    const { analysis: other } = openPostgresJournal(t, location)
    journal.record(sent(1, { tenant: 'other' }))
    const batch = await analyze(journal)
    const { generation } = await analysis.state()
    await other.clear('acme')
    t.equal(await analysis.saveBatch(batch, generation, ownTerm), undefined)
    t.match(await journal.unanalyzed(1), [{ exchange: { id: 'exchange-1' } }])
  },
)

t.test('a pruning waits for a batch under way, and deletes its results', { skip }, async t => {
  const { location, connection } = await createTables(t)
  const { journal, analysis } = openPostgresJournal(t, location, { retention: { count: 0, days: 100 } })
  const { journal: other } = openPostgresJournal(t, location, { retention: { count: 0, days: 100 } })
  journal.record(sent(1))
  const batch = await analyze(journal)
  const { generation } = await analysis.state()
  // Results are stored after this transaction.
  await connection.execute('begin; lock table findings in share mode')
  const saved = analysis.saveBatch(batch, generation, ownTerm)
  const pruned = other.prune(batch.items[0]?.exchange.at ?? 0)
  await connection.execute('commit')
  t.match(await saved, { items: batch.items })
  await pruned
  await other.prune(batch.items[0]?.exchange.at ?? 0)
  t.same(await analysis.findings(), [])
  t.match(await journal.extent(), { exchanges: 0 })
})

t.test('texts that PostgreSQL cannot store are replaced', { skip }, async t => {
  const { location } = await createTables(t)
  const { journal, analysis } = openPostgresJournal(t, location)
  journal.record(sent(1))
  const { items, ...batch } = await analyze(journal)
  const found = { id: 'client/odd', subject: 'a\0', detail: '\ud800' }
  const cycle = {
    id: 'exchange-1',
    tenant: 'acme',
    kind: 'cycle',
    client: 'entra',
    userAgent: 'a\0',
    ...{ started: 1, tenantStarted: 1, last: 1, tenantLast: 1 },
    ...{ requests: 1, created: 0, changed: 0, disabled: 0, deleted: 0, failed: 0 },
  } as const
  const { generation } = await analysis.state()
  await analysis.saveBatch(
    { ...batch, cycles: [cycle], items: items.map(item => ({ ...item, findings: [found] })) },
    generation,
    ownTerm,
  )
  t.same(await analysis.findingsAbout('exchange-1'), [{ ...found, subject: 'a\ufffd', detail: '\ufffd' }])
  t.same(await analysis.cycle('exchange-1'), { ...cycle, userAgent: 'a\ufffd' })
})

/** An instance that analyzes while it is the leader. */
async function startInstance(t: Test, location: Awaited<ReturnType<typeof createTables>>['location']) {
  const { cluster, tenants } = await joinInstance(t, location)
  const { journal, analysis: store } = openPostgresJournal(t, location)
  const diagnosed: string[] = []
  const worker = createAnalysisWorker({
    journal,
    store,
    leader: cluster.leader,
    readsAtOnce: 4,
    others: createAnalysisEvents(cluster),
    tenants: { find: id => ({ id, created: 0 }) as Tenant },
    diagnose: ({ id }) => {
      diagnosed.push(id)
      return []
    },
    onError: error => t.error(error),
  })
  const stop = async () => {
    await worker.stop()
    await tenants.close()
    await cluster.close()
  }
  t.teardown(stop)
  const events: AnalysisEvent[] = []
  const eventsHere: AnalysisEvent[] = []
  worker.subscribe(event => events.push(event))
  worker.subscribeHere(event => eventsHere.push(event))
  worker.start()
  return { journal, worker, diagnosed, events, eventsHere, stop }
}

t.test(
  'one of several instances analyzes the exchanges of all, and another one when it stops',
  { skip },
  async t => {
    const { location, connection } = await createTables(t)
    await connection.execute('update leases set holder = null')
    const instances = [await startInstance(t, location), await startInstance(t, location)]
    const [one, other] = instances as [(typeof instances)[0], (typeof instances)[0]]
    for (const [number, { journal }] of [one, other, one, other].entries()) journal.record(sent(number))
    await Promise.all(instances.map(({ journal }) => journal.flush()))
    for (const { worker } of instances) t.equal(await worker.caughtUp(60_000), true)
    const holders = instances.filter(({ diagnosed }) => diagnosed.length > 0)
    t.equal(holders.length, 1)
    t.same(
      holders[0]?.diagnosed.toSorted(),
      [0, 1, 2, 3].map(number => `exchange-${number}`),
    )
    await holders[0]?.stop()
    const heir = instances.find(instance => instance !== holders[0])
    heir?.journal.record(sent(4))
    t.equal(await heir?.worker.caughtUp(60_000), true)
    t.same(heir?.diagnosed, ['exchange-4'])
  },
)

t.test('the events of the analysis reach each instance, once', { skip }, async t => {
  const { location, connection } = await createTables(t)
  await connection.execute('update leases set holder = null')
  const holder = await startInstance(t, location)
  holder.journal.record(sent(1))
  t.equal(await holder.worker.caughtUp(60_000), true)
  const other = await startInstance(t, location)
  holder.journal.record(sent(2))
  holder.journal.record(sent(3))
  t.equal(await holder.worker.caughtUp(60_000), true)
  const analyzed = (events: readonly AnalysisEvent[]) =>
    events.flatMap(event => (event.kind === 'analyzed' ? event.items : []))
  await until(() => analyzed(other.events).length >= 2)
  t.same(analyzed(other.events), analyzed(holder.events).slice(1), 'with the notes')
  await until(() => other.events.some(({ kind }) => kind === 'cycle'))
  t.match(
    other.events.find(({ kind }) => kind === 'cycle'),
    { cycle: { id: 'exchange-1' } },
  )
  t.same(other.eventsHere, [])
  t.same(holder.eventsHere, holder.events)
})

t.test(
  'an exchange is analyzed once the other instances have written what may precede it',
  { skip },
  async t => {
    const { location } = await createTables(t)
    const { cluster } = await joinInstance(t, location)
    const other = await joinInstance(t, location)
    const { journal } = openPostgresJournal(t, location, {
      others: { ...cluster, askWritten: () => cluster.hints.send('written') },
    })
    const now = cluster.now()
    const nextId = createRequestIdGenerator()
    const record = (at: number) => journal.record(anExchange(at, { id: nextId(at), at }))
    const unsettled = async () => (await journal.unanalyzed(10)).map(({ isUnsettled = false }) => isUnsettled)
    record(now - 10_000)
    record(now)
    record(now + 10_000)
    t.same(await unsettled(), [false, true, true], 'nothing is reported yet: half a second is enough')

    let writtenUntil = now - 20_000
    other.cluster.reportWritten({ flush: async () => {}, writtenUntil: () => writtenUntil })
    await until(async () => (await unsettled()).every(Boolean))
    writtenUntil = now + 1
    await until(async () => !(await unsettled())[0])
    t.same(await unsettled(), [false, false, true])
    await other.cluster.close()
    t.same(await unsettled(), [false, false, false], 'one instance has nothing to wait for')
  },
)

t.test(
  'an instance reports as written what comes before everything that it still has to write',
  { skip },
  async t => {
    const { location } = await createTables(t)
    let now = 50_000
    const { journal } = openPostgresJournal(t, location, {
      others: { instance: 'this', now: () => now, clockError: () => 3, askWritten: () => {} },
    })
    t.equal(journal.writtenUntil(), 49_997)
    const labelled = Promise.withResolvers<void>()
    journal.announce(labelled.promise)
    now = 60_000
    t.equal(journal.writtenUntil(), 50_000, 'it waits for the label of its target')
    journal.record(anExchange(1, { at: 45_000 }))
    t.equal(journal.writtenUntil(), 45_000)
    await journal.flush()
    t.equal(journal.writtenUntil(), 50_000)
    labelled.resolve()
    await labelled.promise
    await until(() => journal.writtenUntil() === 59_997)
  },
)
