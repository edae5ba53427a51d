import type { Database } from 'better-sqlite3'
import type { SetupStep, SetupStepId } from '../../domain/ports/analysis.ts'
import { type SetupStepRow, toSetupStep } from '../common/analysis-rows.ts'

/** Reads the table `setup_steps`. */
export function createSetupReader(db: Database) {
  const ofTenant = db.prepare<[string], SetupStepRow>(
    `select step as id, at, tenant_time as tenantTime, user_agent as userAgent,
      (select id from exchanges where id = setup_steps.exchange) as exchange
      from setup_steps where tenant = ?`,
  )
  const idsOf = db.prepare<[string], { tenant: string; step: SetupStepId }>(
    'select tenant, step from setup_steps where tenant in (select value from json_each(?))',
  )

  return {
    /** The completed steps, with the exchanges that are still in the journal. */
    steps: (tenant: string): readonly SetupStep[] => ofTenant.all(tenant).map(toSetupStep),
    /** The ids of the completed steps of several tenants. */
    completed(tenants: readonly string[]): ReadonlyMap<string, readonly SetupStepId[]> {
      const byTenant = Map.groupBy(idsOf.all(JSON.stringify(tenants)), ({ tenant }) => tenant)
      return new Map([...byTenant].map(([tenant, rows]) => [tenant, rows.map(({ step }) => step)]))
    },
  }
}

/** Writes the table `setup_steps`, within a transaction. */
export function createSetupWriter(db: Database) {
  const put = db.prepare<[string, string, number | null, number, string | null, string | null]>(
    `insert or ignore into setup_steps (tenant, step, at, tenant_time, exchange, user_agent)
      values (?, ?, ?, ?, ?, ?)`,
  )
  const deleteAll = db.prepare<[]>(
    'delete from setup_steps where tenant not in (select tenant from sessions)',
  )
  const deleteOf = db.prepare<[string]>('delete from setup_steps where tenant = ?')

  return {
    /** Stores a step. Returns false when it is stored already. */
    put(tenant: string, { id, at, tenantTime, exchange, userAgent }: SetupStep): boolean {
      const { changes } = put.run(tenant, id, at ?? null, tenantTime, exchange ?? null, userAgent ?? null)
      return changes > 0
    },
    clear(tenant?: string): void {
      if (tenant === undefined) deleteAll.run()
      else deleteOf.run(tenant)
    },
  }
}
