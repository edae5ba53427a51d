import * as z from 'zod'
import { fileSchema, importedDirectorySchema } from './aws-import.ts'
import { cycleSchema } from './cycles.ts'
import { exchangeDetailSchema, searchQuery } from './exchanges.ts'
import { findingGroupSchema } from './findings.ts'
import { historyEntrySchema, identityDetailSchema } from './identities.ts'
import { creates, describe, read, sends, write } from './operation.ts'
import { onDeleteSchema, profileNameSchema, tenantSchema, throttleSchema } from './tenants.ts'

export const maxSessionBytes = 256 * 1024 * 1024

const longestTestName = 1000
const longestHeadline = 10_000

export const operations = describe('tenants', {
  exportSession: read(
    'GET /tenants/:tenant/session',
    'Export a session as one HTML file',
    sends({ 'text/html': z.string() }, 'The file.'),
    {
      description:
        'Requests, cycles, findings, and all resources with their history, with a viewer: a browser opens the file without a server. Secrets are masked. `q` selects the requests; everything else is always complete.',
      query: searchQuery.pick({ q: true }).extend({
        test: z.string().max(longestTestName).optional().meta({
          description: 'The name of a failed test: the file opens at the newest request that failed.',
          example: 'creates a user',
        }),
        headline: z.string().max(longestHeadline).optional().meta({
          description: 'The sentence that the file begins with; that of the overview if omitted.',
          example: 'Barney is disabled since 09:15.',
        }),
      }),
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
      body: fileSchema('The session file.'),
      consumes: 'text/html',
      bodyLimit: maxSessionBytes,
      maxConcurrent: 1,
      also: [409, 429],
    },
  ),
})

/** Raised by a change that earlier versions cannot read. Format 2 compresses all data blocks but the first. */
export const sessionFormat = 2

export const sessionFormats = [1, sessionFormat] as const

const text = (longest: number) => z.string().max(longest)
const time = z.iso.datetime()
const exchangeId = text(64)
const objects = z.array(z.record(z.string(), z.unknown()))

const setupStepSchema = z.object({
  id: text(64),
  at: time.optional(),
  tenantTime: time,
  exchange: exchangeId.optional(),
  userAgent: text(10_000).optional(),
})

export const sessionFactsSchema = z.object({
  format: z.literal(sessionFormats),
  tenant: text(64),
  profile: profileNameSchema,
  /** In real time and by the tenant's clock. */
  exported: time,
  tenantTime: time,
  version: text(64),
  q: text(10_000).optional(),
  /** The first sentence: of the overview, with times in UTC by the tenant's clock, or of the page. Files of earlier versions have none. */
  headline: text(longestHeadline).optional(),
  /** The failed test that the file is about. */
  test: text(longestTestName).optional(),
  types: z.array(z.object({ name: z.string(), plural: z.string() })).max(1000),
  onDelete: onDeleteSchema,
  throttle: throttleSchema,
  switches: z.record(z.string(), z.string()),
  declared: z.object({ schemas: objects, resourceTypes: objects }),
  setup: z.array(setupStepSchema).max(100),
  imported: importedDirectorySchema.optional(),
})

/** A user, group or other resource with its history, newest first. */
export const sessionResourceSchema = z.object({
  resource: identityDetailSchema,
  history: z.array(historyEntrySchema),
})

export const sessionObservationSchema = z.object({
  exchange: exchangeId,
  findings: z
    .array(z.object({ id: text(200), subject: z.string().optional(), detail: z.string() }))
    .max(10_000),
})

export const sessionItemSchemas = {
  session: sessionFactsSchema,
  requests: exchangeDetailSchema,
  cycles: cycleSchema,
  findings: findingGroupSchema,
  observations: sessionObservationSchema,
  resources: sessionResourceSchema,
} as const

/** The items in the data blocks of a session file, by the name of the block. A name can have several blocks. */
export type SessionItems = {
  readonly [Name in keyof typeof sessionItemSchemas]: z.output<(typeof sessionItemSchemas)[Name]>
}

export type SessionBlock = keyof SessionItems
export type SessionFacts = SessionItems['session']
export type SessionResource = SessionItems['resources']
