import t from 'tap'
import { joinInstance, shareTables } from '../support/cluster.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { describeTenants } from './tenants.ts'

if (skipWithoutPostgres) t.plan(0, skipWithoutPostgres)
else {
  const openTables = shareTables(t)

  describeTenants(t, async t => {
    const location = await openTables()
    const { tenants } = await joinInstance(t, location)
    return {
      tenants,
      // Another instance: the first one continues.
      reopen: async () => {
        await tenants.writeUses()
        return (await joinInstance(t, location)).tenants
      },
    }
  })
}
