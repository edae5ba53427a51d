import { z } from 'zod'
import type { Purgeable } from '../../provider/directory.ts'
import { identitySchema, viewDeletion, viewRelated } from './identity-view.ts'

/** A preview shows so many records, and the ids of all. */
export const recordsShown = 1000

const purgeMistake =
  'Send { "ids": ["…"] } to purge those records, or { "all": true } to purge every retained one; with "preview": true nothing is purged.'

const preview = z.boolean().optional().meta({ description: 'Only tell what would be purged.' })

export const purgeSchema = z
  .union(
    [
      z.strictObject({ ids: z.array(z.string()).min(1).max(1000), preview }),
      z.strictObject({ all: z.literal(true), preview }),
    ],
    purgeMistake,
  )
  .meta({
    description: 'Which retained records to purge.',
    examples: [
      { ids: ['94482488-5041-7061-1b47-c0e0b6b2a1f8'] },
      { all: true },
      { all: true, preview: true },
    ],
  })

const purgeableSchema = identitySchema
  .pick({ id: true, type: true, label: true, deleted: true, groups: true })
  .meta({ id: 'Purgeable', description: 'A retained record that would be purged.' })

export const purgedSchema = z
  .object({
    purged: z
      .array(z.string())
      .meta({ description: 'The ids of the records that were purged, or would be.' }),
    kept: z.array(z.string()).meta({
      description: 'The ids that were asked for and are of no retained record: nothing happens to them.',
    }),
    preview: z.literal(true).optional().meta({ description: 'Nothing was purged.' }),
    records: z
      .array(purgeableSchema)
      .optional()
      .meta({ description: `In a preview: the records, the first ${recordsShown} of them at most.` }),
  })
  .meta({ id: 'Purged', description: 'What a purge did, or would do.' })

export const viewPurgeable = ({
  id,
  type,
  label,
  deleted,
  groups,
}: Purgeable): z.output<typeof purgeableSchema> => ({
  id,
  type,
  label,
  ...viewDeletion(deleted),
  groups: groups.map(viewRelated),
})
