import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Suite } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { readKnown } from '../../scim-compliance/grade/comparison.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { createServer } from '../../src/index.ts'
import { type ProfileName, profileNames } from '../../src/profiles/names.ts'
import { startTestServer, type TestServer } from '../../src/server/test-server/test-server.ts'
import { testLease } from '../support/database.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
import { runOptions } from './small-server.ts'

const knownFile = 'test/compliance/known-rfc.json'
const known = readKnown(readFileSync(knownFile, 'utf8'), knownFile)

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

/** The checks of a profile’s suites, without these. */
async function outcomesOf({ url, token }: TestServer, profile: ProfileName, skip: readonly string[]) {
  const as: readonly Suite[] = profile === 'interop' ? ['interop', 'ipsie'] : [profile]
  const options = { token, as, skip, concurrency: 4, timeoutSeconds: 60 }
  const { result } = await runChecks(runOptions(url, checks, options))
  return result
}

/** Each check that needs the database with its verdict, except load checks, which depend on the machine. */
const verdictsOf = (outcomes: readonly Outcome[]) =>
  outcomes
    .filter(({ check: { id } }) => ![...withoutDatabase, 'entra/load/'].some(area => id.startsWith(area)))
    .map(({ check, verdict }) => `${check.id} ${verdict}`)
    .sort()

/** The suites of drafts are shorter. */
const fewest: Readonly<Record<ProfileName, number>> = { aws: 100, entra: 100, rfc: 100, interop: 70 }

for (const profile of profileNames) {
  t.test(`the suite of the profile ${profile}`, async t => {
    await using onSqlite = await createServer({ profile })
    // Response times depend on the machine more than on the server.
    const { outcomes, leftBehind } = await outcomesOf(onSqlite, profile, ['entra/load/fast-enough'])

    t.test('it passes, except for known failures', async t => {
      const failures = outcomes.filter(({ verdict }) => verdict === 'failed' || verdict === 'broken')
      t.same(
        failures
          .map(({ check, expected, got, reason }) => ({ id: check.id, expected, got, reason }))
          .filter(({ id }) => !known.some(one => one.id === id)),
        [],
      )
      t.same(
        failures.map(({ check }) => check.id),
        known.filter(({ id }) => id.startsWith(`${profile}/`)).map(({ id }) => id),
        'each known failure still occurs',
      )
      t.same(leftBehind, [])
      t.ok(outcomes.filter(({ verdict }) => verdict === 'passed').length >= fewest[profile])
    })

    t.test('both engines get the same verdicts', { skip: skipWithoutPostgres }, async t => {
      const { url, schema } = await createSchema(t)
      await using onPostgres = await startTestServer(
        { profile },
        { databaseUrl: url, databaseSchema: schema },
        { lease: testLease },
      )
      const expected = verdictsOf(outcomes)
      t.ok(expected.length >= fewest[profile], `${expected.length} checks`)
      const { outcomes: found } = await outcomesOf(onPostgres, profile, [...withoutDatabase, 'entra/load/'])
      t.same(verdictsOf(found), expected)
    })
  })
}
