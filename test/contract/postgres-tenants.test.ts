import t from 'tap'
import { createTables, joinInstance } from '../support/cluster.ts'
import { runOnServer, skipWithoutPostgres } from '../support/postgres.ts'
import { describeTenants } from './tenants.ts'

if (skipWithoutPostgres) t.plan(0, skipWithoutPostgres)
else {
  const location = await createTables(t)

  describeTenants(t, async t => {
    const tables = ['tenants', 'tokens', 'removals', 'removed_tenants']
    await runOnServer(tables.map(table => `delete from ${location.schema}.${table}`).join(';'))
    const { tenants } = await joinInstance(t, location)
    return {
      tenants,
      // Another instance: the first one goes on.
      reopen: async () => {
        await tenants.writeUses()
        return (await joinInstance(t, location)).tenants
      },
    }
  })
}
