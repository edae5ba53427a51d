import { globSync } from 'node:fs'

/** Tests whose subject is the listeners over a database. */
const selected = [
  'test/http/*.test.ts',
  'test/http/console/*.test.ts',
  'test/idp/*.test.ts',
  'test/attacks/{access,injection,secrets,stray-tokens}.test.ts',
  'test/compliance/engines.test.ts',
]

/** Tests of other databases, and those that use none. */
const excluded = [
  'test/http/landed-database.test.ts',
  'test/http/moved-database.test.ts',
  'test/http/added-profile.test.ts',
  'test/http/console/openapi.test.ts',
  'test/idp/entra-scimmy.test.ts',
  'test/idp/entra-scenarios.test.ts',
]

/** The test files that run on PostgreSQL, too. */
export const filesOnPostgres = (): readonly string[] => globSync(selected, { exclude: excluded }).sort()
