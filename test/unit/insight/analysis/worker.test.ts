import t, { type Test } from 'tap'
import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import type { AnalysisEvent } from '../../../../src/domain/ports/analysis.ts'
import { UnavailableError } from '../../../../src/domain/ports/database.ts'
import type { Retention } from '../../../../src/domain/ports/journal.ts'
import type { Leader, Term } from '../../../../src/domain/ports/leader.ts'
import { createOnlyInstance } from '../../../../src/domain/ports/leader.ts'
import type { Tenant } from '../../../../src/domain/tenants/tenant.ts'
import type { DiagnoseExchange } from '../../../../src/insight/analysis/batch.ts'
import { createAnalysisWorker } from '../../../../src/insight/analysis/worker.ts'
import { createSqliteAnalysis } from '../../../../src/storage/sqlite/analysis.ts'
import { createJournal } from '../../../../src/storage/sqlite/journal.ts'
import { anExchange, plenty } from '../../../contract/journal.ts'
import { openTestJournal } from '../../../support/journal-database.ts'

const token = { id: 't1', ending: 'k3f9' }
const sent = (number: number, rest: Partial<Exchange> = {}): Exchange =>
  anExchange(number, { tenant: 'acme', token, ...rest })

const odd: DiagnoseExchange = ({ id }) => [{ id: 'client/odd', subject: id, detail: 'It is odd.' }]

type Options = {
  readonly path?: string
  readonly diagnose?: DiagnoseExchange
  readonly retention?: Retention
  /** Simulates a failure of the table. */
  readonly refuses?: string
  /** The first batch is not saved because of it. */
  readonly outage?: UnavailableError
  readonly leader?: Leader
  readonly readsAtOnce?: number
}

/** A journal and its analysis over a real database. */
function openAnalysis(t: Test, options: Options = {}) {
  const { path, diagnose = odd, retention = plenty, refuses, leader = createOnlyInstance() } = options
  const { readsAtOnce = 1, outage } = options
  const { db, connections } = openTestJournal({ retention, ...(path !== undefined && { path }) })
  if (refuses !== undefined) {
    db.exec(`create trigger refuse before insert on findings when new.detail = '${refuses}'
      begin select raise(abort, 'refused'); end`)
  }
  const journal = createJournal(connections)
  const store = createSqliteAnalysis(connections)
  let isAway = outage !== undefined
  const saveBatch: typeof store.saveBatch = async (...batch) => {
    if (!isAway) return store.saveBatch(...batch)
    isAway = false
    throw outage
  }
  const trouble: unknown[] = []
  const events: AnalysisEvent[] = []
  const worker = createAnalysisWorker({
    journal,
    store: { ...store, saveBatch },
    leader,
    readsAtOnce,
    tenants: { find: id => ({ id, created: 0 }) as Tenant },
    diagnose,
    onError: (error, exchange) => trouble.push([error instanceof Error ? error.message : error, exchange]),
  })
  worker.subscribe(event => events.push(event))
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await worker.stop()
    await connections.close()
  }
  t.teardown(close)
  return { worker, journal, trouble, events, close, clear: store.clear }
}

const notesOf = async ({ journal }: Pick<ReturnType<typeof openAnalysis>, 'journal'>) =>
  (await journal.page({ limit: 100 })).items.map(({ id, notes }) => [id, notes])

t.test('cycle, dialect and findings of each exchange are stored', async t => {
  const body = JSON.stringify({ Operations: [{ op: 'Add', path: 'title', value: 'x' }] })
  const opened = openAnalysis(t)
  opened.worker.start()
  opened.journal.record(sent(1))
  opened.journal.record(sent(2, { method: 'PATCH', request: { headers: {}, body } }))
  opened.journal.record(sent(3))
  opened.journal.record(anExchange(4))
  t.equal(await opened.worker.caughtUp(10_000), true)
  const findings = ['client/odd']
  t.same(await notesOf(opened), [
    ['exchange-4', { client: 'ad-hoc', findings: [] }],
    ['exchange-3', { client: 'entra', findings, cycle: 'exchange-1', dialect: 'default' }],
    [
      'exchange-2',
      {
        client: 'entra',
        recognized: { product: 'entra', evidence: 'shaped' },
        findings,
        cycle: 'exchange-1',
        dialect: 'default',
      },
    ],
    // The client was not known yet.
    ['exchange-1', { client: 'ad-hoc', findings, cycle: 'exchange-1' }],
  ])
  t.equal(await opened.worker.pendingCount(), 0)
})

t.test('results are published, and findings that are new for a tenant', async t => {
  const { worker, journal, events } = openAnalysis(t)
  worker.start()
  for (const exchange of [sent(1), sent(2), sent(3, { tenant: 'other' })]) journal.record(exchange)
  await worker.caughtUp(10_000)
  const published = events
    .flatMap(event => (event.kind === 'analyzed' ? event.items : []))
    .map(({ id }) => id)
  t.same(published, ['exchange-1', 'exchange-2', 'exchange-3'])
  const firsts = events.flatMap(event => (event.kind === 'finding' ? [event] : []))
  t.match(firsts, [
    { tenant: 'acme', exchange: 'exchange-1', finding: { id: 'client/odd', subject: 'exchange-1' } },
    { tenant: 'other', exchange: 'exchange-3' },
  ])
  t.equal(firsts.length, 2)
  const cycles = events.flatMap(event => (event.kind === 'cycle' ? [event.cycle] : []))
  t.match(
    cycles.findLast(({ tenant }) => tenant === 'acme'),
    { id: 'exchange-1', requests: 2 },
  )
})

t.test('findings are grouped, with the newest five as evidence', async t => {
  const { worker, journal } = openAnalysis(t, {
    diagnose: ({ tenant, url }) =>
      tenant === 'other'
        ? []
        : [{ id: 'client/odd', detail: 'It is odd.', ...(url === '/x' && { subject: 'x' }) }],
  })
  worker.start()
  for (let number = 1; number <= 7; number++)
    journal.record(sent(number, { at: number, ...(number > 4 && { url: '/x' }) }))
  journal.record(sent(8, { tenant: 'other' }))
  await worker.caughtUp(10_000)
  const evidence = (number: number) => ({
    exchange: `exchange-${number}`,
    at: number,
    tenantTime: sent(number).tenantTime,
    detail: 'It is odd.',
  })
  const tally = {
    id: 'client/odd',
    tenant: 'acme',
    origin: 'ad-hoc',
    count: 7,
    subjects: 1,
    first: 1,
    last: 7,
    evidence: [7, 6, 5, 4, 3].map(number => ({ ...evidence(number), ...(number > 4 && { subject: 'x' }) })),
    trend: [{ cycle: 'exchange-1', started: 1, count: 7 }],
  }
  t.same(await worker.findings(), [tally])
  t.same(await worker.findings('acme'), [tally])
  t.same(await worker.findings('other'), [])
  t.same(await worker.findingCounts(), [{ tenant: 'acme', id: 'client/odd', origin: 'ad-hoc', count: 7 }])
})

t.test('findings are grouped even if they exceed one slice of reading', async t => {
  const twice: DiagnoseExchange = ({ id }) =>
    [1, 2, 3].map(number => ({ id: 'client/odd', subject: `${id}-${number % 2}`, detail: 'It is odd.' }))
  const { worker, journal } = openAnalysis(t, { diagnose: twice })
  worker.start()
  for (let number = 1; number <= 1400; number++) journal.record(sent(number, { at: number }))
  await worker.caughtUp(60_000)
  t.match(await worker.findings(), [{ count: 4200, subjects: 2800, first: 1, last: 1400 }])
})

t.test('the analysis resumes after a restart, even within a cycle', async t => {
  const path = `${t.testdir()}/analysis.db`
  const diagnosed: string[] = []
  const diagnose: DiagnoseExchange = ({ id }) => {
    diagnosed.push(id)
    return []
  }
  const first = openAnalysis(t, { path, diagnose })
  first.worker.start()
  for (let number = 1; number <= 3; number++) first.journal.record(sent(number))
  await first.worker.caughtUp(10_000)
  await first.worker.stop()
  first.journal.record(sent(4))
  await first.close()

  const second = openAnalysis(t, { path, diagnose })
  t.equal(await second.worker.pendingCount(), 1)
  second.worker.start()
  second.journal.record(sent(5))
  await second.worker.caughtUp(10_000)
  t.same(diagnosed, ['exchange-1', 'exchange-2', 'exchange-3', 'exchange-4', 'exchange-5'])
  t.match((await second.worker.cycles({ limit: 10 })).items, [{ id: 'exchange-1', requests: 5 }])
})

t.test(
  'an exchange that fails to be diagnosed is reported, stored without findings, and blocks no other',
  async t => {
    const opened = openAnalysis(t, {
      diagnose: exchange => {
        if (exchange.id === 'exchange-2') throw new Error('Too odd.')
        return odd(exchange)
      },
    })
    opened.worker.start()
    for (let number = 1; number <= 3; number++) opened.journal.record(sent(number))
    await opened.worker.caughtUp(10_000)
    t.same(opened.trouble, [['Too odd.', 'exchange-2']])
    t.match(await notesOf(opened), [
      ['exchange-3', { findings: ['client/odd'] }],
      ['exchange-2', { findings: [] }],
      ['exchange-1', { findings: ['client/odd'] }],
    ])
  },
)

t.test('a finding that cannot be stored is reported too', async t => {
  const opened = openAnalysis(t, { refuses: 'It is odd.' })
  opened.worker.start()
  opened.journal.record(sent(1))
  await opened.worker.caughtUp(10_000)
  t.same(opened.trouble, [['refused', undefined]])
  t.same(await notesOf(opened), [['exchange-1', { client: 'ad-hoc', findings: [], cycle: 'exchange-1' }]])
})

t.test('no finding is lost while the database is away', async t => {
  const opened = openAnalysis(t, { outage: new UnavailableError('The database is away.') })
  opened.journal.record(sent(1))
  opened.worker.start()
  t.equal(await opened.worker.caughtUp(10_000), true)
  t.same(opened.trouble, [['The database is away.', undefined]])
  t.match(await notesOf(opened), [['exchange-1', { findings: ['client/odd'] }]])
})

t.test('exchanges that cannot be diagnosed without the database are analyzed later', async t => {
  let isAway = true
  const diagnose: DiagnoseExchange = async ({ id }) => {
    // The second one fails before the first one.
    for (let turn = 0; id === 'exchange-1' && turn < 3; turn++) await new Promise(setImmediate)
    if (isAway) throw new UnavailableError('The database is away.')
    return [{ id: 'client/odd', subject: id, detail: 'It is odd.' }]
  }
  const opened = openAnalysis(t, { diagnose, readsAtOnce: 2 })
  for (const number of [1, 2]) opened.journal.record(sent(number))
  opened.worker.start()
  while (opened.trouble.length === 0) await new Promise(setImmediate)
  t.same(
    (await notesOf(opened)).map(([, notes]) => notes),
    [undefined, undefined],
  )
  isAway = false
  t.equal(await opened.worker.caughtUp(10_000), true)
  t.same(opened.trouble[0], ['The database is away.', undefined])
  t.match(await notesOf(opened), [
    ['exchange-2', { findings: ['client/odd'] }],
    ['exchange-1', { findings: ['client/odd'] }],
  ])
})

t.test('a failing listener affects no other', async t => {
  const { worker, journal, trouble, events } = openAnalysis(t)
  worker.subscribe(() => {
    throw new Error('I fail.')
  })
  worker.start()
  journal.record(sent(1))
  await worker.caughtUp(10_000)
  t.same(trouble[0], ['I fail.', undefined])
  t.same(
    events.map(({ kind }) => kind),
    ['analyzed', 'cycle', 'finding'],
  )
})

t.test('the analysis is cleared with the journal, for one tenant or all, and starts again', async t => {
  const { worker, journal, events, clear } = openAnalysis(t)
  worker.start()
  journal.record(sent(1))
  journal.record(sent(2, { tenant: 'other' }))
  await worker.caughtUp(10_000)
  await clear('acme')
  t.match((await worker.cycles({ limit: 10 })).items, [{ tenant: 'other' }])
  t.match(await worker.findings(), [{ tenant: 'other' }])
  journal.record(sent(3))
  await worker.caughtUp(10_000)
  t.match((await worker.cycles({ limit: 10, tenant: 'acme' })).items, [{ id: 'exchange-3', requests: 1 }])
  t.match(
    events.filter(({ kind }) => kind === 'finding').map(event => event.kind === 'finding' && event.exchange),
    ['exchange-1', 'exchange-2', 'exchange-3'],
    'previous findings are new again',
  )
  await clear()
  t.same(await worker.cycles({ limit: 10 }), { items: [] })
  t.same(await worker.findings(), [])
})

t.test('an analysis that runs during a reset stores nothing', async t => {
  const begun = Promise.withResolvers<void>()
  const free = Promise.withResolvers<void>()
  const { worker, journal, events, clear } = openAnalysis(t, {
    diagnose: async exchange => {
      begun.resolve()
      await free.promise
      return odd(exchange)
    },
  })
  worker.start()
  journal.record(sent(1))
  await begun.promise
  await clear()
  free.resolve()
  await worker.caughtUp(10_000)
  t.same(events, [])
  t.same(await worker.cycles({ limit: 10 }), { items: [] })
})

t.test('a cycle without remaining exchanges is deleted', async t => {
  const day = 24 * 60 * 60_000
  const { worker, journal } = openAnalysis(t, { retention: { count: 9000, days: 1 } })
  worker.start()
  journal.record(sent(1, { at: 0 }))
  journal.record(sent(2, { at: 10 * day, tenant: 'other' }))
  await worker.caughtUp(10_000)
  t.equal((await worker.cycles({ limit: 10 })).items.length, 2)
  for (let passed = 0; passed <= 10; passed++) await journal.prune(passed * day)
  for (let number = 3; number <= 1003; number++)
    journal.record(sent(number, { at: 10 * day, tenant: 'other' }))
  await worker.caughtUp(60_000)
  t.match((await worker.cycles({ limit: 10 })).items, [{ tenant: 'other', requests: 1002 }])
})

t.test('the pages of cycles are complete', async t => {
  const { worker, journal } = openAnalysis(t)
  worker.start()
  for (let number = 1; number <= 5; number++) {
    journal.record(sent(number, { token: { id: `t${number}`, ending: 'k3f9' } }))
  }
  await worker.caughtUp(10_000)
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await worker.cycles({ limit: 2, tenant: 'acme', ...(cursor !== undefined && { cursor }) })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.next
  } while (cursor !== undefined)
  t.same(
    ids,
    [5, 4, 3, 2, 1].map(number => `exchange-${number}`),
  )
  await t.rejects(worker.cycles({ limit: 2, cursor: 'x' }), { name: 'CursorError' })
  t.equal((await worker.cycle('exchange-3'))?.token?.id, 't3')
  t.equal(await worker.cycle('exchange-9'), undefined)
})

t.test('the analysis never runs in the turn of a request', async t => {
  const order: string[] = []
  const { worker, journal } = openAnalysis(t, {
    diagnose: () => {
      order.push('diagnosed')
      return []
    },
  })
  worker.start()
  journal.subscribe(() => order.push('recorded'))
  journal.record(sent(1))
  process.nextTick(() => order.push('next tick'))
  queueMicrotask(() => order.push('microtask'))
  setImmediate(() => order.push('next turn'))
  journal.record(sent(2))
  await worker.caughtUp(10_000)
  t.same(order.slice(0, 2), ['recorded', 'recorded'])
  t.same(order.slice(2, 5).sort(), ['microtask', 'next tick', 'next turn'])
  t.same(order.slice(5), ['diagnosed', 'diagnosed'])
})

t.test('other work runs between two batches, even if a caller waits', async t => {
  const { worker, journal, events } = openAnalysis(t)
  let turns = 0
  const between: number[] = []
  let isOver = false
  const takeTurns = () => {
    turns++
    if (!isOver) setImmediate(takeTurns)
  }
  takeTurns()
  worker.subscribe(({ kind }) => {
    if (kind !== 'analyzed') return
    between.push(turns)
    turns = 0
  })
  for (let number = 1; number <= 400; number++) journal.record(sent(number))
  worker.start()
  await worker.caughtUp(60_000)
  isOver = true
  t.ok(between.length >= 4, 'in batches')
  t.ok(between.every(count => count > 0))
  t.equal(events.flatMap(event => (event.kind === 'analyzed' ? event.items : [])).length, 400)
})

t.test('the analysis has a share of the time while requests keep the event loop busy', async t => {
  const { worker, journal } = openAnalysis(t)
  const waiting = 1000
  const mostTurns = 1000
  for (let number = 1; number <= waiting; number++) journal.record(sent(number))
  let analyzed = 0
  worker.subscribe(event => {
    if (event.kind === 'analyzed') analyzed += event.items.length
  })
  worker.start()
  let turns = 0
  await new Promise<void>(resolve => {
    // Five requests in each turn, which take 3 ms.
    const serve = () => {
      turns++
      const began = performance.now()
      while (performance.now() - began < 3);
      for (let nth = 1; nth <= 5; nth++) journal.record(sent(waiting + 5 * turns + nth))
      if (analyzed < waiting && turns < mostTurns) setImmediate(serve)
      else resolve()
    }
    serve()
  })
  t.ok(analyzed >= waiting, `${analyzed} exchanges in ${turns} turns`)
})

t.test('a timeout is reported, and no caller waits for a stopped analysis', async t => {
  const { worker, journal } = openAnalysis(t)
  journal.record(sent(1))
  t.equal(await worker.caughtUp(1), false, 'not started')
  const waiting = worker.caughtUp(60_000)
  await worker.stop()
  t.equal(await waiting, false)
  worker.start()
  t.equal(await worker.caughtUp(10_000), true, 'started again')
})

/** Leader that the test grants and takes away. */
function createTerms() {
  let work: Parameters<Leader['lead']>[0] | undefined
  let term: { readonly end: AbortController; readonly over: Promise<void> } | undefined
  const end = async () => {
    term?.end.abort()
    await term?.over
  }
  return {
    leader: {
      lead(led) {
        work = led
        return end
      },
    } satisfies Leader,
    grant(number: number) {
      const own: Term = { number }
      const end = new AbortController()
      term = { end, over: work?.(own, end.signal) ?? Promise.resolve() }
    },
    end,
  }
}

t.test('only the leader analyzes', async t => {
  const { leader, grant, end } = createTerms()
  const { worker, journal, events } = openAnalysis(t, { leader })
  const terms: string[] = []
  const stop = worker.whileAnalyzing(() => {
    terms.push('begun')
    return () => terms.push('ended')
  })
  worker.start()
  journal.record(sent(1))
  t.equal(await worker.caughtUp(1), false)
  const waiting = worker.caughtUp(10_000)
  grant(1)
  t.equal(await waiting, true, 'what waited before is analyzed')
  await end()
  t.same(terms, ['begun', 'ended'])
  journal.record(sent(2))
  t.equal(await worker.caughtUp(1), false)
  grant(2)
  t.equal(await worker.caughtUp(10_000), true)
  stop()
  t.same(terms, ['begun', 'ended', 'begun', 'ended'])
  t.same(
    events.flatMap(event => (event.kind === 'analyzed' ? event.items : [])).map(({ id }) => id),
    ['exchange-1', 'exchange-2'],
  )
})

t.test('a caller waits for the analysis of another instance, too', async t => {
  const path = `${t.testdir()}/analysis.db`
  const { leader } = createTerms()
  const { worker, journal } = openAnalysis(t, { path, leader })
  worker.start()
  journal.record(sent(1))
  t.match(await journal.unanalyzed(1), [{}])
  const waiting = worker.caughtUp(10_000)
  const holder = openAnalysis(t, { path })
  holder.worker.start()
  t.equal(await waiting, true)
  t.same(await notesOf({ journal }), await notesOf(holder))
})
