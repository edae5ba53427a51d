import { statSync } from 'node:fs'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { jsonResponse, problemResponses, timestamp, toIsoTime } from '../../contract/operation.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { requireTenant } from './tenants.ts'

const bytes = (description: string, example: number) => z.int().nonnegative().meta({ description, example })

const compactedSchema = z
  .object({
    before: bytes('The size of the database before, in bytes.', 97_000_000),
    after: bytes('Its size now, in bytes.', 4_000_000),
  })
  .meta({ id: 'Compacted', description: 'What a compaction saved.' })

/** Making the database's file smaller. */
export const compactRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { compact }) => {
  app.post(
    '/compact',
    {
      schema: {
        operationId: 'compact',
        summary: 'Compact the database',
        description:
          'Returns all space of deleted data to the file system, in portions between requests. The server does so by itself once there are more than 16 MiB. A file created by an earlier version can not shrink in portions yet: it is rewritten once, and requests wait meanwhile.',
        tags: ['compact'],
        response: { 200: jsonResponse('What was saved.', compactedSchema), ...problemResponses() },
      },
    },
    async () => {
      try {
        return await compact()
      } catch (error) {
        throw new Problem('not-compacted', error instanceof Error ? error.message : String(error))
      }
    },
  )
}

const unavailable = { 503: problemResponses(503)[503] }

/** For probes: they need no token and may call the console by any name. */
export const healthRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { version, ready }) => {
  const tags = ['health']

  app.get(
    '/livez',
    {
      schema: {
        operationId: 'livez',
        summary: 'Say whether the process lives',
        tags,
        security: [],
        response: {
          200: jsonResponse('It does.', z.object({ status: z.literal('ok'), version: z.string() })),
        },
      },
    },
    async () => ({ status: 'ok' as const, version }),
  )

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'readyz',
        summary: 'Say whether the SCIM listener takes requests',
        tags,
        security: [],
        response: {
          200: jsonResponse('It does.', z.object({ status: z.literal('ready') })),
          ...unavailable,
        },
      },
    },
    async () => {
      if (ready()) return { status: 'ready' as const }
      throw new Problem('not-ready', 'The server is starting or stopping; ask again in a moment.', {
        headers: { 'retry-after': '1' },
      })
    },
  )
}

const resetSchema = z.strictObject({
  tenant: z.string().optional().meta({
    description: 'The id of the tenant to reset; all are when it is left out.',
    example: 'acme',
  }),
})

const resetResultSchema = z
  .object({ tenants: z.array(z.string()).meta({ description: 'The ids of the tenants that were reset.' }) })
  .meta({ id: 'ResetDone', description: 'What a reset did.' })

/** Starting over. */
export const resetRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { tenants, reset }) => {
  app.post(
    '/reset',
    {
      schema: {
        operationId: 'reset',
        summary: 'Start over',
        description:
          'Forgets users, groups, their history, the journal and what it showed, disarms faults, and sets the clock back: all at once, or nothing. Tenants and tokens stay.',
        tags: ['reset'],
        body: resetSchema.optional(),
        response: {
          200: jsonResponse('What was reset.', resetResultSchema),
          ...problemResponses(400, 404, 413, 415),
        },
      },
    },
    async ({ body }) => {
      if (body?.tenant !== undefined) requireTenant(tenants, body.tenant)
      return { tenants: [...(await reset(body?.tenant))] }
    },
  )
}

const settingSchema = z.object({
  flag: z.string().meta({ example: '--port' }),
  variable: z.string().meta({ example: 'SCIMULATOR_PORT' }),
  description: z.string().meta({ description: 'What it is for.', example: 'port of the SCIM listener' }),
  value: z.string().meta({ description: 'In force; secrets are masked.', example: '8080' }),
  source: z.enum(['flag', 'environment', 'default']).meta({ description: 'Where the value comes from.' }),
})

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

/** What there is to know about the server itself. */
export const settingsRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (
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
        response: { 200: jsonResponse('The settings.', settingsSchema), ...problemResponses() },
      },
    },
    async () => {
      const { exchanges, oldest } = await journal.extent()
      const { started, settings, retention, database } = facts
      return {
        version,
        node: process.version,
        started: toIsoTime(started),
        settings: settings.map(setting => ({ ...setting })),
        journal: {
          exchanges,
          ...(oldest !== undefined && { oldest: toIsoTime(oldest) }),
          keeps: { ...retention },
        },
        ...(database !== undefined && { database: { path: database, bytes: databaseSize(database) } }),
      }
    },
  )
}

/** With what waits beside the file to be written into it. */
const databaseSize = (path: string): number =>
  [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)
