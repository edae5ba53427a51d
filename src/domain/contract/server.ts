import * as z from 'zod'
import { describe, destroy, read, returns, text, timestamp, write } from './operation.ts'

const bytes = (description: string, example: number) => z.int().nonnegative().meta({ description, example })

const compactionResultSchema = z
  .object({
    before: bytes('The size of the database before, in bytes.', 97_000_000),
    after: bytes('Its size now, in bytes.', 4_000_000),
  })
  .meta({ id: 'CompactionResult', description: 'The result of a compaction.' })

const resetSchema = z.strictObject({
  tenant: text('The ID of the tenant to reset; all tenants if omitted.', 'acme').optional(),
})

const resetResultSchema = z
  .object({ tenants: z.array(z.string()).meta({ description: 'The IDs of the reset tenants.' }) })
  .meta({ id: 'ResetResult', description: 'The result of a reset.' })

const settingSchema = z.object({
  flag: z.string().meta({ example: '--port' }),
  variable: z.string().meta({ example: 'SCIMULATOR_PORT' }),
  description: text('The meaning of the setting.', 'port of the SCIM listener'),
  value: text('The value in use; secrets are masked.', '8080'),
  source: z.enum(['flag', 'environment', 'default']).meta({ description: 'The source of the value.' }),
})

export type Setting = z.output<typeof settingSchema>

const settingsSchema = z
  .object({
    version: z.string().meta({ example: '1.0.0' }),
    node: text('The version of Node.js.', 'v24.21.0'),
    started: timestamp('The start time of the server.'),
    settings: z.array(settingSchema),
    journal: z.object({
      exchanges: z.int().meta({ description: 'The number of stored exchanges.', example: 1024 }),
      bytes: z.int().meta({
        description: 'About the bytes of the stored exchanges; free space of the file is not included.',
        example: 3_145_728,
      }),
      oldest: timestamp('The time of the oldest exchange.').optional(),
      retention: z.object({
        count: z.int().meta({
          description:
            'The maximum number of exchanges with valid credentials. A tenth of it is kept of others, in addition.',
          example: 100_000,
        }),
        bytes: z.int().optional().meta({
          description:
            'The maximum of `bytes`, of which a tenth is for exchanges without valid credentials; absent if there is none.',
          example: 1_000_000_000,
        }),
        days: z.int().meta({ description: 'The maximum age.', example: 90 }),
      }),
    }),
    database: z
      .object({ path: z.string(), bytes: z.int().meta({ example: 4_194_304 }) })
      .optional()
      .meta({
        description:
          'The path of the database, and the size of its files with the journal; absent if data is in memory only.',
      }),
  })
  .meta({ id: 'ServerSettings', description: 'The settings of the server, and the extent of its data.' })

export type Settings = z.input<typeof settingsSchema>

export const operations = {
  ...describe('server', {
    getSettings: read(
      'GET /settings',
      'Show the settings of the server',
      returns(settingsSchema, 'The settings.'),
    ),
  }),
  ...describe('compact', {
    compact: write(
      'POST /compact',
      'Compact the database',
      returns(compactionResultSchema, 'The sizes before and after.'),
      {
        description:
          'Returns all space of deleted data to the file system, in portions between requests. The server does so by itself once there are more than 16 MiB. A file of an earlier version is rewritten once, and requests wait meanwhile.',
        also: [409],
      },
    ),
  }),
  ...describe('reset', {
    reset: destroy('POST /reset', 'Delete all data', returns(resetResultSchema, 'The reset tenants.'), {
      description:
        'Deletes users, groups, their history, the journal and its analysis, turns off faults, and returns the clock to real time: all at once, or nothing. Tenants and tokens are kept.',
      body: resetSchema.optional(),
      also: [404],
    }),
  }),
}
