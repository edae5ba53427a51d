import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { createServer } from '../../src/index.ts'
import { type ProfileName, profileNames } from '../../src/profiles/names.ts'
import { startTestServer, type TestServer } from '../../src/test-server/test-server.ts'
import { testLease } from '../support/database.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
import { runOptions } from './small-server.ts'

/** Checks whose requests need no database. */
const withoutDatabase = [
  'transport',
  'authentication',
  'discovery',
  'schemas',
  'advertised',
  'forms',
  'errors',
].map(area => `rfc/${area}/`)

/** Each check with its verdict, except load checks, which depend on the machine. */
async function verdictsOf({ url, token }: TestServer, profile: ProfileName) {
  const options = { token, as: [profile], skip: [...withoutDatabase, 'entra/load/'], concurrency: 1 }
  const { result } = await runChecks(runOptions(url, checks, options))
  return result.outcomes.map(({ check, verdict }) => `${check.id} ${verdict}`).sort()
}

for (const profile of profileNames) {
  t.test(`under ${profile}, both engines get the same verdicts`, { skip: skipWithoutPostgres }, async t => {
    const { url, schema } = await createSchema(t)
    await using onSqlite = await createServer({ profile })
    await using onPostgres = await startTestServer(
      { profile },
      { databaseUrl: url, databaseSchema: schema },
      { lease: testLease },
    )
    const expected = await verdictsOf(onSqlite, profile)
    t.ok(expected.length > 100, `${expected.length} checks`)
    t.same(await verdictsOf(onPostgres, profile), expected)
  })
}
