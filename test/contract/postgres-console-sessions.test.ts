import t from 'tap'
import { createPostgresSessions } from '../../src/storage/postgres/console-sessions.ts'
import { joinInstance, shareTables } from '../support/cluster.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { describeConsoleSessions } from './console-sessions.ts'

if (skipWithoutPostgres) t.plan(0, skipWithoutPostgres)
else {
  const openTables = shareTables(t)

  describeConsoleSessions(t, async t => {
    const location = await openTables()
    const { cluster } = await joinInstance(t, location)
    return createPostgresSessions(cluster.statements)
  })

  t.test('a session that one instance ends has ended for all', async t => {
    const location = await openTables()
    const [one, other] = [await joinInstance(t, location), await joinInstance(t, location)].map(
      ({ cluster }) => createPostgresSessions(cluster.statements),
    )
    const hash = Buffer.alloc(32, 7)
    const session = {
      ...{ id: 'a', issuer: 'https://login.example', subject: 's', role: 'write' as const },
      ...{ created: 1, lastUsed: 1, expires: 9 },
    }
    await one?.save(hash, session, { person: 10, total: 10 })
    t.same(await other?.find(hash), session)
    await other?.end('a')
    t.equal(await one?.find(hash), undefined)
  })
}
