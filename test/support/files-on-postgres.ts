import { globSync } from 'node:fs'

/**
 * The test files that run on PostgreSQL, too: those whose results depend on the database most. A file takes twice the CPU time
 * there, because each test creates a schema. CONTRIBUTING.md describes which others there are.
 */
const selected = [
  'test/http/{bulk,bulk-references,changing-types,characteristics,errors,etag,faults,filter}.test.ts',
  'test/http/{groups,http-itself,journal,order,paging,password,patch,replace,resources,search}.test.ts',
  'test/http/tenant-deleted.test.ts',
  'test/http/console/{access,analysis,any-request,events,exchanges,faults,identities}.test.ts',
  'test/http/console/{metrics,past,replay,settings,snapshots,tenants,tokens,types,webhooks}.test.ts',
  'test/idp/{aws-and-entra,aws-clients,entra-requests,microsoft-samples}.test.ts',
  'test/attacks/{access,secrets}.test.ts',
]

export const filesOnPostgres = (): readonly string[] => globSync(selected).sort()
