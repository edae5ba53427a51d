import type { Test } from 'tap'
import type { Exchange, ExchangeNotes } from '../../src/domain/journal/exchange.ts'
import {
  type AnalysisStore,
  type AnalyzedBatch,
  type AnalyzedExchange,
  type Cycle,
  recentCycleCount,
  type SetupStep,
  type SetupStepId,
  type TokenClient,
} from '../../src/domain/ports/analysis.ts'
import type { Journal } from '../../src/domain/ports/journal.ts'
import type { Term } from '../../src/domain/ports/leader.ts'
import type { Product } from '../../src/scim/recognition/products.ts'
import { anExchange } from './journal.ts'

export type OpenAnalysis = (t: Test) => OpenedAnalysis | Promise<OpenedAnalysis>

type OpenedAnalysis = {
  readonly journal: Journal
  readonly store: AnalysisStore
  /** Another store over the same data. */
  readonly reopen: () => AnalysisStore
  /** Deletes the exchanges of a tenant, or all, and their analysis. */
  readonly clear: (tenant?: string) => Promise<void>
  /** The term of the leader; that of the only instance by default. */
  readonly term?: Term
  /** Makes every insertion of a finding with this detail fail. */
  readonly rejectFinding: (detail: string) => unknown
}

const token = { id: 't1', ending: 'k3f9' }

const aCycle = (id: string, rest: Partial<Cycle> = {}): Cycle => ({
  id,
  tenant: 'acme',
  token,
  kind: 'cycle',
  client: 'entra',
  started: 1000,
  tenantStarted: 2000,
  last: 1000,
  tenantLast: 2000,
  requests: 1,
  created: 0,
  changed: 0,
  disabled: 0,
  deleted: 0,
  failed: 0,
  ...rest,
})

const aStep = (id: SetupStepId, exchange = 'exchange-1'): SetupStep => ({
  id,
  at: 1000,
  tenantTime: 2000,
  exchange,
})

const sent = (number: number, rest: Partial<Exchange> = {}): Exchange =>
  anExchange(number, { tenant: 'acme', token, ...rest })

type Found = Partial<Pick<AnalyzedExchange, 'findings' | 'steps'>> & {
  readonly notes?: Partial<ExchangeNotes>
}

const aBatch = (rest: Partial<AnalyzedBatch>): AnalyzedBatch => ({
  items: [],
  cycles: [],
  tokenClients: [],
  steps: [],
  ...rest,
})

/** What every store of the analysis does. Ids of cycles rise, as those of requests do. */
export function describeAnalysis(t: Test, open: OpenAnalysis): void {
  /** Saves batches as the analysis does, from the present state. */
  const openWith = async (t: Test) => {
    const opened = await open(t)
    const { journal, store, term = { number: 1 } } = opened
    const analyze = async (found: Found = {}): Promise<readonly AnalyzedExchange[]> => {
      const rows = await journal.unanalyzed(100)
      return rows.map(({ position, exchange }) => ({
        position,
        exchange: {
          ...exchange,
          notes: { client: 'entra', findings: (found.findings ?? []).map(({ id }) => id), ...found.notes },
        },
        findings: found.findings ?? [],
        steps: found.steps ?? [],
      }))
    }
    const save = async (batch: Partial<AnalyzedBatch>) =>
      store.saveBatch(aBatch(batch), (await store.state()).generation, term)
    return { ...opened, term, analyze, save }
  }

  const odd = { id: 'client/odd', subject: 'anna', detail: 'It is odd.' }

  t.test('a new store has nothing', async t => {
    const { store } = await openWith(t)
    t.same((await store.state()).newestCycles, [])
    t.same(await store.cycles({ limit: 10 }), { items: [] })
    t.equal(await store.cycle('exchange-1'), undefined)
    t.equal(await store.newestCycle('acme', ['entra'], ['cycle']), undefined)
    t.same(await store.setupSteps('acme'), [])
    t.same(await store.clientsOfTokens('acme'), [])
    t.same(await store.tokenClients([{ tenant: 'acme', token: 't1' }]), [])
    t.same(await store.completedSteps(['acme']), new Map())
    t.same(await store.findings(), [])
    t.same(await store.findingCounts(), [])
    t.same(await store.findingsAbout('exchange-1'), [])
    t.equal(await store.pendingCount(), 0)
    t.equal(await store.oldestPending(), undefined)
  })

  t.test('many pending requests are counted', async t => {
    const { journal, store } = await openWith(t)
    for (let number = 1; number <= 4001; number++) journal.record(sent(number))
    await journal.extent()
    t.equal(await store.pendingCount(), 4001)
  })

  t.test('findings are injected while a fault was injected into each of their requests', async t => {
    const { journal, store, analyze, save } = await openWith(t)
    const fault = { id: 'f1', summary: '429' }
    journal.record(sent(1, { fault, at: 5000 }))
    journal.record(sent(2, { fault }))
    await journal.extent()
    t.equal(await store.oldestPending(), 5000)
    await save({ items: await analyze({ findings: [odd] }) })
    t.match(await store.findings('acme'), [{ id: odd.id, count: 2, injected: true }])
    journal.record(sent(3))
    await save({ items: await analyze({ findings: [odd] }) })
    const [found] = await store.findings()
    t.match(found, { count: 3 })
    t.equal(found && 'injected' in found, false)
  })

  t.test('the recent cycles of a client are without provisioning on demand', async t => {
    const { store, save } = await openWith(t)
    const [cycle, onDemand] = [aCycle('exchange-1'), aCycle('exchange-2', { kind: 'on-demand' })]
    await save({ cycles: [cycle, onDemand] })
    t.same(await store.recentCycles(cycle), [cycle])
    t.same(await store.recentCycles(onDemand), [cycle])
    t.match(await store.cycles({ limit: 10 }), { items: [onDemand, cycle] })
    t.same(await store.newestCycle('acme', [cycle.client], ['cycle', 'test-connection']), cycle)
    t.same((await store.state()).newestCycles, [onDemand], 'the next request continues it')
  })

  t.test('a batch is stored with all it found', async t => {
    const { journal, store, reopen, analyze, save } = await openWith(t)
    const { at, tenantTime } = sent(2, { tenantTime: sent(2).at + 3_600_000 })
    journal.record(sent(1))
    journal.record(sent(2, { tenantTime }))
    await journal.extent()
    t.equal(await store.pendingCount(), 2)
    const cycle = aCycle('exchange-1', { requests: 2 })
    const items = await analyze({
      findings: [odd],
      steps: [aStep('contact')],
      notes: {
        cycle: 'exchange-1',
        dialect: 'default',
        recognized: { product: 'entra', evidence: 'shaped' },
      },
    })
    const second = { tenant: 'acme', step: aStep('second-cycle', 'exchange-9') }
    const [first] = items
    t.same(await save({ items, cycles: [cycle], steps: [second] }), {
      items,
      newFindings: [{ exchange: first?.exchange, finding: odd }],
      newSteps: [{ tenant: 'acme', step: aStep('contact') }, second],
    })
    for (const one of [store, reopen()]) {
      t.same((await one.state()).newestCycles, [cycle])
      t.same(await one.cycles({ limit: 10 }), { items: [cycle] })
      t.same(await one.cycle('exchange-1'), cycle)
      t.same(await one.findingsAbout('exchange-2'), [odd])
      t.match(await one.findings('acme'), [
        {
          ...{ id: odd.id, count: 2, subjects: 1, origin: 'provisioning' },
          evidence: [
            { at, tenantTime },
            { at: sent(1).at, tenantTime: sent(1).tenantTime },
          ],
        },
      ])
      t.same(await one.findingCounts(), [{ id: odd.id, tenant: 'acme', origin: 'provisioning', count: 2 }])
      const { exchange: _deleted, ...withoutExchange } = second.step
      t.same(await one.setupSteps('acme'), [aStep('contact'), withoutExchange], 'without missing exchanges')
      t.same(await one.completedSteps(['acme', 'other']), new Map([['acme', ['contact', 'second-cycle']]]))
      t.equal(await one.pendingCount(), 0)
    }
    const { items: recorded } = await journal.page({ limit: 1 })
    t.same(recorded[0]?.notes, items[1]?.exchange.notes)
  })

  t.test('a product that only a later version knows is left out', async t => {
    const { journal, store, analyze, save } = await openWith(t)
    const recognized = { product: 'of-later' as Product, evidence: 'named' } as const
    journal.record(sent(1))
    await journal.extent()
    const items = await analyze({ notes: { recognized } })
    const token = { tenant: 'acme', token: 't1', recognized, named: ['of-later' as Product] }
    await save({ items, cycles: [aCycle('exchange-1', { recognized })], tokenClients: [token] })
    const { items: recorded } = await journal.page({ limit: 1 })
    t.equal(recorded[0]?.notes?.recognized, undefined)
    t.same(await store.cycle('exchange-1'), aCycle('exchange-1'))
    t.same(await store.clientsOfTokens('acme'), [{ tenant: 'acme', token: 't1', named: [] }])
  })

  t.test('what is known about the clients of tokens is stored, and the newest replaces it', async t => {
    const { store, reopen, save } = await openWith(t)
    const unsettled: TokenClient = {
      tenant: 'acme',
      token: 't1',
      candidate: { product: 'ssosync', exchanges: 2 },
      named: [],
    }
    const other: TokenClient = {
      tenant: 'other',
      token: 't1',
      recognized: { product: 'okta', evidence: 'named' },
      named: ['google', 'okta'],
    }
    const settled: TokenClient = {
      tenant: 'acme',
      token: 't1',
      recognized: { product: 'ssosync', evidence: 'shaped' },
      named: [],
    }
    await save({ tokenClients: [unsettled, other] })
    t.same(await store.clientsOfTokens('acme'), [unsettled])
    await save({ tokenClients: [settled] })
    for (const one of [store, reopen()]) {
      t.same(await one.clientsOfTokens('acme'), [settled])
      const tokens = [other, settled, { tenant: 'acme', token: 't2' }]
      t.same(new Set(await one.tokenClients(tokens)), new Set([settled, other]))
    }
  })

  t.test('a client of the same name and another product has its own cycles', async t => {
    const { journal, store, save } = await openWith(t)
    journal.record(sent(1))
    await journal.extent()
    const go = { client: 'service', userAgent: 'Go-http-client' } as const
    const ssosync = { ...go, recognized: { product: 'ssosync', evidence: 'shaped' } } as const
    const pocketId = { ...go, recognized: { product: 'pocket-id', evidence: 'shaped' } } as const
    const cycles = [
      aCycle('exchange-1', ssosync),
      aCycle('exchange-2', pocketId),
      aCycle('exchange-3', ssosync),
      aCycle('exchange-4', { ...go, client: 'ad-hoc' }),
      aCycle('exchange-5', { client: 'entra' }),
      aCycle('exchange-6', { client: 'entra', recognized: { product: 'entra', evidence: 'shaped' } }),
    ]
    await save({ cycles })
    const recent = async (of: Cycle | undefined) =>
      (of ? await store.recentCycles(of) : []).map(({ id }) => id)
    t.same(await recent(cycles[0]), ['exchange-3', 'exchange-1'])
    t.same(await recent(cycles[1]), ['exchange-2'])
    t.same(await recent(cycles[3]), ['exchange-4'])
    t.same(await recent(cycles[5]), ['exchange-6', 'exchange-5'], 'of a time before products were recognized')
    t.same(
      (await store.state()).newestCycles.map(({ id }) => id),
      ['exchange-2', 'exchange-3', 'exchange-4', 'exchange-5', 'exchange-6'],
    )
  })

  t.test('a batch that is saved again changes nothing', async t => {
    const { journal, store, analyze, save } = await openWith(t)
    journal.record(sent(1))
    const items = await analyze({ findings: [odd], steps: [aStep('contact')] })
    const batch = { items, cycles: [aCycle('exchange-1')] }
    await save(batch)
    t.same(await save(batch), { items: [], newFindings: [], newSteps: [] })
    t.same(await store.findingCounts(), [{ id: odd.id, tenant: 'acme', origin: 'provisioning', count: 1 }])
    t.same(await store.cycles({ limit: 10 }), { items: [aCycle('exchange-1')] })
  })

  t.test('a batch that fails leaves nothing', async t => {
    const { journal, store, analyze, save, rejectFinding } = await openWith(t)
    await rejectFinding('It is rejected.')
    journal.record(sent(1))
    const items = await analyze({
      findings: [odd, { ...odd, detail: 'It is rejected.' }],
      steps: [aStep('contact')],
    })
    await t.rejects(save({ items, cycles: [aCycle('exchange-1')] }))
    t.same((await store.state()).newestCycles, [])
    t.same(await store.findings(), [])
    t.same(await store.setupSteps('acme'), [])
    t.equal(await store.pendingCount(), 1)
  })

  t.test('the trend of a finding has its occurrences in each cycle of such clients', async t => {
    const { journal, store, analyze, save } = await openWith(t)
    for (const [number, findings] of [
      [1, [odd]],
      [2, [odd, { ...odd, subject: 'bert' }]],
      [3, []],
      [4, []],
      [5, [odd]],
    ] as const) {
      journal.record(sent(number, { at: 1000 * number }))
      await save({ items: await analyze({ findings }) })
    }
    const cycle = (number: number, kind: Cycle['kind'] = 'cycle') =>
      aCycle(`exchange-${number}`, { kind, started: 1000 * number, last: 1000 * number })
    await save({ cycles: [cycle(2), cycle(3, 'ad-hoc'), cycle(4), cycle(5)] })
    const [group] = await store.findings('acme')
    t.same(group?.trend, [
      { cycle: 'exchange-2', started: 2000, count: 2 },
      { cycle: 'exchange-4', started: 4000, count: 0 },
      { cycle: 'exchange-5', started: 5000, count: 1 },
    ])
  })

  t.test('exchanges that the journal has deleted meanwhile are skipped', async t => {
    const { journal, store, analyze, save, clear } = await openWith(t)
    journal.record(sent(1))
    journal.record(sent(2, { tenant: 'other' }))
    const items = await analyze({ findings: [odd], steps: [aStep('contact', 'exchange-2')] })
    await clear('acme')
    const saved = await save({ items })
    t.same(
      saved?.items.map(({ exchange }) => exchange.id),
      ['exchange-2'],
    )
    t.same(await store.setupSteps('acme'), [])
    t.match(await store.setupSteps('other'), [{ id: 'contact' }])
    t.match(await store.findings(), [{ tenant: 'other', count: 1 }])
  })

  t.test('a batch of an earlier generation is not stored', async t => {
    const { journal, store, term, analyze, clear } = await openWith(t)
    for (const [number, deleteResults] of [
      [1, () => clear()],
      [2, () => clear('acme')],
      [3, () => store.clearSetup('acme')],
    ] as const) {
      journal.record(sent(number, { tenant: 'other' }))
      const { generation } = await store.state()
      const items = await analyze({ findings: [odd] })
      await deleteResults()
      const batch = aBatch({ items, cycles: [aCycle('exchange-1')] })
      t.equal(await store.saveBatch(batch, generation, term), undefined)
      t.same(await store.findings(), [])
      t.same(await store.cycles({ limit: 10 }), { items: [] })
    }
  })

  t.test('cycles and setup steps are deleted with the journal, of one tenant or of all', async t => {
    const { journal, store, analyze, save, clear } = await openWith(t)
    for (const [number, tenant] of ['acme', 'other', 'third'].entries()) {
      journal.record(sent(number, { tenant }))
      await save({
        items: await analyze({ findings: [odd], steps: [aStep('contact', `exchange-${number}`)] }),
        cycles: [aCycle(`exchange-${number}`, { tenant })],
        tokenClients: [{ tenant, token: 't1', named: ['okta'] }],
      })
    }
    const tenants = async () => ({
      cycles: (await store.cycles({ limit: 10 })).items.map(({ tenant }) => tenant),
      steps: [...(await store.completedSteps(['acme', 'other', 'third'])).keys()].sort(),
      findings: (await store.findingCounts()).map(({ tenant }) => tenant),
      tokens: (await store.tokenClients(['acme', 'other', 'third'].map(tenant => ({ tenant, token: 't1' }))))
        .map(({ tenant }) => tenant)
        .sort(),
    })
    await clear('acme')
    const others = ['other', 'third']
    t.same(await tenants(), { cycles: others.toReversed(), steps: others, findings: others, tokens: others })
    await store.clearSetup('third')
    t.match(await tenants(), { steps: ['other'], tokens: ['other'] })
    await clear()
    t.same(await tenants(), { cycles: [], steps: [], findings: [], tokens: [] })
  })

  t.test('a setup step keeps its first evidence', async t => {
    const { journal, store, analyze, save } = await openWith(t)
    journal.record(sent(1))
    await save({ items: await analyze({ steps: [aStep('user')] }) })
    journal.record(sent(2))
    const saved = await save({ items: await analyze({ steps: [aStep('user', 'exchange-2')] }) })
    t.same(saved?.newSteps, [])
    t.match(await store.setupSteps('acme'), [{ exchange: 'exchange-1' }])
  })

  t.test('a finding is new once for each tenant and origin', async t => {
    const { journal, analyze, save } = await openWith(t)
    const isNew = async (number: number, tenant: string, client: ExchangeNotes['client']) => {
      journal.record(sent(number, { tenant }))
      const saved = await save({ items: await analyze({ findings: [odd], notes: { client } }) })
      return saved?.newFindings.length === 1
    }
    t.equal(await isNew(1, 'acme', 'entra'), true)
    t.equal(await isNew(2, 'acme', 'service'), false, 'both are provisioning services')
    t.equal(await isNew(3, 'acme', 'compliance'), true)
    t.equal(await isNew(4, 'other', 'entra'), true)
  })

  t.test('a cycle is replaced by its later state, and keeps its place', async t => {
    const { store, save } = await openWith(t)
    await save({ cycles: [aCycle('a'), aCycle('b')] })
    await save({ cycles: [aCycle('a', { requests: 2 })] })
    t.same(await store.cycles({ limit: 10 }), { items: [aCycle('b'), aCycle('a', { requests: 2 })] })
  })

  t.test('the pages of cycles are complete', async t => {
    const { store, save } = await openWith(t)
    const ids = ['a', 'b', 'c', 'd', 'e']
    await save({ cycles: [...ids.map(id => aCycle(id)), aCycle('x', { tenant: 'other' })] })
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.cycles({
        limit: 2,
        tenant: 'acme',
        ...(cursor !== undefined && { cursor }),
      })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== undefined)
    t.same(seen, ids.toReversed())
    const totalOf = async (limit: number) => (await store.cycles({ limit, tenant: 'acme' })).total
    t.same([await totalOf(2), await totalOf(5)], [5, undefined], 'counted if there is a next page')
    await t.rejects(store.cycles({ limit: 2, cursor: 'x' }), { name: 'CursorError' })
  })

  t.test('recent cycles are those of the same client, newest first', async t => {
    const { store, save } = await openWith(t)
    const own = Array.from({ length: recentCycleCount + 2 }, (_, at) => aCycle(`own-${10 + at}`))
    const others = [
      aCycle('p-tenant', { tenant: 'other' }),
      aCycle('q-token', { token: { id: 't2', ending: 'abcd' } }),
      aCycle('r-client', { client: 'service' }),
      aCycle('rs-agent', { userAgent: 'curl' }),
    ]
    await save({ cycles: [...own, ...others] })
    t.same(await store.recentCycles(aCycle('own-10')), own.toReversed().slice(0, recentCycleCount))
    t.same(
      (await store.state()).newestCycles.map(({ id }) => id),
      [own.at(-1)?.id, ...others.map(({ id }) => id)],
    )
    t.equal((await store.newestCycle('acme', ['entra', 'service'], ['cycle']))?.id, 'rs-agent')
    t.equal(await store.newestCycle('acme', ['entra'], ['test-connection']), undefined)
  })

  t.test('cycles that ended before the oldest exchange are deleted', async t => {
    const { journal, store, save } = await openWith(t)
    journal.record(sent(1, { at: 5000 }))
    await journal.extent()
    await save({ cycles: [aCycle('old', { last: 4999 }), aCycle('new', { last: 5000 })] })
    t.equal(await store.deleteOldCycles(), 1)
    t.same(
      (await store.cycles({ limit: 10 })).items.map(({ id }) => id),
      ['new'],
    )
    t.equal(await store.deleteOldCycles(), 0)
  })
}
