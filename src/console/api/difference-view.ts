import { z } from 'zod'
import type { Difference } from '../../scim/differences.ts'

export const differenceSchema = z
  .object({
    path: z.string().meta({ description: 'As PATCH would name it.', example: 'name.givenName' }),
    kind: z.enum(['added', 'removed', 'changed']),
    before: z.unknown().optional().meta({ description: 'Absent for what was added.', example: 'Anna' }),
    after: z.unknown().optional().meta({ description: 'Absent for what was removed.', example: 'Anne' }),
  })
  .meta({ id: 'Difference', description: 'What is different at one place of a resource.' })

export const viewDifference = (difference: Difference): z.output<typeof differenceSchema> => ({
  ...difference,
})
