import t, { type Test } from 'tap'
import type { DatabaseLocation } from '../../src/storage/postgres/connection.ts'
import {
  createPostgresConsoleTokens,
  type PostgresConsoleTokens,
} from '../../src/storage/postgres/console-tokens.ts'
import { joinInstance, shareTables, until } from '../support/cluster.ts'
import { runOnServer, skipWithoutPostgres } from '../support/postgres.ts'
import { describeConsoleTokens } from './console-tokens.ts'

if (skipWithoutPostgres) t.plan(0, skipWithoutPostgres)
else {
  const openTables = shareTables(t)

  const join = async (t: Test, location: DatabaseLocation) => {
    let tokens: PostgresConsoleTokens | undefined
    await joinInstance(t, location, {
      prepare(cluster) {
        tokens = createPostgresConsoleTokens(cluster)
      },
    })
    if (!tokens) throw new Error('The instance was not prepared.')
    const opened = tokens
    t.teardown(() => opened.close())
    return opened
  }

  describeConsoleTokens(t, async t => {
    const location = await openTables()
    const tokens = await join(t, location)
    return {
      tokens,
      // Another instance: the first one continues.
      reopen: async () => {
        await tokens.writeUses()
        return join(t, location)
      },
      rows: () => runOnServer(`select * from ${location.schema}.console_tokens`),
    }
  })

  t.test('with two instances, a change is known to both before it is acknowledged', async t => {
    const location = await openTables()
    const one = await join(t, location)
    const other = await join(t, location)
    const { token, text } = await one.create({ name: 'ci', level: 'read', validity: 3_600_000 })
    t.same(other.find(text), token)
    await t.rejects(other.create({ name: 'ci', level: 'read', validity: 3_600_000 }), {
      name: 'TenantError',
      reason: 'taken',
    })
    t.equal(await other.remove(token.id), true)
    t.equal(one.find(text), undefined)
    t.same(one.list(), [])
  })

  t.test('with two instances, their uses add up', async t => {
    const location = await openTables()
    const one = await join(t, location)
    const other = await join(t, location)
    const { token } = await one.create({ name: 'ci', level: 'read', validity: 3_600_000 })
    one.noteUse(token.id)
    for (let use = 0; use < 2; use++) other.noteUse(token.id)
    await until(async () => {
      await one.writeUses()
      await other.writeUses()
      return [one, other].every(tokens => tokens.list()[0]?.uses === 3)
    })
  })

  t.test('an expired token is listed, but not found', async t => {
    const location = await openTables()
    const tokens = await join(t, location)
    const { token, text } = await tokens.create({ name: 'ci', level: 'read', validity: 3_600_000 })
    await runOnServer(`update ${location.schema}.console_tokens set expires = 1`)
    const later = await join(t, location)
    t.equal(later.find(text), undefined)
    t.same(later.list(), [{ ...token, expires: 1 }])
  })
}
