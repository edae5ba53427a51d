import { z } from 'zod'
import { listSchema, operation, timestamp } from './operation.ts'

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

export type Snapshot = z.output<typeof snapshotSchema>

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

export type Restored = z.output<typeof restoredSchema>

const snapshotParams = z.object({ id: z.string().meta({ description: 'The id of the snapshot.' }) })

export const operations = {
  listSnapshots: operation({
    method: 'GET',
    path: '/snapshots',
    summary: 'List the snapshots',
    tags: ['snapshots'],
    response: { status: 200, description: 'All of them, newest first.', schema: listSchema(snapshotSchema) },
    problems: [],
  }),
  saveSnapshot: operation({
    method: 'POST',
    path: '/snapshots',
    summary: 'Save what all tenants hold',
    description:
      'Resources with their history, settings, declared types and clocks; no tokens, and nothing of the journal. Requests wait while it is made. It lies beside the database, or in memory where the database does.',
    tags: ['snapshots'],
    body: newSnapshotSchema.optional(),
    response: { status: 201, description: 'The snapshot.', schema: snapshotSchema },
    problems: [400, 409, 413, 415],
    changes: 'snapshots',
  }),
  restoreSnapshot: operation({
    method: 'POST',
    path: '/snapshots/:id/restore',
    summary: 'Bring back what tenants held',
    description:
      'All of it at once, between two requests. Tokens, the journal, and tenants created later stay as they are; tenants deleted since are left out, even if another tenant has their id now.',
    tags: ['snapshots'],
    params: snapshotParams,
    response: { status: 200, description: 'What was brought back.', schema: restoredSchema },
    problems: [404, 409],
    changes: 'reset',
  }),
  deleteSnapshot: operation({
    method: 'DELETE',
    path: '/snapshots/:id',
    summary: 'Delete a snapshot',
    tags: ['snapshots'],
    params: snapshotParams,
    response: { status: 204, description: 'The snapshot is gone.' },
    problems: [404],
    changes: 'snapshots',
  }),
}
