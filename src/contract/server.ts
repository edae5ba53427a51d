import { z } from 'zod'
import { operation, timestamp } from './operation.ts'

const bytes = (description: string, example: number) => z.int().nonnegative().meta({ description, example })

const compactedSchema = z
  .object({
    before: bytes('The size of the database before, in bytes.', 97_000_000),
    after: bytes('Its size now, in bytes.', 4_000_000),
  })
  .meta({ id: 'Compacted', description: 'What a compaction saved.' })

export type Compacted = z.output<typeof compactedSchema>

const resetSchema = z.strictObject({
  tenant: z.string().optional().meta({
    description: 'The id of the tenant to reset; all are when it is left out.',
    example: 'acme',
  }),
})

const resetResultSchema = z
  .object({ tenants: z.array(z.string()).meta({ description: 'The ids of the tenants that were reset.' }) })
  .meta({ id: 'ResetDone', description: 'What a reset did.' })

export type ResetResult = z.output<typeof resetResultSchema>

const settingSchema = z.object({
  flag: z.string().meta({ example: '--port' }),
  variable: z.string().meta({ example: 'SCIMULATOR_PORT' }),
  description: z.string().meta({ description: 'What it is for.', example: 'port of the SCIM listener' }),
  value: z.string().meta({ description: 'In force; secrets are masked.', example: '8080' }),
  source: z.enum(['flag', 'environment', 'default']).meta({ description: 'Where the value comes from.' }),
})

export type Setting = z.output<typeof settingSchema>

const settingsSchema = z
  .object({
    version: z.string().meta({ example: '1.0.0' }),
    node: z.string().meta({ description: 'The version of Node.js.', example: 'v24.21.0' }),
    started: timestamp('When the server was started.'),
    settings: z.array(settingSchema),
    journal: z.object({
      exchanges: z.int().meta({ description: 'How many are kept.', example: 1024 }),
      oldest: timestamp('When the oldest came in.').optional(),
      keeps: z.object({
        count: z.int().meta({ description: 'The most that are kept.', example: 100_000 }),
        days: z.int().meta({ description: 'For how long.', example: 90 }),
      }),
    }),
    database: z
      .object({ path: z.string(), bytes: z.int().meta({ example: 4_194_304 }) })
      .optional()
      .meta({ description: 'The file; absent where nothing is kept.' }),
  })
  .meta({ id: 'ServerSettings', description: 'How the server was started, and what it keeps.' })

export type Settings = z.output<typeof settingsSchema>

export const operations = {
  showSettings: operation({
    method: 'GET',
    path: '/settings',
    summary: 'Show how the server was started',
    tags: ['server'],
    response: { status: 200, description: 'The settings.', schema: settingsSchema },
    problems: [],
  }),
  compact: operation({
    method: 'POST',
    path: '/compact',
    summary: 'Compact the database',
    description:
      'Returns all space of deleted data to the file system, in portions between requests. The server does so by itself once there are more than 16 MiB. A file created by an earlier version can not shrink in portions yet: it is rewritten once, and requests wait meanwhile.',
    tags: ['compact'],
    response: { status: 200, description: 'What was saved.', schema: compactedSchema },
    problems: [],
  }),
  reset: operation({
    method: 'POST',
    path: '/reset',
    summary: 'Start over',
    description:
      'Forgets users, groups, their history, the journal and what it showed, disarms faults, and sets the clock back: all at once, or nothing. Tenants and tokens stay.',
    tags: ['reset'],
    body: resetSchema.optional(),
    response: { status: 200, description: 'What was reset.', schema: resetResultSchema },
    problems: [400, 404, 413, 415],
    changes: 'reset',
  }),
}
