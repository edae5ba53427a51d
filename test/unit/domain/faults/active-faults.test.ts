import fc from 'fast-check'
import t from 'tap'
import {
  createActiveFaults,
  describeFault,
  type FaultEffect,
  FaultLimitError,
  type FaultMatch,
  maxFaults,
  type RequestFacts,
} from '../../../../src/domain/faults/fault.ts'
import { presets } from '../../../../src/domain/faults/presets.ts'
import { assertProperty } from '../../../support/property.ts'

const request =
  (facts: Partial<RequestFacts> = {}) =>
  (): RequestFacts => ({
    tenant: 'acme',
    api: 'scim',
    method: 'POST',
    type: 'User',
    operation: 'create',
    url: '/acme/scim/v2/Users',
    body: () => '{"displayName":"Moe"}',
    ...facts,
  })

function faultsOf() {
  let ids = 0
  let now = 1000
  const faults = createActiveFaults({ newId: () => `fault-${++ids}`, clock: () => now++ })
  return faults
}

const effect = { kind: 'status', status: 500 } as const

t.test('hits are exactly those that skip, every and times allow', async t => {
  const wish = fc.record({
    skip: fc.option(fc.nat(12), { nil: undefined }),
    every: fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }),
    times: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    matchingFlags: fc.array(fc.boolean(), { maxLength: 60 }),
  })
  assertProperty(
    fc.property(wish, ({ skip, every, times, matchingFlags }) => {
      const faults = faultsOf()
      faults.activate({
        match: { methods: ['POST'], ...(skip !== undefined && { skip }), ...(every && { every }) },
        effect,
        ...(times && { times }),
      })
      const triggered = matchingFlags.map(isMatch =>
        faults.trigger(request({ method: isMatch ? 'POST' : 'GET' })),
      )

      // By position among the matching requests, from 1.
      const matching = matchingFlags.flatMap((isMatch, at) => (isMatch ? [at] : []))
      const due = matching
        .filter((_, index) => index + 1 > (skip ?? 0) && (index + 1 - (skip ?? 0)) % (every ?? 1) === 0)
        .slice(0, times)
      t.same(
        triggered.flatMap((fault, at) => (fault ? [at] : [])),
        due,
      )
      t.equal(faults.list().length, times !== undefined && due.length === times ? 0 : 1)
    }),
  )
})

t.test('a fault applies to requests that meet all its conditions', async t => {
  const matches = [
    [{}, {}, true],
    [{ tenant: 'acme' }, {}, true],
    [{ tenant: 'acme' }, { tenant: undefined }, false],
    [{}, { tenant: undefined }, true],
    [{ tenant: 'other' }, {}, false],
    [{ api: 'scim' }, {}, true],
    [{ api: 'scim' }, { api: 'identity-store' }, false],
    [{ api: 'sts' }, { api: 'sts' }, true],
    [{ api: 'identity-store' }, { api: undefined }, false],
    [{ methods: ['PUT', 'POST'] }, {}, true],
    [{ methods: ['PUT'] }, {}, false],
    [{ type: 'user' }, {}, true],
    [{ type: 'Group' }, {}, false],
    [{ type: 'User' }, { type: undefined }, false],
    [{ operations: ['create', 'list'] }, {}, true],
    [{ operations: ['list'] }, {}, false],
    [{ operations: ['list'] }, { operation: undefined }, false],
    [{ text: 'MOE' }, {}, true],
    [{ text: 'barney' }, {}, false],
    [{ text: '/users' }, { body: () => '' }, true],
    [{ text: 'userName eq "moe"' }, { url: '/Users?filter=userName+eq+%22moe%22' }, true],
    [{ text: '100%' }, { url: '/Users?filter=100%' }, true],
    [{ methods: ['POST'], type: 'User', text: 'moe', tenant: 'acme' }, {}, true],
    [{ methods: ['POST'], type: 'User', text: 'moe', tenant: 'other' }, {}, false],
  ] as const
  for (const [match, facts, isHit] of matches) {
    const faults = faultsOf()
    await faults.activate({ match, effect })
    t.equal(faults.trigger(request(facts)) !== undefined, isHit, JSON.stringify([match, facts]))
  }
})

t.test('without an active fault the facts of a request are not computed', async t => {
  const faults = faultsOf()
  t.equal(
    faults.trigger(() => {
      throw new Error('computed')
    }),
    undefined,
  )
})

t.test('the first due fault is triggered, and later faults do not count the request', async t => {
  const faults = faultsOf()
  await faults.activate({ match: { every: 2 }, effect })
  await faults.activate({ match: { every: 2 }, effect })
  const hits = await Promise.all([1, 2, 3, 4, 5, 6].map(() => faults.trigger(request())))
  t.same(
    hits.map(fault => fault?.id),
    [undefined, 'fault-1', 'fault-2', 'fault-1', undefined, 'fault-1'],
  )
})

t.test('a fault is listed with its summary and hits, and is gone after its last hit', async t => {
  const faults = faultsOf()
  const wish = { name: 'Trouble', match: { type: 'User' }, effect, times: 2 } as const
  const fault = {
    ...wish,
    id: 'fault-1',
    summary: 'every request about a User: 500, 2 times',
    activeSince: 1000,
  }
  t.same(await faults.activate(wish), { ...fault, hits: 0 })
  t.same(faults.trigger(request()), { ...fault, hits: 1, lastHit: 1001 })
  t.same(faults.list(), [{ ...fault, hits: 1, lastHit: 1001 }])
  t.same(faults.trigger(request()), { ...fault, hits: 2, lastHit: 1002 })
  t.same(faults.list(), [])
  t.equal(faults.trigger(request()), undefined)
})

t.test('subscribers are notified of each change once, until they unsubscribe', async t => {
  const faults = faultsOf()
  let notified = 0
  const stop = faults.subscribe(event => {
    t.same(event, { kind: 'changed' })
    notified++
  })
  const since = async (act: () => unknown) => {
    notified = 0
    await act()
    return notified
  }
  t.equal(await since(() => faults.activate({ match: {}, effect, times: 2 })), 1)
  t.equal(await since(() => faults.trigger(request())), 1)
  t.equal(await since(() => faults.trigger(request())), 1, 'the last hit')
  t.equal(await since(() => faults.trigger(request())), 0)
  await faults.activate({ match: {}, effect })
  t.equal(await since(() => t.resolveMatch(faults.deactivate('unknown'), false)), 0)
  t.equal(await since(() => t.resolveMatch(faults.deactivate('fault-2'), true)), 1)
  t.equal(await since(() => faults.deactivateAll()), 0)
  await faults.activate({ match: {}, effect })
  t.equal(await since(() => faults.deactivateAll()), 1)
  stop()
  t.equal(await since(() => faults.activate({ match: {}, effect })), 0)
})

t.test(`at most ${maxFaults} faults are active`, async t => {
  const faults = faultsOf()
  for (let count = 0; count < maxFaults; count++) await faults.activate({ match: {}, effect })
  await t.rejects(faults.activate({ match: {}, effect }), FaultLimitError)
  await faults.deactivate('fault-7')
  t.equal((await faults.activate({ match: {}, effect })).id, 'fault-101')
})

const failing: FaultEffect = { kind: 'status', status: 500 }

t.test('the matching requests are described', async t => {
  const matches: readonly (readonly [FaultMatch, string])[] = [
    [{}, 'every request'],
    [{ methods: ['PATCH'], type: 'User' }, 'PATCH of a User'],
    [{ methods: ['POST', 'PUT', 'PATCH'], every: 3 }, 'every 3rd POST, PUT or PATCH'],
    [{ operations: ['create', 'list'], type: 'Group' }, 'create or list of a Group'],
    [{ methods: ['POST'], operations: ['list'] }, 'POST (list)'],
    [{ type: 'User', every: 1 }, 'every request about a User'],
    [{ tenant: 'acme', text: 'moe', skip: 1 }, 'every request in acme containing "moe" after the first one'],
    [{ api: 'identity-store' }, 'every request to the Identity Store API'],
    [{ api: 'scim', methods: ['POST'], tenant: 'acme' }, 'POST to SCIM in acme'],
    [{ skip: 5, every: 2 }, 'every 2nd request after the first 5'],
    [{ skip: 0 }, 'every request'],
    ...(
      [
        [2, '2nd'],
        [4, '4th'],
        [11, '11th'],
        [13, '13th'],
        [21, '21st'],
        [112, '112th'],
      ] as const
    ).map(([every, ordinal]) => [{ every }, `every ${ordinal} request`] as const),
  ]
  for (const [match, words] of matches) t.equal(describeFault({ match, effect: failing }), `${words}: 500`)
})

t.test('the effect is described', async t => {
  const html = { kind: 'body', body: '<p>', mediaType: 'text/html; charset=utf-8' } as const
  const effects: readonly (readonly [FaultEffect, string])[] = [
    [failing, '500'],
    [{ kind: 'status', status: 429, retryAfter: 0 }, '429, Retry-After 0'],
    [{ kind: 'delay', milliseconds: 1000 }, 'delayed 1 second'],
    [{ kind: 'delay', milliseconds: 1500 }, 'delayed 1.5 seconds'],
    [{ kind: 'reset', when: 'before' }, 'connection reset, request not handled'],
    [{ kind: 'reset', when: 'after' }, 'request handled, connection reset before the response'],
    [{ kind: 'truncate' }, 'request handled, half of the response body sent'],
    [html, 'request handled, response replaced by text/html'],
    [{ ...html, status: 200 }, 'request handled, response replaced by 200 text/html'],
    [{ ...html, body: '' }, 'request handled, response replaced by empty body'],
    [{ kind: 'token-expired' }, '401, token expired'],
  ]
  for (const [effect, words] of effects) {
    t.equal(describeFault({ match: {}, effect }), `every request: ${words}`)
  }
  t.equal(describeFault({ match: {}, effect: failing, times: 1 }), 'every request: 500, once')
  t.equal(describeFault({ match: {}, effect: failing, times: 4 }), 'every request: 500, 4 times')
})

t.test('every preset has a unique id, a name and a description', async t => {
  t.equal(new Set(presets.map(({ id }) => id)).size, presets.length)
  for (const { id, name, description, fault } of presets) {
    t.match(id, /^[a-z]+(-[a-z]+)*$/)
    t.equal(fault.name, name)
    t.match(description, /^[A-Z].*\.$/, id)
  }
})
