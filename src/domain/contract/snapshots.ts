import * as z from 'zod'
import {
  count,
  creates,
  describe,
  destroy,
  lists,
  read,
  returns,
  returnsNothing,
  timestamp,
  write,
} from './operation.ts'

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
        retained: count(
          'Deleted resources that are retained until they are purged; absent for snapshots of earlier versions.',
          2,
        ).optional(),
      }),
    ),
    bytes: count('The size on disk or in memory, in bytes.', 40960),
  })
  .meta({ id: 'Snapshot', description: 'The saved directories of all tenants.' })

export type Snapshot = z.input<typeof snapshotSchema>

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

export type RestoreResult = z.input<typeof restoreResultSchema>

export const operations = describe('snapshots', {
  listSnapshots: read(
    'GET /snapshots',
    'List the snapshots',
    lists(snapshotSchema, 'All of them, newest first.'),
  ),
  createSnapshot: write(
    'POST /snapshots',
    'Save a snapshot of all tenants',
    creates(snapshotSchema, 'The snapshot.'),
    {
      description:
        'Resources with their history, settings, declared types and clocks, without tokens and the journal. Other requests are served meanwhile. It is stored next to the database, or in memory if the database is in memory.',
      body: newSnapshotSchema.optional(),
      also: [409],
    },
  ),
  restoreSnapshot: destroy(
    'POST /snapshots/:id/restore',
    'Restore a snapshot',
    returns(restoreResultSchema, 'The restored tenants.'),
    {
      description:
        'Restores everything at once, between two requests. Tokens, the journal, and tenants created later stay unchanged; tenants deleted after the snapshot are skipped, even if a new tenant has the same ID.',
      changes: 'reset',
      also: [409],
    },
  ),
  deleteSnapshot: destroy(
    'DELETE /snapshots/:id',
    'Delete a snapshot',
    returnsNothing('The snapshot is deleted.'),
  ),
})
