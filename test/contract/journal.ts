import type { Test } from 'tap'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import type { ExchangeQuery, Journal, Retention } from '../../src/domain/ports/journal.ts'
import { aRecorded } from '../support/recorded.ts'
import { searchFor } from '../support/search.ts'

/** `reopen` returns another journal over the same data, `clear` deletes a tenant's exchanges or all. */
type OpenJournal = (t: Test, retention?: Retention) => OpenedJournal | Promise<OpenedJournal>

type OpenedJournal = {
  readonly journal: Journal
  readonly reopen: () => Journal
  readonly clear: (tenant?: string) => Promise<void>
}

const noon = Date.UTC(2026, 10, 24, 12)
const day = 24 * 60 * 60 * 1000
export const plenty: Retention = { count: 1_000_000, days: 36_500 }

/** An id that rises with the number, as texts are ordered: `exchange-9`, then `exchange-a10`. */
export const exchangeId = (number: number): string => {
  const digits = String(number)
  return `exchange-${digits.length === 1 ? '' : '_abcdefgh'[digits.length - 1]}${digits}`
}

/** An exchange with defaults for all members. */
export const anExchange = (number: number, rest: Partial<Exchange> = {}): Exchange => ({
  id: exchangeId(number),
  at: noon + number,
  tenantTime: noon + number,
  microseconds: 850,
  method: 'GET',
  url: '/acme/scim/v2/Users',
  status: 200,
  operation: 'list',
  action: 'list users',
  request: { headers: {} },
  response: { headers: {} },
  ...rest,
})

const fullExchange: Exchange = {
  id: 'full',
  parent: 'bulk',
  tenant: 'acme',
  at: noon,
  tenantTime: noon + day,
  microseconds: 1234,
  method: 'PATCH',
  url: '/acme/scim/v2/Users/42',
  status: 403,
  operation: 'disable',
  enabled: false,
  results: 0,
  membersAdded: 3,
  membersRemoved: 2,
  bulkOperations: 4,
  action: 'disable user',
  api: 'identity-store',
  apiOperation: 'UpdateUser',
  accessKey: 'SCIMA2B3C4D5E6F7G2H3',
  region: 'eu-central-1',
  target: { type: 'User', id: '42', label: 'anna@example.com' },
  token: { id: 'token-1', ending: 'k3f9' },
  credential: {
    kind: 'issuer',
    issuer: 'issuer_a',
    name: 'Keycloak',
    jwt: { header: { alg: 'ES256', kid: 'one' }, claims: { iss: 'https://id.example.com', aud: ['scim'] } },
  },
  refusal: 'expired',
  rule: 'aws/one-email',
  profile: 'aws',
  remoteAddress: '203.0.113.7',
  request: { headers: { 'content-type': 'application/scim+json' }, body: '{"Operations":[]}', cutFrom: 9000 },
  response: { headers: { 'x-amzn-requestid': 'full' }, body: '{"status":"403"}', cutFrom: 8000 },
}

const ids = ({ items }: { readonly items: readonly Exchange[] }) => items.map(({ id }) => id)

const everyPage = async (journal: Journal, query: ExchangeQuery): Promise<readonly string[]> => {
  const page = await journal.page(query)
  return page.next === undefined
    ? ids(page)
    : [...ids(page), ...(await everyPage(journal, { ...query, cursor: page.next }))]
}

async function collect(portions: AsyncIterable<readonly Exchange[]>): Promise<(readonly Exchange[])[]> {
  const collected: (readonly Exchange[])[] = []
  for await (const portion of portions) collected.push(portion)
  return collected
}

/** Prunes daily for `days` days, then `milliseconds` after the last time: a clock that jumps ahead is not trusted. */
async function pruneDaily(journal: Journal, days: number, milliseconds = 0): Promise<void> {
  for (let passed = 0; passed <= days; passed++) await journal.prune(noon + passed * day)
  await journal.prune(noon + days * day + milliseconds)
}

/** The behavior of every journal. */
export function describeJournal(t: Test, open: OpenJournal): void {
  t.test('an exchange is stored unchanged, across restarts', async t => {
    const { journal, reopen } = await open(t)
    const bare = anExchange(1)
    journal.record(fullExchange)
    journal.record(bare)
    t.same(await journal.find('full'), fullExchange)
    t.same(await reopen().find('exchange-1'), bare)
    t.equal(await journal.find('nothing'), undefined)
  })

  t.test('a page shows exchanges recorded just before, newest first', async t => {
    const { journal } = await open(t)
    for (let number = 1; number <= 3; number++) journal.record(anExchange(number))
    t.same(await journal.page({ limit: 10 }), { items: [3, 2, 1].map(number => anExchange(number)) })
  })

  t.test('pages are complete even if exchanges are recorded in between', async t => {
    const { journal } = await open(t)
    for (let number = 1; number <= 25; number++) journal.record(anExchange(number))
    const first = await journal.page({ limit: 10 })
    journal.record(anExchange(26))
    const rest = await everyPage(journal, { limit: 10, cursor: first.next ?? '' })
    t.same(
      [...ids(first), ...rest],
      Array.from({ length: 25 }, (_, at) => exchangeId(25 - at)),
    )
    t.equal((await journal.page({ limit: 26 })).next, undefined, 'a full last page has no next')
  })

  t.test('batches are small, and together the whole journal, newest first', async t => {
    const { journal } = await open(t)
    for (let number = 1; number <= 1000; number++) journal.record(anExchange(number))
    const portions = await collect(journal.batches({}))
    t.same(
      portions.flatMap(items => ids({ items })),
      await everyPage(journal, { limit: 1000 }),
    )
    t.ok(portions.every(({ length }) => length > 0 && length <= 100))
    t.same(await collect(journal.batches({ search: searchFor('text:nothing') })), [])
  })

  t.test('a query reads all bodies, those of errors or none, whatever it searches', async t => {
    const { journal } = await open(t)
    const longest = 'x'.repeat(16_384)
    const bodies = [
      { status: 201, response: 'created' },
      { status: 409, response: longest },
      { status: 500, response: `${longest}x` },
    ]
    for (const [at, { status, response }] of bodies.entries()) {
      journal.record(
        anExchange(at, {
          ...{ status, url: '/acme/scim/v2/Users?text=everywhere' },
          request: { headers: { accept: 'json' }, body: `request ${at} everywhere` },
          response: { headers: {}, body: response },
        }),
      )
    }
    const read = async (query: Omit<ExchangeQuery, 'limit'>) => {
      const { items } = await journal.page({ ...query, limit: 10 })
      const batches = (await collect(journal.batches(query))).flat()
      t.same(batches, items)
      return items.map(({ request, response }) => [request.body, response.body]).reverse()
    }
    const everywhere = searchFor('everywhere')
    const all = bodies.map(({ response }, at) => [`request ${at} everywhere`, response])
    t.same(await read({}), all)
    for (const search of [[], everywhere, searchFor('method:GET')]) {
      t.same(await read({ search, bodies: 'all' }), all)
      t.same(await read({ search, bodies: 'none' }), Array(3).fill([undefined, undefined]))
      t.same(await read({ search, bodies: 'errors' }), [
        [undefined, undefined],
        [undefined, longest],
        [undefined, undefined],
      ])
    }
    t.equal((await read({ search: searchFor('"request 1"'), bodies: 'none' })).length, 1)
  })

  t.test('large bodies make batches smaller', async t => {
    const { journal } = await open(t)
    const body = 'x'.repeat(100_000)
    for (let number = 1; number <= 20; number++)
      journal.record(anExchange(number, { request: { headers: {}, body } }))
    const portions = await collect(journal.batches({}))
    t.ok(portions.every(({ length }) => length <= 3))
  })

  t.test('other work runs between two batches, however fast they are read', async t => {
    const { journal } = await open(t)
    for (let number = 1; number <= 1000; number++) journal.record(anExchange(number))
    let turns = 0
    let isDone = false
    const count = () => {
      turns++
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    const [all, page, found, foundPage] = await Promise.all([
      collect(journal.batches({})),
      journal.page({ limit: 1000 }),
      collect(journal.batches({ search: searchFor('-text:nothing') })),
      journal.page({ limit: 1000, search: searchFor('list') }),
    ])
    isDone = true
    t.same([page.items.length, foundPage.items.length], [1000, 1000])
    // Slices are limited in time, too: on a busy machine, the four readers need different numbers of slices. A page of
    // 1000 needs at least 10.
    const slices = all.length + found.length + 2 * 10
    t.ok(turns >= slices - 1, `${turns} turns for at least ${slices} slices`)
  })

  t.test('a signal aborts a search, even one that waits for other searches', async t => {
    const { journal } = await open(t)
    for (let number = 1; number <= 1000; number++) journal.record(anExchange(number))
    // Matches all exchanges, so the search takes several turns.
    const query = { limit: 1000, search: searchFor('-text:nothing') }
    const gone = new AbortController()
    const searches = [
      journal.page({ ...query, signal: gone.signal }),
      journal.page({ ...query, signal: gone.signal }),
      collect(journal.batches({ signal: gone.signal })),
    ]
    const other = journal.page(query)
    setImmediate(() => gone.abort())
    const outcomes = await Promise.allSettled(searches)
    t.match(
      outcomes,
      searches.map(() => ({ status: 'rejected', reason: { name: 'AbortError' } })),
    )
    t.equal((await other).items.length, 1000)
    await t.rejects(journal.page({ limit: 1, signal: gone.signal }), { name: 'AbortError' })
  })

  t.test('an unknown cursor is rejected', async t => {
    const { journal } = await open(t)
    for (const cursor of ['', 'x', '0', 'MQ==; drop'])
      await t.rejects(journal.page({ limit: 1, cursor }), { name: 'CursorError' }, cursor)
  })

  t.test('the journal is filtered by target', async t => {
    const { journal } = await open(t)
    const created = anExchange(1, {
      tenant: 'acme',
      method: 'POST',
      status: 201,
      action: 'create user',
      target: { type: 'User', id: '42' },
      request: { headers: {}, body: '{"title":"Dr. 100%_sure"}' },
    })
    const looked = anExchange(2, {
      tenant: 'acme',
      url: '/acme/scim/v2/Users?filter=userName+eq+%22anna%40example.com%22',
      action: 'look up user by userName',
    })
    const refused = anExchange(3, { tenant: 'other', status: 401, action: 'rejected: token expired' })
    const missing = anExchange(4, {
      tenant: 'other',
      status: 404,
      action: 'read user',
      target: { type: 'User', id: '42' },
      response: { headers: {}, body: '{"detail":"Not found"}' },
    })
    for (const exchange of [created, looked, refused, missing]) journal.record(exchange)

    const numbers = async (text: string) =>
      (await journal.page({ limit: 10, search: searchFor(text) })).items.map(({ at }) => at - noon)
    const time = (milliseconds: number) => new Date(noon + milliseconds).toISOString()
    t.same(await numbers('tenant:acme'), [2, 1])
    t.same(await numbers('method:post'), [1])
    t.same(await numbers('action:USER'), [4, 2, 1])
    t.same(await numbers('action:username'), [2])
    t.same(await numbers('status:404'), [4])
    t.same(await numbers('status:4xx'), [4, 3])
    t.same(await numbers('-status:4xx'), [2, 1])
    t.same(await numbers('resource:42'), [4, 1])
    t.same(await numbers('-resource:42'), [3, 2], 'exchanges without a target match')
    t.same(await numbers(`after:${time(2)} before:${time(4)}`), [3, 2])
    t.same(await numbers('text:"not found"'), [4], 'in any case')
    t.same(await numbers('text:100%_sure'), [1])
    t.same(await numbers('anna@example.com'), [2], 'encoded in a URL')
    t.same(await numbers('text:"userName eq"'), [2], 'with spaces that are encoded as plus signs in a URL')
    t.same(await numbers('text:%'), [2, 1], 'a percent sign is literal')
    t.same(await numbers(`"' or 1=1 --"`), [])
    t.same(await numbers('tenant:other resource:42 status:4xx text:detail'), [4])
    t.same(await everyPage(journal, { limit: 1, search: searchFor('tenant:other') }), [
      'exchange-4',
      'exchange-3',
    ])
  })

  t.test('a recorded request is stored without its secrets, as its listeners see it', async t => {
    const { journal } = await open(t)
    const token = 'the-token-of-the-client'
    const shown = '***…ient'
    const heard: Exchange[] = []
    t.teardown(journal.subscribe(({ exchange }) => heard.push(exchange())))
    const body = (name: string, password: string) => JSON.stringify({ userName: name, password })
    journal.record(
      aRecorded({
        id: 'recorded',
        url: `/acme/scim/v2/Users/${token}`,
        targetId: token,
        targetLabel: 'Ann\u00e9e \ud83d\ude00',
        enabled: true,
        tokenId: 'abc',
        tokenEnding: 'ient',
        credential: JSON.stringify({ kind: 'client', client: 'id', name: 'Client' }),
        secretNames: 'password',
        request: {
          headers: ['authorization', `Bearer ${token}`, 'x-a', token],
          body: Buffer.from(body(token, 'secret')),
        },
        response: { headers: ['location', `/Users/${token}`], body: `${token} é`, cutFrom: 100, limit: 21 },
      }),
    )
    const stored = await journal.find('recorded')
    t.match(stored, {
      url: `/acme/scim/v2/Users/${encodeURIComponent(shown)}`,
      target: { type: 'User', id: shown, label: 'Ann\u00e9e \ud83d\ude00' },
      enabled: true,
      token: { id: 'abc', ending: 'ient' },
      credential: { kind: 'client', client: 'id', name: 'Client' },
      request: { headers: { authorization: 'Bearer …ient', 'x-a': shown }, body: body(shown, '***') },
      response: { headers: { location: `/Users/${shown}` }, body: `${shown} é`, cutFrom: 100 },
    })
    t.same(heard, [stored])
  })

  t.test('listeners receive each exchange at once, until they unsubscribe', async t => {
    const { journal } = await open(t)
    const heard: string[] = []
    const stop = journal.subscribe(({ exchange }) => heard.push(exchange().id))
    journal.subscribe(() => {
      throw new Error('a console that fails')
    })
    const stopOther = journal.subscribe(({ id }) => heard.push(`other ${id}`))
    journal.record(anExchange(1))
    t.same(heard, ['exchange-1', 'other exchange-1'])
    stop()
    stop()
    stopOther()
    journal.record(anExchange(2))
    t.same(heard, ['exchange-1', 'other exchange-1'])
    t.same(ids(await journal.page({ limit: 10 })), ['exchange-2', 'exchange-1'])
  })

  t.test('the extent has the number of exchanges and the time of the oldest', async t => {
    const { journal } = await open(t)
    t.match(await journal.extent(), { exchanges: 0, bytes: 0, lost: 0 })
    journal.record(anExchange(1, { at: noon }))
    journal.record(anExchange(2, { at: noon + 1 }))
    t.match(await journal.extent(), { exchanges: 2, oldest: noon, lost: 0 })
  })

  t.test('the failed SCIM requests of a tenant are counted from a time on', async t => {
    const { journal } = await open(t)
    const failed = (number: number, rest: Partial<Exchange> = {}) =>
      journal.record(anExchange(number, { tenant: 'acme', status: 400, at: noon + number, ...rest }))
    t.same(await journal.failed('acme', 0), { count: 0 })
    failed(1)
    failed(2, { status: 503 })
    failed(3, { status: 200 })
    failed(4, { tenant: 'other' })
    failed(5, { api: 'identity-store' })
    t.same(await journal.failed('acme', 0), { count: 2, last: 'exchange-2' })
    t.same(await journal.failed('acme', noon + 2), { count: 1, last: 'exchange-2' })
    t.same(await journal.failed('acme', noon + 3), { count: 0 })
  })

  t.test('pruning deletes the oldest exchanges beyond the count, and those that are too old', async t => {
    const { journal } = await open(t, { count: 3, days: 10 })
    journal.record(anExchange(0, { at: noon - 11 * day }))
    for (let number = 1; number <= 5; number++) journal.record(anExchange(number))
    await journal.prune(noon)
    t.same(ids(await journal.page({ limit: 10 })), ['exchange-5', 'exchange-4', 'exchange-3'])
    t.match(await journal.extent(), { exchanges: 3 })
    await pruneDaily(journal, 10, 4)
    t.same(ids(await journal.page({ limit: 10 })), ['exchange-5', 'exchange-4'])
  })

  t.test('old exchanges are pruned even after ones dated by a clock that was ahead', async t => {
    const { journal } = await open(t, { count: 100_000, days: 10 })
    for (let number = 1; number <= 3000; number++) journal.record(anExchange(number, { at: noon + 30 * day }))
    for (let number = 3001; number <= 3500; number++) journal.record(anExchange(number, { at: noon }))
    journal.record(anExchange(3501, { at: noon + 9 * day }))
    await pruneDaily(journal, 11)
    t.same((await everyPage(journal, { limit: 1000 })).slice(0, 2), [exchangeId(3501), exchangeId(3000)])
    t.match(await journal.extent(), { exchanges: 3001 })
    await pruneDaily(journal, 41)
    t.match(await journal.extent(), { exchanges: 0 })
  })

  t.test('a clock that jumps ahead deletes nothing, and is forgotten when it is set back', async t => {
    const { journal, reopen } = await open(t, { count: 100, days: 10 })
    journal.record(anExchange(1))
    journal.record(anExchange(2))
    t.equal(await journal.prune(noon + day), undefined)
    const ahead = noon + 100 * day
    const leap = { now: ahead, trusted: noon + day, until: ahead + day }
    t.same(await journal.prune(ahead), leap)
    journal.record(anExchange(3, { at: ahead }))
    t.same(await journal.prune(ahead + 60_000), { ...leap, now: ahead + 60_000 })
    t.same(await reopen().prune(ahead + 120_000), { ...leap, now: ahead + 120_000 })
    t.match(await journal.extent(), { exchanges: 3 })
    t.equal(await journal.prune(noon + day), undefined)
    t.match(await journal.extent(), { exchanges: 3 })
    t.same(await journal.prune(ahead), leap, 'the next jump is a new one')
  })

  t.test('a clock that stays ahead for a day is trusted, also after a restart', async t => {
    const { journal, reopen } = await open(t, { count: 100, days: 10 })
    journal.record(anExchange(1))
    const later = noon + 20 * day
    t.match(await journal.prune(later), { until: later + day })
    journal.record(anExchange(2, { at: later }))
    t.equal(await reopen().prune(later + day), undefined)
    t.same(ids(await journal.page({ limit: 10 })), ['exchange-2'])
  })

  t.test('other work runs during a long pruning', async t => {
    const { journal } = await open(t, { count: 100_000, days: 1 })
    for (let number = 1; number <= 9000; number++) journal.record(anExchange(number))
    await pruneDaily(journal, 1)
    let turns = 0
    let isDone = false
    const count = () => {
      turns++
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    await journal.prune(noon + 2 * day)
    isDone = true
    t.match(await journal.extent(), { exchanges: 0 })
    // A portion of 1,000 in each, apart from the first and the last.
    t.ok(turns >= 5, `${turns} turns`)
  })

  t.test('the journal enforces its retention by itself', async t => {
    const { journal } = await open(t, { count: 100, days: 10 })
    for (let number = 1; number <= 5000; number++) {
      journal.record(anExchange(number))
      if (number % 250 === 0) await journal.find('whatever')
    }
    const left = await everyPage(journal, { limit: 1000 })
    t.equal(left[0], exchangeId(5000))
    t.ok(left.length >= 100 && left.length <= 1100, `${left.length} are left`)
  })

  t.test(
    'requests without valid credentials have a tenth beside the others, which they never push out',
    async t => {
      const { journal, reopen } = await open(t, { count: 1500, days: 10 })
      const refused = { unauthenticated: true, status: 401 } as const
      for (let number = 1; number <= 20; number++) journal.record(anExchange(number))
      for (let number = 21; number <= 3020; number++) {
        journal.record(anExchange(number, refused))
        if (number % 500 === 0) await journal.find('whatever')
      }
      t.ok((await journal.extent()).exchanges < 1500, 'while they arrive')
      await journal.prune(noon)
      const left = await everyPage(journal, { limit: 1000 })
      t.same(left.slice(148, 152), [2872, 2871, 20, 19].map(exchangeId))
      t.equal(left.length, 170)
      for (let number = 3021; number <= 4510; number++) journal.record(anExchange(number))
      await journal.find('whatever')
      await reopen().prune(noon)
      const after = await everyPage(journal, { limit: 1000 })
      t.same([after.length, after.at(-1)], [1650, exchangeId(11)])
      t.equal((await journal.find(exchangeId(3020)))?.unauthenticated, true)
    },
  )

  t.test(
    'the journal keeps its limit in bytes, of which a tenth is for requests without valid credentials',
    async t => {
      const { journal } = await open(t, { count: 100_000, days: 10, bytes: 1_000_000 })
      const large = { response: { headers: {}, body: 'x'.repeat(9000) } }
      for (let number = 1; number <= 150; number++) journal.record(anExchange(number, large))
      for (let number = 151; number <= 300; number++)
        journal.record(anExchange(number, { ...large, unauthenticated: true }))
      await journal.prune(noon)
      const { bytes, exchanges, keepBytes } = await journal.extent()
      t.equal(keepBytes, 1_000_000)
      t.ok(bytes > 900_000 && bytes <= 1_000_000, `${bytes} bytes`)
      const left = await everyPage(journal, { limit: 200 })
      t.equal(left.length, exchanges)
      const authenticated = left.filter(id => id <= exchangeId(150))
      t.same(authenticated[0], exchangeId(150))
      t.ok(
        authenticated.length >= 85 && authenticated.length <= 95,
        `${authenticated.length} with credentials`,
      )
    },
  )

  t.test('small requests make way for large ones as they arrive', async t => {
    const { journal } = await open(t, { count: 100_000, days: 10, bytes: 4_000_000 })
    for (let number = 1; number <= 4000; number++) journal.record(anExchange(number))
    await journal.find('whatever')
    for (let number = 4001; number <= 4200; number++) {
      journal.record(anExchange(number, { response: { headers: {}, body: 'x'.repeat(60_000) } }))
      if (number % 20 === 0) await journal.find('whatever')
    }
    const { bytes } = await journal.extent()
    t.ok(bytes <= 8_000_000, `${bytes} bytes`)
  })

  t.test('the amounts stay exact across deletions and restarts', async t => {
    const { journal, reopen, clear } = await open(t)
    for (let number = 1; number <= 9; number++) {
      const rest = number % 3 === 0 ? ({ unauthenticated: true } as const) : {}
      journal.record(anExchange(number, { tenant: number % 2 === 0 ? 'acme' : 'other', ...rest }))
    }
    const { bytes } = await journal.extent()
    await clear('acme')
    const after = await journal.extent()
    t.equal(after.exchanges, 5)
    t.ok(after.bytes > bytes / 3 && after.bytes < bytes, `${after.bytes} of ${bytes} bytes`)
    t.same(await reopen().extent(), after)
    await clear()
    t.match(await reopen().extent(), { exchanges: 0, bytes: 0 })
  })

  t.test('clearing deletes the exchanges of one tenant, or all', async t => {
    const { journal, clear } = await open(t, { count: 2, days: 10 })
    journal.record(anExchange(1, { tenant: 'acme' }))
    journal.record(anExchange(2, { tenant: 'other' }))
    journal.record(anExchange(3, { tenant: 'acme' }))
    journal.record(anExchange(4))
    await journal.extent()
    await clear('acme')
    t.same(ids(await journal.page({ limit: 10 })), ['exchange-4', 'exchange-2'])
    await journal.prune(noon)
    t.same(ids(await journal.page({ limit: 10 })), ['exchange-4', 'exchange-2'], 'gaps do not count')
    await clear()
    t.same(await journal.page({ limit: 10 }), { items: [] })
    t.match(await journal.extent(), { exchanges: 0, bytes: 0, lost: 0 })
    journal.record(anExchange(5))
    t.same(ids(await journal.page({ limit: 10 })), ['exchange-5'])
  })
}
