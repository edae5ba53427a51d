import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { jsonResponse, noContent, problemResponses, timestamp, toIsoTime } from '../../contract/operation.ts'
import type { Snapshot } from '../../ports/snapshots.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'

const snapshotSchema = z
  .object({
    id: z.string().meta({ example: '0b5f7c2e-6f0b-4b0e-9a55-2f1d3f0c7a11' }),
    name: z.string().meta({ example: 'before the migration' }),
    created: timestamp("When it was made, by the machine's clock."),
    tenants: z.array(
      z.object({
        id: z.string().meta({ example: 'acme' }),
        counts: z.record(z.string(), z.int().nonnegative()).meta({
          description: 'Its resources by type.',
          example: { User: 12, Group: 3 },
        }),
        retained: z.int().nonnegative().optional().meta({
          description:
            'Deleted resources that are retained until they are purged; absent for snapshots of earlier versions.',
          example: 2,
        }),
      }),
    ),
    bytes: z.int().nonnegative().meta({ description: 'What it takes on disk or in memory.', example: 40960 }),
  })
  .meta({ id: 'Snapshot', description: 'The directories of all tenants as they were at a moment.' })

const newSnapshotSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'Leave it out to call it by its time.')
    .max(200, 'Give at most 200 characters.')
    .optional()
    .meta({
      description: 'What people call it; its time, when it is left out.',
      example: 'before the migration',
    }),
})

const restoredSchema = z
  .object({
    tenants: z
      .array(z.string())
      .meta({ description: 'The ids of the tenants that are again what they were.' }),
    skipped: z.array(z.string()).meta({
      description:
        'The ids of tenants of the snapshot that were deleted since, also where another tenant has the id now.',
    }),
  })
  .meta({ id: 'Restored', description: 'What a restore did.' })

const snapshotParams = z.object({ id: z.string().meta({ description: 'The id of the snapshot.' }) })

const viewSnapshot = ({ id, name, created, tenants, bytes }: Snapshot): z.output<typeof snapshotSchema> => ({
  id,
  name,
  created: toIsoTime(created),
  tenants: tenants.map(({ id, counts, retained }) => ({
    id,
    counts: { ...counts },
    ...(retained !== undefined && { retained }),
  })),
  bytes,
})

const snapshotNotFound = (id: string) =>
  new Problem('not-found', `There is no snapshot "${id}". GET /api/v1/snapshots lists those that exist.`)

/** What tenants hold, put aside and brought back. */
export const snapshotRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { snapshots }) => {
  const tags = ['snapshots']

  app.get(
    '/snapshots',
    {
      schema: {
        operationId: 'listSnapshots',
        summary: 'List the snapshots',
        tags,
        response: {
          200: jsonResponse('All of them, newest first.', z.object({ items: z.array(snapshotSchema) })),
          ...problemResponses(),
        },
      },
    },
    async () => ({ items: (await snapshots.list()).map(viewSnapshot) }),
  )

  app.post(
    '/snapshots',
    {
      schema: {
        operationId: 'saveSnapshot',
        summary: 'Save what all tenants hold',
        description:
          'Resources with their history, settings, declared types and clocks; no tokens, and nothing of the journal. Requests wait while it is made. It lies beside the database, or in memory where the database does.',
        tags,
        body: newSnapshotSchema.optional(),
        response: {
          201: jsonResponse('The snapshot.', snapshotSchema),
          ...problemResponses(400, 409, 413, 415),
        },
      },
    },
    async ({ body }, reply) => {
      const snapshot = await snapshots.save(body?.name)
      reply.code(201)
      return viewSnapshot(snapshot)
    },
  )

  app.post(
    '/snapshots/:id/restore',
    {
      schema: {
        operationId: 'restoreSnapshot',
        summary: 'Bring back what tenants held',
        description:
          'All of it at once, between two requests. Tokens, the journal, and tenants created later stay as they are; tenants deleted since are left out, even if another tenant has their id now.',
        tags,
        params: snapshotParams,
        response: {
          200: jsonResponse('What was brought back.', restoredSchema),
          ...problemResponses(404, 409),
        },
      },
    },
    async ({ params }) => {
      const restored = await snapshots.restore(params.id)
      if (!restored) throw snapshotNotFound(params.id)
      return { tenants: [...restored.tenants], skipped: [...restored.skipped] }
    },
  )

  app.delete(
    '/snapshots/:id',
    {
      schema: {
        operationId: 'deleteSnapshot',
        summary: 'Delete a snapshot',
        tags,
        params: snapshotParams,
        response: { 204: noContent('The snapshot is gone.'), ...problemResponses(404) },
      },
    },
    async ({ params }, reply) => {
      if (!(await snapshots.remove(params.id))) throw snapshotNotFound(params.id)
      reply.code(204)
    },
  )
}
