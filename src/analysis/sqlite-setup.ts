import type { Database } from 'better-sqlite3'
import type { SetupStep, SetupStepId } from './setup-step.ts'

type Row = {
  readonly id: SetupStepId
  readonly at: number | null
  readonly tenantTime: number
  readonly exchange: string | null
  readonly userAgent: string | null
}

/** The table `setup_steps`. Its changes run inside a write. */
export function createSqliteSetup(db: Database) {
  const put = db.prepare<[string, string, number | null, number, string | null, string | null]>(
    `insert or ignore into setup_steps (tenant, step, at, tenant_time, exchange, user_agent)
      values (?, ?, ?, ?, ?, ?)`,
  )
  const ofTenant = db.prepare<[string], Row>(
    `select step as id, at, tenant_time as tenantTime, user_agent as userAgent,
      (select id from exchanges where id = setup_steps.exchange) as exchange
      from setup_steps where tenant = ?`,
  )
  const deleteAll = db.prepare<[]>('delete from setup_steps')
  const deleteOf = db.prepare<[string]>('delete from setup_steps where tenant = ?')

  return {
    /** Stores a step. Returns false when it is stored already. */
    put(tenant: string, { id, at, tenantTime, exchange, userAgent }: SetupStep): boolean {
      const { changes } = put.run(tenant, id, at ?? null, tenantTime, exchange ?? null, userAgent ?? null)
      return changes > 0
    },
    /** The steps that are done, with exchanges that the journal still has. */
    steps: (tenant: string): readonly SetupStep[] => ofTenant.all(tenant).map(stepOf),
    clear(tenant?: string): void {
      if (tenant === undefined) deleteAll.run()
      else deleteOf.run(tenant)
    },
  }
}

const stepOf = ({ id, at, tenantTime, exchange, userAgent }: Row): SetupStep => ({
  id,
  tenantTime,
  ...(at !== null && { at }),
  ...(exchange !== null && { exchange }),
  ...(userAgent !== null && { userAgent }),
})
