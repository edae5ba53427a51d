import { globSync } from 'node:fs'

/**
 * The test files that run on PostgreSQL, too: those whose results depend on the database most. A file takes twice the CPU time
 * there. `test/compliance/engines.test.ts` compares what both engines respond to the requests of the compliance suite.
 * `npm run test:postgres -- --all` runs the others, too.
 */
const selected = [
  'test/http/{bulk,bulk-references,changing-types,filter}.test.ts',
  'test/http/{groups,journal,paging,resources,search,tenant-deleted}.test.ts',
  'test/http/console/{access,analysis,events,exchanges,faults,identities,open-session}.test.ts',
  'test/http/console/{metrics,oauth-clients,past,replay,snapshots,tenants,tokens,types,webhooks}.test.ts',
  'test/idp/aws-and-entra.test.ts',
  'test/attacks/{credentials,secrets}.test.ts',
]

/** Test files of the listeners whose results do not depend on `SCIMULATOR_TEST_DATABASE`, by the reason. */
export const withoutDatabaseOfTests: readonly {
  readonly reason: string
  readonly files: readonly string[]
}[] = [
  {
    reason:
      'They test the compliance suite, the provisioning client, the command line or functions without a server of this program.',
    files: [
      'test/compliance/{check-texts,client-verdicts,core-after,core-clean-up,core-discovery}.test.ts',
      'test/compliance/{core-server-faults,diagnose,echo,first-screen,former-ids,gate,grade}.test.ts',
      'test/compliance/{drafts,interop,ipsie,reports,reports-hostile,scimmy,set-up,stubs}.test.ts',
      'test/attacks/{linear-time,regular-expressions}.test.ts',
      'test/http/{aws-export,cli/drift,cli/entra-auth,cli/rehearse,cli/wrong-use}.test.ts',
      'test/idp/{entra-scimmy,okta-tasks,okta-wire}.test.ts',
    ],
  },
  {
    reason: 'They use SQLite and PostgreSQL, each by its name.',
    files: [
      'test/compliance/engines.test.ts',
      'test/http/{cli/backup,cli/databases,journal-rows,moved-database}.test.ts',
    ],
  },
  {
    reason: 'They open a file of SQLite, which an earlier version wrote, or whose handling is tested.',
    files: [
      'test/attacks/{diagnostics,files,sign-in}.test.ts',
      'test/http/landed-database.test.ts',
      'test/http/cli/server-process.test.ts',
    ],
  },
  {
    reason: 'They start the program in memory, to test how it is composed, packed or graded.',
    files: [
      'test/http/{added-profile,cli/test-server}.test.ts',
      'test/compliance/{drafts-on-profiles,package}.test.ts',
    ],
  },
]

/** The selection, or all test files of the listeners whose results depend on the database. */
export function filesOnPostgres({ all = false } = {}): readonly string[] {
  if (!all) return globSync(selected).sort()
  const without = new Set(globSync(withoutDatabaseOfTests.flatMap(({ files }) => files)))
  return globSync('test/{http,idp,attacks,compliance}/**/*.test.ts')
    .filter(file => !without.has(file))
    .sort()
}
