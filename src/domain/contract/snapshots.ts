import { z } from 'zod'
import { listSchema, operation, timestamp } from './operation.ts'

const snapshotSchema = z
  .object({
    id: z.string().meta({ example: '0b5f7c2e-6f0b-4b0e-9a55-2f1d3f0c7a11' }),
    name: z.string().meta({ example: 'before the migration' }),
    created: timestamp('The time of its creation, in real time.'),
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
    bytes: z
      .int()
      .nonnegative()
      .meta({ description: 'The size on disk or in memory, in bytes.', example: 40960 }),
  })
  .meta({ id: 'Snapshot', description: 'The saved directories of all tenants.' })

export type Snapshot = z.output<typeof snapshotSchema>

const newSnapshotSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'Must not be empty; omit it to use the time as the name.')
    .max(200, 'Must have at most 200 characters.')
    .optional()
    .meta({
      description: 'The display name; the time if omitted.',
      example: 'before the migration',
    }),
})

const restoreResultSchema = z
  .object({
    tenants: z.array(z.string()).meta({ description: 'The IDs of the restored tenants.' }),
    skipped: z.array(z.string()).meta({
      description:
        'The IDs of tenants that were deleted after the snapshot, even if a new tenant has the same ID.',
    }),
  })
  .meta({ id: 'RestoreResult', description: 'The result of a restore.' })

export type RestoreResult = z.output<typeof restoreResultSchema>

const snapshotParams = z.object({ id: z.string().meta({ description: 'The ID of the snapshot.' }) })

export const operations = {
  listSnapshots: operation({
    method: 'GET',
    path: '/snapshots',
    needs: 'read',
    summary: 'List the snapshots',
    tags: ['snapshots'],
    response: { status: 200, description: 'All of them, newest first.', schema: listSchema(snapshotSchema) },
    problems: [],
  }),
  createSnapshot: operation({
    method: 'POST',
    path: '/snapshots',
    needs: 'write',
    summary: 'Save a snapshot of all tenants',
    description:
      'Resources with their history, settings, declared types and clocks, without tokens and the journal. Other requests are served meanwhile. It is stored next to the database, or in memory if the database is in memory.',
    tags: ['snapshots'],
    body: newSnapshotSchema.optional(),
    response: { status: 201, description: 'The snapshot.', schema: snapshotSchema },
    problems: [400, 409, 413, 415],
    changes: 'snapshots',
  }),
  restoreSnapshot: operation({
    method: 'POST',
    path: '/snapshots/:id/restore',
    needs: 'destroy',
    summary: 'Restore a snapshot',
    description:
      'Restores everything at once, between two requests. Tokens, the journal, and tenants created later stay unchanged; tenants deleted after the snapshot are skipped, even if a new tenant has the same ID.',
    tags: ['snapshots'],
    params: snapshotParams,
    response: { status: 200, description: 'The restored tenants.', schema: restoreResultSchema },
    problems: [404, 409],
    changes: 'reset',
  }),
  deleteSnapshot: operation({
    method: 'DELETE',
    path: '/snapshots/:id',
    needs: 'destroy',
    summary: 'Delete a snapshot',
    tags: ['snapshots'],
    params: snapshotParams,
    response: { status: 204, description: 'The snapshot is deleted.' },
    problems: [404],
    changes: 'snapshots',
  }),
}
