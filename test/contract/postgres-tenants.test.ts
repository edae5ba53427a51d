import t, { type Test } from 'tap'
import type { FindingMutes } from '../../src/domain/ports/analysis.ts'
import type { AccessKeyStore } from '../../src/domain/tenants/access-keys.ts'
import type { IssuerStore } from '../../src/domain/tenants/issuers.ts'
import type { OAuthClientStore } from '../../src/domain/tenants/oauth-clients.ts'
import type { Seal } from '../../src/storage/common/seal.ts'
import { createAccessKeyStore } from '../../src/storage/common/stores/access-keys.ts'
import { createFindingMuteStore } from '../../src/storage/common/stores/finding-mutes.ts'
import { createIssuerStore } from '../../src/storage/common/stores/issuers.ts'
import { createOAuthClientStore } from '../../src/storage/common/stores/oauth-clients.ts'
import type { DatabaseLocation } from '../../src/storage/postgres/connection.ts'
import { createPostgresAccessTokens } from '../../src/storage/postgres/stores.ts'
import { joinInstance, shareTables } from '../support/cluster.ts'
import { runOnServer, skipWithoutPostgres } from '../support/postgres.ts'
import { describeAccessKeys, profileWithApis } from './access-keys.ts'
import { describeFindingMutes } from './finding-mutes.ts'
import { describeIssuers, profileWithCredentials } from './issuers.ts'
import { describeOAuthClients, profileWithEndpoint } from './oauth-clients.ts'
import { describeTenants } from './tenants.ts'

if (skipWithoutPostgres) t.plan(0, skipWithoutPostgres)
else {
  const openTables = shareTables(t)

  describeTenants(t, async t => {
    const location = await openTables()
    const { tenants, tables } = await joinInstance(t, location)
    return {
      tenants,
      // Another instance: the first one continues.
      reopen: async () => {
        await tables.exchangeUses()
        return (await joinInstance(t, location)).tenants
      },
    }
  })

  describeAccessKeys(t, async (t, seal) => {
    const location = await openTables()
    const join = async (seal: Seal | undefined) => {
      let keys: AccessKeyStore | undefined
      const { tenants, tables } = await joinInstance(t, location, {
        profileNamed: profileWithApis,
        prepare(_cluster, tenants, tables) {
          keys = createAccessKeyStore(tables, tenants, seal)
        },
      })
      if (!keys) throw new Error('The instance was not prepared.')
      return { tenants, tables, keys }
    }
    const { tenants, tables, keys } = await join(seal)
    return {
      tenants,
      keys,
      reopen: async seal => {
        await tables.exchangeUses()
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
        prepare(_cluster, tenants, tables) {
          issuers = createIssuerStore(tables, tenants)
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

  describeFindingMutes(t, async t => {
    const location = await openTables()
    const join = async () => {
      let mutes: FindingMutes | undefined
      const { tenants } = await joinInstance(t, location, {
        prepare(_cluster, _tenants, tables) {
          mutes = createFindingMuteStore(tables)
        },
      })
      if (!mutes) throw new Error('The instance was not prepared.')
      return { tenants, mutes }
    }
    const opened = await join()
    return {
      ...opened,
      // Another instance.
      reopen: async () => (await join()).mutes,
      rows: () => runOnServer(`select * from ${location.schema}.finding_mutes`),
    }
  })

  const joinWithClients = async (t: Test, location: DatabaseLocation) => {
    let clients: OAuthClientStore | undefined
    const { cluster, tenants, tables } = await joinInstance(t, location, {
      profileNamed: profileWithEndpoint,
      prepare({ statements }, tenants, tables) {
        const rows = createPostgresAccessTokens({ reads: statements, statements })
        clients = createOAuthClientStore(tables, tenants, rows)
      },
    })
    if (!clients) throw new Error('The instance was not prepared.')
    return { cluster, tenants, tables, clients }
  }

  describeOAuthClients(t, async t => {
    const location = await openTables()
    const { tenants, tables, clients } = await joinWithClients(t, location)
    const names = ['oauth_clients', 'client_secrets', 'access_tokens']
    return {
      tenants,
      clients,
      // Another instance: the first one continues.
      reopen: async () => {
        await tables.exchangeUses()
        return joinWithClients(t, location)
      },
      rows: async () => {
        const rows = names.map(table => runOnServer(`select * from ${location.schema}.${table}`))
        return (await Promise.all(rows)).flat()
      },
    }
  })

  t.test('TS-067 a revocation is known to all instances before it is acknowledged', async t => {
    const location = await openTables()
    const one = await joinWithClients(t, location)
    const other = await joinWithClients(t, location)
    const tenant = await one.tenants.create({ profile: 'rfc' }, 'acme')
    const { client, secret } = await one.clients.create(tenant)
    const grant = { client: client.id, access: 'full', scope: 'scim', lifetime: 3600 } as const
    const isRevoked = async (text: string | undefined) =>
      (await other.clients.findAccessToken(text ?? ''))?.isRevoked

    const first = await one.clients.issue(tenant, grant)
    t.equal(await isRevoked(first?.text), false, 'issued by the other instance, and held from now on')
    await one.clients.revoke(tenant, first?.token.id ?? '')
    t.equal(await isRevoked(first?.text), true)

    const second = await one.clients.issue(tenant, { ...grant, secret: secret?.secret.id ?? '' })
    t.equal(await isRevoked(second?.text), false)
    await one.clients.removeSecret(tenant, client.id, secret?.secret.id ?? '')
    t.equal(await isRevoked(second?.text), true)
    t.match(other.clients.knownSecret(tenant, client.id, secret?.text ?? ''), { isDeleted: true })

    const third = await one.clients.issue(tenant, grant)
    t.equal(await isRevoked(third?.text), false)
    await one.clients.remove(tenant, client.id)
    t.equal(await isRevoked(third?.text), true)
  })

  t.test('uses are added up over the instances', async t => {
    const location = await openTables()
    const one = await joinWithClients(t, location)
    const other = await joinWithClients(t, location)
    const tenant = await one.tenants.create({ profile: 'rfc' }, 'acme')
    const { client, secret } = await one.clients.create(tenant)
    const grant = { client: client.id, access: 'full', scope: 'scim', lifetime: 3600 } as const
    const issued = await one.clients.issue(tenant, { ...grant, secret: secret?.secret.id ?? '' })
    await other.clients.issue(tenant, grant)
    for (const { clients } of [one, other]) {
      const known = await clients.findAccessToken(issued?.text ?? '')
      if (known) clients.noteUse(known.token, Date.now())
    }
    await one.tables.exchangeUses()
    await other.tables.exchangeUses()
    await one.tables.exchangeUses()
    t.match(one.clients.list(tenant), [{ uses: 2, secrets: [{ uses: 1 }] }])
    t.match(await one.clients.accessTokens(tenant), [{ token: { uses: 0 } }, { token: { uses: 2 } }])
  })
}
