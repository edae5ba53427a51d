import type { AnalysisStore, SetupStepId, TenantStep } from '../../domain/ports/analysis.ts'
import { type SetupStepRow, toSetupStep } from '../common/analysis-rows.ts'
import type { Reads } from './connect.ts'
import type { Connection } from './connection.ts'
import { prepared } from './statement.ts'
import { toStorable } from './storable.ts'

const ofTenant = prepared(`
  select step as id, at, tenant_time as "tenantTime", user_agent as "userAgent",
    (select e.id from exchanges e where e.id = setup_steps.exchange limit 1) as exchange
  from setup_steps where tenant = $1`)
const idsOf = prepared('select tenant, step from setup_steps where tenant = any($1::text[])')

/** Reads the table `setup_steps`. */
export const createSetupReader = (reads: Pick<Reads, 'query'>) =>
  ({
    /** The completed steps, with the exchanges that are still in the journal. */
    steps: async tenant => (await reads.query<SetupStepRow>(ofTenant, [tenant])).map(toSetupStep),
    async completed(tenants) {
      const rows = await reads.query<{ readonly tenant: string; readonly step: SetupStepId }>(idsOf, [
        tenants,
      ])
      const byTenant = Map.groupBy(rows, ({ tenant }) => tenant)
      return new Map([...byTenant].map(([tenant, found]) => [tenant, found.map(({ step }) => step)]))
    },
  }) satisfies {
    readonly steps: AnalysisStore['setupSteps']
    readonly completed: AnalysisStore['completedSteps']
  }

const put = prepared(`
  insert into setup_steps (tenant, step, at, tenant_time, exchange, user_agent)
  select tenant, step, at, tenant_time, exchange, user_agent
  from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
    as given(tenant, step, at, tenant_time, exchange, user_agent)
  on conflict do nothing
  returning tenant, step`)

const keyOf = (tenant: string, step: string) => `${tenant} ${step}`

/** Stores the first evidence of each step. Returns what was not stored before. */
export async function putSteps(
  connection: Connection,
  steps: readonly TenantStep[],
): Promise<readonly TenantStep[]> {
  const first = new Map(
    steps.toReversed().map(tenantStep => [keyOf(tenantStep.tenant, tenantStep.step.id), tenantStep]),
  )
  const rows = steps.filter(one => first.get(keyOf(one.tenant, one.step.id)) === one)
  const stored = await connection.query<{ readonly tenant: string; readonly step: string }>(put, [
    rows.map(({ tenant }) => tenant),
    rows.map(({ step }) => step.id),
    rows.map(({ step }) => step.at ?? null),
    rows.map(({ step }) => step.tenantTime),
    rows.map(({ step }) => step.exchange ?? null),
    rows.map(({ step }) => (step.userAgent === undefined ? null : toStorable(step.userAgent))),
  ])
  const keys = new Set(stored.map(({ tenant, step }) => keyOf(tenant, step)))
  return rows.filter(({ tenant, step }) => keys.has(keyOf(tenant, step.id)))
}
