import { z } from 'zod'
import { searchQuery } from './exchanges.ts'
import { operation, tenantParams } from './operation.ts'
import { tenantSchema } from './tenants.ts'

/** The most bytes of a session file that a server opens. */
export const maxSessionBytes = 256 * 1024 * 1024

/** The file as a client sends it. */
const fileSchema: z.ZodType<unknown, Blob> = z
  .any()
  .meta({ type: 'string', format: 'binary', description: 'The session file.' })

export const operations = {
  exportSession: operation({
    method: 'GET',
    path: '/tenants/:tenant/session',
    needs: 'read',
    summary: 'Export a session as one HTML file',
    description:
      'Requests, cycles, findings, and all resources with their history, with a viewer: a browser opens the file without a server. Secrets are masked. `q` selects the requests; everything else is always complete.',
    tags: ['tenants'],
    params: tenantParams,
    query: searchQuery.pick({ q: true }),
    maxConcurrent: 2,
    response: { status: 200, description: 'The file.', content: { 'text/html': z.string() } },
    problems: [400, 404],
  }),
  openSession: operation({
    method: 'POST',
    path: '/tenants/open-session',
    needs: 'write',
    summary: 'Open a session file as a read-only tenant',
    description:
      'The body is the file, as `text/html`, up to 256 MiB, of format 1 or 2 (compressed, up to 4 GiB decompressed). The tenant has its requests, cycles, findings, and resources with their history. It has no access tokens, its clock stands at the export, and nothing can change it: delete it when it is no longer needed.',
    tags: ['tenants'],
    query: z.object({
      id: z.string().optional().meta({
        description: 'The ID of the tenant; derived from that of the exported tenant if omitted.',
        example: 'acme-session',
      }),
    }),
    body: fileSchema,
    consumes: 'text/html',
    bodyLimit: maxSessionBytes,
    maxConcurrent: 1,
    response: { status: 201, description: 'The tenant.', schema: tenantSchema },
    problems: [400, 409, 413, 415, 429],
    changes: 'tenants',
  }),
}
