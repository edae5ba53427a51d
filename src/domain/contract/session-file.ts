import { z } from 'zod'
import { searchQuery } from './exchanges.ts'
import { creates, describe, read, sends, write } from './operation.ts'
import { tenantSchema } from './tenants.ts'

export const maxSessionBytes = 256 * 1024 * 1024

const fileSchema: z.ZodType<unknown, Blob> = z
  .any()
  .meta({ type: 'string', format: 'binary', description: 'The session file.' })

export const operations = describe('tenants', {
  exportSession: read(
    'GET /tenants/:tenant/session',
    'Export a session as one HTML file',
    sends({ 'text/html': z.string() }, 'The file.'),
    {
      description:
        'Requests, cycles, findings, and all resources with their history, with a viewer: a browser opens the file without a server. Secrets are masked. `q` selects the requests; everything else is always complete.',
      query: searchQuery.pick({ q: true }),
      maxConcurrent: 2,
    },
  ),
  openSession: write(
    'POST /tenants/open-session',
    'Open a session file as a read-only tenant',
    creates(tenantSchema, 'The tenant.'),
    {
      description:
        'The body is the file, as `text/html`, up to 256 MiB, of format 1 or 2 (compressed, up to 4 GiB decompressed). The tenant has its requests, cycles, findings, and resources with their history. It has no access tokens, its clock stands at the export, and nothing can change it: delete it when it is no longer needed.',
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
      also: [409, 429],
    },
  ),
})
