import t, { type Test } from 'tap'
import type { ConsoleTokenStore } from '../../src/domain/ports/console-access.ts'
import { createConsoleTokenStore } from '../../src/storage/common/stores/console-tokens.ts'
import type { DatabaseLocation } from '../../src/storage/postgres/connection.ts'
import { joinInstance, shareTables, until } from '../support/cluster.ts'
import { runOnServer, skipWithoutPostgres } from '../support/postgres.ts'
import { describeConsoleTokens } from './console-tokens.ts'

if (skipWithoutPostgres) t.plan(0, skipWithoutPostgres)
else {
  const openTables = shareTables(t)

  const join = async (t: Test, location: DatabaseLocation) => {
    let tokens: ConsoleTokenStore | undefined
    const { tables } = await joinInstance(t, location, {
      prepare(_cluster, _tenants, tables) {
        tokens = createConsoleTokenStore(tables)
      },
    })
    if (!tokens) throw new Error('The instance was not prepared.')
    return { tokens, tables }
  }

  describeConsoleTokens(t, async t => {
    const location = await openTables()
    const { tokens, tables } = await join(t, location)
    return {
      tokens,
      // Another instance: the first one continues.
      reopen: async () => {
        await tables.exchangeUses()
        return (await join(t, location)).tokens
      },
      rows: () => runOnServer(`select * from ${location.schema}.console_tokens`),
    }
  })

  t.test('with two instances, a change is known to both before it is acknowledged', async t => {
    const location = await openTables()
    const one = await join(t, location)
    const other = await join(t, location)
    const { token, text } = await one.tokens.create({ name: 'ci', level: 'read', validity: 3_600_000 })
    t.same(other.tokens.find(text), token)
    await t.rejects(other.tokens.create({ name: 'ci', level: 'read', validity: 3_600_000 }), {
      name: 'TenantError',
      reason: 'taken',
    })
    t.equal(await other.tokens.remove(token.id), true)
    t.equal(one.tokens.find(text), undefined)
    t.same(one.tokens.list(), [])
  })

  t.test('with two instances, their uses add up', async t => {
    const location = await openTables()
    const one = await join(t, location)
    const other = await join(t, location)
    const { token } = await one.tokens.create({ name: 'ci', level: 'read', validity: 3_600_000 })
    one.tokens.noteUse(token.id)
    for (let use = 0; use < 2; use++) other.tokens.noteUse(token.id)
    await until(async () => {
      await one.tables.exchangeUses()
      await other.tables.exchangeUses()
      return [one, other].every(({ tokens }) => tokens.list()[0]?.uses === 3)
    })
  })

  t.test('an expired token is listed, but not found', async t => {
    const location = await openTables()
    const { tokens } = await join(t, location)
    const { token, text } = await tokens.create({ name: 'ci', level: 'read', validity: 3_600_000 })
    await runOnServer(`update ${location.schema}.console_tokens set expires = 1`)
    const { tokens: later } = await join(t, location)
    t.equal(later.find(text), undefined)
    t.same(later.list(), [{ ...token, expires: 1 }])
  })
}
