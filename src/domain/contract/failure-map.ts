import { z } from 'zod'
import { describe, read, returns } from './operation.ts'

const failureMapSchema = z
  .object({
    requests: z
      .int()
      .nonnegative()
      .meta({ description: 'The rejected requests that were read.', example: 40 }),
    rows: z
      .array(
        z.object({
          rule: z.string().meta({ description: 'The ID of the rule.', example: 'aws/text-characters' }),
          cells: z
            .array(
              z.object({
                attribute: z.string().optional().meta({
                  description:
                    'The path of the attribute; absent if the rule is not about single attributes.',
                  example: 'displayName',
                }),
                count: z.int().positive().meta({ description: 'Rejected requests.', example: 12 }),
              }),
            )
            .meta({ description: 'The most frequent first.' }),
        }),
      )
      .meta({ description: 'The rule with the most rejected requests first.' }),
  })
  .meta({ id: 'FailureMap', description: 'Which rules rejected which attributes, and how often.' })

export type FailureMap = z.output<typeof failureMapSchema>

export const operations = describe('findings', {
  getFailureMap: read(
    'GET /tenants/:tenant/failure-map',
    'Show which rules rejected which attributes',
    returns(failureMapSchema, 'The map.'),
    { description: 'Of the newest 200 requests that a rule rejected.', maxConcurrent: 2 },
  ),
})
