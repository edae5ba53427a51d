import { z } from 'zod'
import { type ClockReading, type CycleState, cycleState } from '../../analysis/cycles.ts'
import { clientKindSchema } from '../../contract/exchanges.ts'
import { timestamp, toIsoTime } from '../../contract/operation.ts'
import type { Analysis, Cycle } from '../../ports/analysis.ts'
import type { TenantStore } from '../../ports/tenants.ts'
import { tenantNow } from '../../tenants/tenant.ts'

const requestCount = (description: string) => z.int().meta({ description, example: 3 })

export const cycleSchema = z
  .object({
    id: z.string(),
    tenant: z.string().meta({ example: 'acme' }),
    token: z.object({ id: z.string(), ending: z.string() }).optional(),
    kind: z.enum(['cycle', 'test-connection', 'compliance', 'ad-hoc']).meta({
      description:
        '`cycle`: a provisioning service is at work. `test-connection`: it sends probes and nothing else, as in a cycle in which nothing had changed. `compliance`: the compliance suite. `ad-hoc`: requests of any other client, such as curl, a script or a load test.',
    }),
    client: clientKindSchema,
    userAgent: z.string().optional().meta({
      description: 'The product name that the client sends. Absent for Entra ID, and where none is sent.',
      example: 'curl',
    }),
    mark: z.string().optional().meta({
      description: 'Of a compliance run: everything that it creates has this in its name.',
      example: 'k3f9a',
    }),
    dialect: z.enum(['default', 'aadOptscim062020', 'other']).optional().meta({
      description:
        "Which of Entra ID's two ways of writing PATCH it speaks; `other` for a client that isn't Entra ID. Absent as long as nothing tells.",
    }),
    started: timestamp("The first request, by the machine's clock."),
    tenantStarted: timestamp("The first request, by the tenant's clock as it was then."),
    last: timestamp("The last request, by the machine's clock."),
    tenantLast: timestamp("The last request, by the tenant's clock as it was then."),
    running: z.boolean().meta({
      description:
        'Whether its last request is less than two minutes ago, by both clocks, and no later cycle of the same client has begun.',
    }),
    requests: requestCount('A bulk request is one.'),
    created: requestCount('Resources that it has created.'),
    changed: requestCount('Requests that changed a resource, other than by disabling it.'),
    disabled: requestCount('Requests that disabled a resource.'),
    deleted: requestCount('Resources that it has deleted.'),
    failed: requestCount('Requests that were answered with an error.'),
    next: z
      .object({
        expected: timestamp("When the next cycle should begin, by the machine's clock."),
        tenantExpected: timestamp("The same by the tenant's clock."),
        overdue: z.boolean().meta({ description: "Whether that is long past by the tenant's clock." }),
      })
      .optional()
      .meta({
        description:
          "Of the newest cycle of Entra ID for a tenant and token. By the time between the last ones by the tenant's clock, or by the 40 minutes of Entra ID.",
      }),
  })
  .meta({ id: 'Cycle', description: 'A run of a client: requests that belong together.' })

/** A cycle as the API shows it. */
export const viewCycle = (cycle: Cycle, { running, next }: CycleState): z.output<typeof cycleSchema> => ({
  ...cycle,
  ...(cycle.token && { token: { ...cycle.token } }),
  started: toIsoTime(cycle.started),
  tenantStarted: toIsoTime(cycle.tenantStarted),
  last: toIsoTime(cycle.last),
  tenantLast: toIsoTime(cycle.tenantLast),
  running,
  ...(next && {
    next: {
      expected: toIsoTime(next.expected.machine),
      tenantExpected: toIsoTime(next.expected.tenant),
      overdue: next.overdue,
    },
  }),
})

type CycleStateDeps = {
  readonly analysis: Pick<Analysis, 'recentCycles'>
  readonly tenants: Pick<TenantStore, 'find'>
}

/** How a cycle stands now. */
export const currentCycleState = (cycle: Cycle, deps: CycleStateDeps): CycleState =>
  cycleState(cycle, deps.analysis.recentCycles(cycle), currentTimes(cycle, deps))

/** Now, by both clocks. A tenant that is gone keeps the clock that it had. */
export function currentTimes(
  { tenant, last, tenantLast }: Cycle,
  { tenants }: Pick<CycleStateDeps, 'tenants'>,
): ClockReading {
  const machine = Date.now()
  const found = tenants.find(tenant)
  return { machine, tenant: found ? tenantNow(found, machine) : machine + (tenantLast - last) }
}
