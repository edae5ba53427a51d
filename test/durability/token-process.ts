import { createOAuthClientStore } from '../../src/storage/common/stores/oauth-clients.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createSqliteTables } from '../../src/storage/sqlite/held-tables.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createSqliteAccessTokens } from '../../src/storage/sqlite/stores.ts'
import { createTenantStore } from '../../src/storage/sqlite/tenants.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { profileWithEndpoint } from '../contract/oauth-clients.ts'

/** Issues access tokens, many in parallel, and prints each one on a line, until it is killed. Argument: the database file. */
const [file] = process.argv.slice(2)
const db = openSqlite(file)
migrate(db)
const writer = createWriter(db)
const tenants = createTenantStore(db, writer, profileWithEndpoint)
const clients = createOAuthClientStore(
  createSqliteTables(db, writer),
  tenants,
  createSqliteAccessTokens(db, writer),
)
const tenant = tenants.find('acme') ?? (await tenants.create({ profile: 'rfc' }, 'acme'))

async function issueWithoutEnd(): Promise<never> {
  for (;;) {
    // A client has a limited number of tokens.
    const { client } = await clients.create(tenant)
    for (let issued = 0; issued < 50; issued++) {
      const grant = { client: client.id, access: 'full', scope: 'scim', lifetime: 3600 } as const
      const { text } = (await clients.issue(tenant, grant)) ?? {}
      process.stdout.write(`${text}\n`)
    }
  }
}

await Promise.all(Array.from({ length: 8 }, issueWithoutEnd))
