import t from 'tap'
import type { Seal } from '../../src/persistence/seal.ts'
import type { IssuerStore } from '../../src/ports/issuers.ts'
import { createPostgresAccessKeys, type PostgresAccessKeys } from '../../src/postgres/access-keys.ts'
import { createPostgresIssuers } from '../../src/postgres/issuers.ts'
import { joinInstance, shareTables } from '../support/cluster.ts'
import { runOnServer, skipWithoutPostgres } from '../support/postgres.ts'
import { describeAccessKeys, profileWithApis } from './access-keys.ts'
import { describeIssuers, profileWithCredentials } from './issuers.ts'
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

  describeAccessKeys(t, async (t, seal) => {
    const location = await openTables()
    const join = async (seal: Seal | undefined) => {
      let keys: PostgresAccessKeys | undefined
      const { tenants } = await joinInstance(t, location, {
        profileNamed: profileWithApis,
        prepare(cluster, tenants) {
          keys = createPostgresAccessKeys({ cluster, tenants, seal })
        },
      })
      if (!keys) throw new Error('The instance was not prepared.')
      const opened = keys
      t.teardown(() => opened.close())
      return { tenants, keys: opened }
    }
    const { tenants, keys } = await join(seal)
    return {
      tenants,
      keys,
      reopen: async seal => {
        await keys.writeUses()
        return (await join(seal)).keys
      },
      rows: () => runOnServer(`select * from ${location.schema}.access_keys`),
    }
  })

  describeIssuers(t, async t => {
    const location = await openTables()
    const join = async () => {
      let issuers: IssuerStore | undefined
      const { tenants } = await joinInstance(t, location, {
        profileNamed: profileWithCredentials,
        prepare(cluster, tenants) {
          issuers = createPostgresIssuers({ cluster, tenants })
        },
      })
      if (!issuers) throw new Error('The instance was not prepared.')
      return { tenants, issuers }
    }
    const opened = await join()
    return {
      ...opened,
      // Another instance.
      reopen: async () => (await join()).issuers,
      rows: () => runOnServer(`select * from ${location.schema}.issuers`),
    }
  })
}
