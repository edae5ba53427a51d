import { statSync } from 'node:fs'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ConsoleParts } from '../parts.ts'
import { answer, instant, instantOf, problems } from './shapes.ts'

const settingSchema = z.object({
  flag: z.string().meta({ example: '--port' }),
  variable: z.string().meta({ example: 'SCIMULATOR_PORT' }),
  says: z.string().meta({ description: 'What it is for.', example: 'port of the SCIM listener' }),
  value: z.string().meta({ description: 'In force; secrets are masked.', example: '8080' }),
  source: z.enum(['flag', 'environment', 'default']).meta({ description: 'Where the value comes from.' }),
})

const settingsSchema = z
  .object({
    version: z.string().meta({ example: '1.0.0' }),
    node: z.string().meta({ description: 'The version of Node.js.', example: 'v24.21.0' }),
    started: instant('When the server was started.'),
    settings: z.array(settingSchema),
    journal: z.object({
      exchanges: z.int().meta({ description: 'How many are kept.', example: 1024 }),
      oldest: instant('When the oldest came in.').optional(),
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

/** What there is to know about the server itself. */
export const settingsRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (
  app,
  { version, facts, journal },
) => {
  app.get(
    '/settings',
    {
      schema: {
        operationId: 'showSettings',
        summary: 'Show how the server was started',
        tags: ['server'],
        response: { 200: answer('The settings.', settingsSchema), ...problems() },
      },
    },
    async () => {
      const { exchanges, oldest } = await journal.extent()
      const { started, settings, keeps, database } = facts
      return {
        version,
        node: process.version,
        started: instantOf(started),
        settings: settings.map(setting => ({ ...setting })),
        journal: {
          exchanges,
          ...(oldest !== undefined && { oldest: instantOf(oldest) }),
          keeps: { ...keeps },
        },
        ...(database !== undefined && { database: { path: database, bytes: bytesOf(database) } }),
      }
    },
  )
}

/** With what waits beside the file to be written into it. */
const bytesOf = (path: string): number =>
  [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)
