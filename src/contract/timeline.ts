import { z } from 'zod'
import { operation, tenantParams, timestamp } from './operation.ts'

const timelineQuery = z.object({
  buckets: z.coerce
    .number<number>('Give a whole number from 1 to 1000.')
    .int('Give a whole number from 1 to 1000.')
    .min(1, 'Give at least 1.')
    .max(1000, 'Give at most 1000.')
    .default(100)
    .meta({ description: 'In how many parts of the same length the time is told.', example: 100 }),
})

const timelineSchema = z
  .object({
    from: timestamp("The tenant's first resource, by its clock; now, when it has had none."),
    until: timestamp("Now, by the tenant's clock."),
    buckets: z.array(
      z.object({
        at: timestamp('When it begins.'),
        changes: z.int().nonnegative().meta({ description: 'Versions and membership changes.', example: 12 }),
      }),
    ),
  })
  .meta({ id: 'Timeline', description: 'How much happened in a tenant, and when.' })

export type Timeline = z.output<typeof timelineSchema>

export const operations = {
  showTimeline: operation({
    method: 'GET',
    path: '/tenants/:tenant/timeline',
    summary: 'Tell how much happened in a tenant, and when',
    description:
      'From its first resource until now. `at` of lists and resources shows any moment in between.',
    tags: ['timeline'],
    params: tenantParams,
    query: timelineQuery,
    response: { status: 200, description: 'The timeline.', schema: timelineSchema },
    problems: [400, 404],
  }),
}
