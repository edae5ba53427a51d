import t, { type Test } from 'tap'
import { FaultLimitError, maxFaults, type RequestFacts } from '../../../../src/domain/faults/fault.ts'
import { UnavailableError } from '../../../../src/domain/ports/database.ts'
import type { DatabaseLocation } from '../../../../src/storage/postgres/connection.ts'
import { createCursorKey, replaceCursorKey } from '../../../../src/storage/postgres/cursor-key.ts'
import { createPostgresFaults } from '../../../../src/storage/postgres/faults.ts'
import { createPostgresPermits } from '../../../../src/storage/postgres/stores.ts'
import { createTables, joinInstance, until } from '../../../support/cluster.ts'
import { skipWithoutPostgres } from '../../../support/postgres.ts'

t.jobs = 1

/** An instance with the state that instances share. */
async function openInstance(t: Test, location: DatabaseLocation) {
  const parts: {
    faults?: ReturnType<typeof createPostgresFaults>
    key?: ReturnType<typeof createCursorKey>
  } = {}
  const { cluster } = await joinInstance(t, location, {
    prepare(cluster) {
      parts.faults = createPostgresFaults(cluster)
      parts.key = createCursorKey(cluster)
    },
  })
  const { faults, key } = parts
  if (!faults || !key) throw new Error('The instance was not prepared.')
  return { cluster, faults, key }
}

async function openTwo(t: Test) {
  const location = await createTables(t)
  return { location, one: await openInstance(t, location), other: await openInstance(t, location) }
}

const request =
  (facts: Partial<RequestFacts> = {}) =>
  () => ({
    tenant: 'acme',
    api: 'scim' as const,
    method: 'POST',
    type: 'User',
    operation: 'create' as const,
    url: '/acme/scim/v2/Users',
    body: () => '',
    ...facts,
  })
const effect = { kind: 'status', status: 500 } as const

t.test('faults of several instances', { skip: skipWithoutPostgres }, async t => {
  await t.test(
    'a fault is active on all instances once it is acknowledged, and gone once it is deactivated',
    async t => {
      const { one, other } = await openTwo(t)
      const fault = await one.faults.activate({ name: 'Trouble', match: { type: 'User' }, effect })
      t.same(other.faults.list(), [fault])
      t.equal(await other.faults.deactivate(fault.id), true)
      t.same(one.faults.list(), [])
      t.equal(await one.faults.deactivate(fault.id), false)
    },
  )

  await t.test('instances count requests together', async t => {
    const { one, other } = await openTwo(t)
    await one.faults.activate({ match: { skip: 1, every: 2 }, effect, times: 2 })
    const hits: (number | undefined)[] = []
    for (const { faults } of [one, other, one, other, one, other, one]) {
      hits.push((await faults.trigger(request()))?.hits)
    }
    t.same(hits, [undefined, undefined, 1, undefined, 2, undefined, undefined])
    t.same([one.faults.list(), other.faults.list()], [[], []], 'it has no hits left')
  })

  await t.test(
    'the last hit of a fault that cannot be removed is injected, and it is removed later',
    async t => {
      const location = await createTables(t)
      let isAway = false
      let faults: ReturnType<typeof createPostgresFaults> | undefined
      await joinInstance(t, location, {
        prepare(cluster) {
          const change: typeof cluster.change = (work, lock) =>
            isAway ? Promise.reject(new UnavailableError('away')) : cluster.change(work, lock)
          faults = createPostgresFaults({ ...cluster, change })
        },
      })
      const fault = await faults?.activate({ match: {}, effect, times: 1 })
      isAway = true
      t.match(await faults?.trigger(request()), { id: fault?.id, hits: 1 })
      isAway = false
      t.match(faults?.list(), [{ hits: 1 }])
      t.equal(await faults?.trigger(request()), undefined)
      t.same(faults?.list(), [])
    },
  )

  await t.test('requests at the same time are counted once each', async t => {
    const { one, other } = await openTwo(t)
    await one.faults.activate({ match: { every: 5 }, effect, times: 4 })
    const hits = await Promise.all(
      Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? one : other).faults.trigger(request())),
    )
    t.same(hits.flatMap(fault => fault?.hits ?? []).sort(), [1, 2, 3, 4])
  })

  await t.test('the first due fault is triggered, and later faults do not count the request', async t => {
    const { one, other } = await openTwo(t)
    const { id: first } = await one.faults.activate({ match: { every: 2 }, effect })
    const { id: second } = await other.faults.activate({ match: { every: 2 }, effect })
    const hits: (string | undefined)[] = []
    for (let count = 0; count < 6; count++) hits.push((await one.faults.trigger(request()))?.id)
    t.same(hits, [undefined, first, second, first, undefined, first])
  })

  await t.test('a request that no fault matches needs no statement', async t => {
    const { one } = await openTwo(t)
    t.equal(
      one.faults.trigger(() => {
        throw new Error('computed')
      }),
      undefined,
    )
    await one.faults.activate({ match: { tenant: 'other' }, effect })
    t.equal(one.faults.trigger(request()), undefined)
  })

  await t.test('hits become visible on other instances, whose listeners are notified', async t => {
    const { one, other } = await openTwo(t)
    await one.faults.activate({ match: {}, effect })
    let notified = 0
    other.faults.subscribe(() => notified++)
    await one.faults.trigger(request())
    await until(() => other.faults.list()[0]?.hits === 1)
    t.same(other.faults.list(), one.faults.list())
    t.equal(notified, 1)
  })

  await t.test('faults of a tenant, or all, are deactivated', async t => {
    const { one, other } = await openTwo(t)
    for (const tenant of ['acme', 'other']) await one.faults.activate({ match: { tenant }, effect })
    await one.faults.activate({ match: {}, effect })
    await other.faults.deactivateForTenant('acme')
    t.same(
      one.faults.list().map(({ match }) => match.tenant),
      ['other', undefined],
    )
    await other.faults.deactivateAll()
    t.same(one.faults.list(), [])
  })

  await t.test(`at most ${maxFaults} faults are active`, async t => {
    const { one, other } = await openTwo(t)
    for (let count = 0; count < maxFaults; count++) await one.faults.activate({ match: {}, effect })
    await t.rejects(other.faults.activate({ match: {}, effect }), FaultLimitError)
  })

  await t.test('texts that PostgreSQL cannot store are replaced', async t => {
    const { one, other } = await openTwo(t)
    await one.faults.activate({ name: 'a\0b\ud800', match: {}, effect })
    t.equal(other.faults.list()[0]?.name, 'a\ufffdb\ufffd')
  })
})

t.test('permits of several instances', { skip: skipWithoutPostgres }, async t => {
  await t.test('instances share the permits of a second', async t => {
    const { one, other } = await openTwo(t)
    const [first, second] = [one, other].map(({ cluster }) =>
      createPostgresPermits(cluster.statements, () => 0),
    )
    // Next to none is added during the test.
    const rate = 0.001
    t.equal(await first?.(1, 'read', rate), true)
    t.same([await first?.(1, 'read', rate), await second?.(1, 'read', rate)], [false, false])
  })

  await t.test('after a rejected request, others cost no statement until there is a permit', async t => {
    const { one } = await openTwo(t)
    let now = 0
    const permits = createPostgresPermits(one.cluster.statements, () => now)
    t.equal(await permits(1, 'read', 1), true)
    t.equal(await permits(1, 'read', 1), false)
    t.equal(permits(1, 'read', 1), false)
    t.ok(permits(1, 'write', 1) instanceof Promise)
    now = 1000
    t.ok(permits(1, 'read', 1) instanceof Promise)
  })
})

t.test('the key of cursors', { skip: skipWithoutPostgres }, async t => {
  const { location, one, other } = await openTwo(t)
  t.throws(() => one.key.current(), { message: 'The key of cursors was not created.' })
  await Promise.all([one.key.create(), other.key.create()])
  const first = one.key.current()
  t.same([first.length, other.key.current()], [32, first])
  const late = await openInstance(t, location)
  await late.key.create()
  t.same(late.key.current(), first)

  await one.cluster.change(async (connection, epoch) => {
    await replaceCursorKey(connection, epoch)
    return true
  })
  const second = one.key.current()
  t.not(second.toString('hex'), first.toString('hex'))
  t.same(other.key.current(), second)
})
