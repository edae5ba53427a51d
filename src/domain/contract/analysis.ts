import { z } from 'zod'
import { timestamp } from './operation.ts'

const count = (description: string) => z.int().nonnegative().meta({ description, example: 26_000 })

export const analysisSchema = z
  .object({
    current: z.boolean().meta({
      description:
        'Whether the results are at most a few seconds old. If not, the `status` of jobs is `analyzing`, and cycles have no forecast.',
    }),
    waiting: count('The number of exchanges that are not analyzed yet, of all tenants.'),
    analyzed: count('The exchanges since `since` that are analyzed.'),
    total: count('The exchanges since `since`.'),
    since: timestamp("When no exchange waited last, by the machine's clock."),
    until: timestamp("All exchanges before this time are analyzed, by the machine's clock."),
    seconds: z.int().nonnegative().optional().meta({
      description:
        'About how many seconds it takes until no exchange waits. Absent while that is unknown, or more exchanges arrive than are analyzed.',
      example: 120,
    }),
    summary: z.string().meta({
      description: 'The progress in words.',
      example: 'Analyzing 26,000 of 55,000 requests, ready in about 2 min.',
    }),
  })
  .meta({ id: 'AnalysisProgress', description: 'The progress of the analysis of requests, for all tenants.' })

export type AnalysisProgress = z.input<typeof analysisSchema>
