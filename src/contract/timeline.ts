import { z } from 'zod'
import { operation, tenantParams, timestamp } from './operation.ts'

const timelineQuery = z.object({
  buckets: z.coerce
    .number<number>('Expected a whole number from 1 to 1000.')
    .int('Expected a whole number from 1 to 1000.')
    .min(1, 'Must be at least 1.')
    .max(1000, 'Must be at most 1000.')
    .default(100)
    .meta({ description: 'The number of intervals, all of the same length.', example: 100 }),
})

const timelineSchema = z
  .object({
    from: timestamp("The tenant's first resource, by its clock; now, if it has none."),
    until: timestamp("Now, by the tenant's clock."),
    buckets: z.array(
      z.object({
        at: timestamp('The start of the interval.'),
        changes: z.int().nonnegative().meta({ description: 'Versions and membership changes.', example: 12 }),
      }),
    ),
  })
  .meta({ id: 'Timeline', description: 'The number of changes in a tenant over time.' })

export type Timeline = z.output<typeof timelineSchema>

export const operations = {
  getTimeline: operation({
    method: 'GET',
    path: '/tenants/:tenant/timeline',
    needs: 'read',
    summary: 'Show the number of changes in a tenant over time',
    description:
      'From its first resource until now. `at` of lists and resources shows the directory at any time in between.',
    tags: ['timeline'],
    params: tenantParams,
    query: timelineQuery,
    maxConcurrent: 2,
    response: { status: 200, description: 'The timeline.', schema: timelineSchema },
    problems: [400, 404],
  }),
}
