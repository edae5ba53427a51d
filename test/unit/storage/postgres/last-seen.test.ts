import t, { type Test } from 'tap'
import { createLastSeen } from '../../../../src/storage/postgres/last-seen.ts'
import { actionsOn, tenant } from '../../../contract/store-fixture.ts'
import { skipWithoutPostgres } from '../../../support/postgres.ts'
import { createTenants, openForTest, openPostgresStore } from '../../../support/postgres-store.ts'

async function open(t: Test) {
  const location = await createTenants(t)
  const { store, connections } = openPostgresStore(t, location)
  const observer = await openForTest(t, location)
  const { addUser, remove } = actionsOn(store)
  const keys: number[] = []
  for (const id of ['a', 'b', 'c']) keys.push((await addUser(id)).key)
  await remove('User', 'c')
  return {
    reads: connections.reads,
    keys,
    times: async () => {
      const rows = await observer.query<{
        readonly tenant: number
        readonly key: number
        readonly at: number
      }>({
        text: 'select tenant, key, at from last_seen order by tenant, key',
      })
      return rows.map(({ tenant, key, at }) => [tenant, keys.indexOf(key), at])
    },
  }
}

const skip = skipWithoutPostgres

t.test(
  'instances write the last time of each existing or deleted resource of the tenant',
  { skip },
  async t => {
    const { reads, keys, times } = await open(t)
    const [one, other] = [createLastSeen(reads), createLastSeen(reads)]
    for (const key of keys) one.note(tenant, key, 5000)
    for (const key of keys.slice(0, 1)) one.note(tenant, key, 4000)
    for (const key of keys.toReversed()) other.note(tenant, key, 3000)
    for (const key of keys.slice(1)) other.note(tenant, key, 6000)
    other.note(tenant, 987_654_321, 6000)
    await Promise.all([one.flush(), other.flush()])
    const expected = [
      [tenant, 0, 5000],
      [tenant, 1, 6000],
      [tenant, 2, 6000],
    ]
    t.same(await times(), expected)
    const foreign = createLastSeen(reads)
    for (const key of keys) foreign.note(tenant + 1, key, 9000)
    await foreign.close()
    t.same(await times(), expected, 'no resource of another tenant')
  },
)

t.test('times are written without a call, and the last ones when it is closed', { skip }, async t => {
  const { reads, keys, times } = await open(t)
  const written = Promise.withResolvers<void>()
  const lastSeen = createLastSeen(
    {
      query: async (...of) => {
        const rows = await reads.query<never>(...of)
        written.resolve()
        return rows
      },
    },
    { delay: 1 },
  )
  for (const key of keys.slice(0, 1)) lastSeen.note(tenant, key, 5000)
  // The timer of `lastSeen` does not keep the process alive.
  const alive = setInterval(() => {}, 1000)
  await written.promise
  clearInterval(alive)
  t.same(await times(), [[tenant, 0, 5000]])
  for (const key of keys.slice(1, 2)) lastSeen.note(tenant, key, 6000)
  await lastSeen.close()
  t.same(await times(), [
    [tenant, 0, 5000],
    [tenant, 1, 6000],
  ])
})

t.test('times that could not be written are written later', { skip }, async t => {
  const { reads, keys, times } = await open(t)
  const failure = new Error('the database is away')
  const errors: unknown[] = []
  let isAway = true
  const lastSeen = createLastSeen(
    { query: (...of) => (isAway ? Promise.reject(failure) : reads.query(...of)) },
    { onError: error => errors.push(error) },
  )
  for (const key of keys.slice(0, 2)) lastSeen.note(tenant, key, 5000)
  await lastSeen.flush()
  t.same(errors, [failure])
  for (const key of keys.slice(0, 1)) lastSeen.note(tenant, key, 4000)
  isAway = false
  await lastSeen.close()
  t.same(await times(), [
    [tenant, 0, 5000],
    [tenant, 1, 5000],
  ])
})
