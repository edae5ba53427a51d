import { z } from 'zod'
import { atField } from './identities.ts'
import { describe, read, returns, timestamp } from './operation.ts'

const momentField = (description: string) => atField.meta({ description, example: '2026-03-01T09:30:00Z' })

const timelineQuery = z.object({
  buckets: z.coerce
    .number<number>('Expected a whole number from 1 to 1000.')
    .int('Expected a whole number from 1 to 1000.')
    .min(1, 'Must be at least 1.')
    .max(1000, 'Must be at most 1000.')
    .default(100)
    .meta({ description: 'The number of intervals, all of the same length.', example: 100 }),
  from: momentField("The start, by the tenant's clock; by default, its first resource."),
  until: momentField("The end, by the tenant's clock; by default, now."),
})

const timelineSchema = z
  .object({
    from: timestamp(
      "The start, by the tenant's clock: by default its first resource, or now, if it has none.",
    ),
    until: timestamp("The end, by the tenant's clock: at most now."),
    before: timestamp('The last change before the start, if there is one.').optional(),
    after: timestamp('The first change after the end, if there is one.').optional(),
    buckets: z.array(
      z.object({
        at: timestamp('The start of the interval.'),
        changes: z.int().nonnegative().meta({ description: 'Versions and membership changes.', example: 12 }),
        last: timestamp('The last change of the interval; absent if there are none.').optional(),
      }),
    ),
  })
  .meta({ id: 'Timeline', description: 'The number of changes in a tenant over time.' })

export type Timeline = z.input<typeof timelineSchema>

export const operations = describe('timeline', {
  getTimeline: read(
    'GET /tenants/:tenant/timeline',
    'Show the number of changes in a tenant over time',
    returns(timelineSchema, 'The timeline.'),
    {
      description:
        'From its first resource until now, or between two times. `at` of lists and resources shows the directory at any time in between.',
      query: timelineQuery,
      maxConcurrent: 2,
    },
  ),
})
