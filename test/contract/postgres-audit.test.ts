import t, { type Test } from 'tap'
import { connectPostgres } from '../../src/storage/postgres/connect.ts'
import type { DatabaseLocation } from '../../src/storage/postgres/connection.ts'
import { createLongReads } from '../../src/storage/postgres/long-reads.ts'
import { createPostgresAudit } from '../../src/storage/postgres/stores.ts'
import { joinInstance, shareTables } from '../support/cluster.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { describeAudit } from './audit.ts'

if (skipWithoutPostgres) t.plan(0, skipWithoutPostgres)
else {
  const openTables = shareTables(t)

  const join = async (t: Test, location: DatabaseLocation) => {
    const connections = connectPostgres(location)
    t.teardown(() => connections.close())
    const { cluster } = await joinInstance(t, location)
    const longReads = createLongReads(connections.longReaders, connections.reads)
    return createPostgresAudit({ statements: cluster.statements, longReads })
  }

  describeAudit(t, async t => {
    const location = await openTables()
    return { audit: await join(t, location), reopen: () => join(t, location) }
  })

  t.test('TS-170 two instances share the log', async t => {
    const location = await openTables()
    const [one, other] = [await join(t, location), await join(t, location)]
    const entry = { at: 1000, caller: { kind: 'open' }, operation: 'reset', address: '127.0.0.1' } as const
    const id = await one.add(entry)
    const outcome = { status: 200, objects: { ids: [], count: 0 } }
    await other.complete(id, outcome)
    const later = await other.add({ ...entry, at: 2000 })
    t.same(await one.page({ search: [], limit: 10 }), {
      items: [
        { ...entry, at: 2000, id: later },
        { ...entry, id, outcome },
      ],
    })
  })
}
