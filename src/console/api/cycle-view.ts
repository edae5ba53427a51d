import { z } from 'zod'
import type { Cycle } from '../../analysis/cycle.ts'
import { type Forecast, isRunning } from '../../analysis/cycle-forecast.ts'
import { instant, instantOf } from './shapes.ts'

const count = (says: string) => z.int().meta({ description: says, example: 3 })

export const cycleSchema = z
  .object({
    id: z.string(),
    tenant: z.string().meta({ example: 'acme' }),
    token: z.object({ id: z.string(), ending: z.string() }).optional(),
    kind: z.enum(['cycle', 'test-connection']).meta({
      description: '`test-connection`: probes and nothing else. So is a cycle in which nothing had changed.',
    }),
    dialect: z.enum(['default', 'aadOptscim062020', 'other']).optional().meta({
      description:
        "Which of Entra ID's two ways of writing PATCH it speaks; `other` for a client that isn't Entra ID. Absent as long as nothing tells.",
    }),
    started: instant('The first request.'),
    last: instant('The last request.'),
    running: z.boolean().meta({ description: 'Whether its last request is less than two minutes ago.' }),
    requests: count('A bulk request is one.'),
    created: count('Resources that it has created.'),
    changed: count('Requests that changed a resource, other than by disabling it.'),
    disabled: count('Requests that disabled a resource.'),
    deleted: count('Resources that it has deleted.'),
    failed: count('Requests that were answered with an error.'),
    next: z
      .object({
        expected: instant('When the next cycle should begin.'),
        overdue: z.boolean().meta({ description: 'Whether that is long past.' }),
      })
      .optional()
      .meta({
        description:
          'Of the newest cycle of a tenant and token. By the time between the last ones, or by the 40 minutes of Entra ID.',
      }),
  })
  .meta({ id: 'Cycle', description: 'A run of a provisioning client. Times are those of the machine.' })

/** A cycle as the API shows it; `now` is the machine's time. */
export const viewCycle = (cycle: Cycle, now: number, next?: Forecast): z.output<typeof cycleSchema> => ({
  ...cycle,
  ...(cycle.token && { token: { ...cycle.token } }),
  started: instantOf(cycle.started),
  last: instantOf(cycle.last),
  running: isRunning(cycle, now),
  ...(next && { next: { expected: instantOf(next.expected), overdue: next.overdue } }),
})
