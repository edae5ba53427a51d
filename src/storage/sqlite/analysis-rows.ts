import type { Database } from 'better-sqlite3'
import type { ExchangeNotes } from '../../domain/journal/exchange.ts'
import {
  type AnalyzedBatch,
  type Cycle,
  type Finding,
  findingOrigin,
  type SavedBatch,
  type SetupStep,
  type TenantStep,
  type TokenClient,
} from '../../domain/ports/analysis.ts'
import { noteColumns } from '../common/exchange-rows.ts'
import { createCycleWriter } from './cycles.ts'
import { createFindingWriter } from './findings.ts'
import { createSetupWriter } from './setup-steps.ts'
import { createTokenClientWriter } from './token-clients.ts'

/** A batch without the contents of its exchanges, which are in the journal. */
export type BatchRows = {
  readonly items: readonly ItemRows[]
  readonly cycles: readonly Cycle[]
  readonly tokenClients: readonly TokenClient[]
  readonly steps: readonly TenantStep[]
}

type ItemRows = {
  readonly seq: number
  readonly tenant: string | undefined
  readonly at: number
  readonly notes: ExchangeNotes
  readonly findings: readonly Finding[]
  readonly steps: readonly SetupStep[]
}

/** The result of saving a batch, by positions in it. */
export type SavedRows = {
  /** The stored items. */
  readonly items: readonly number[]
  /** An item, and one of its findings. */
  readonly newFindings: readonly (readonly [item: number, finding: number])[]
  readonly newSteps: readonly TenantStep[]
}

export const toBatchRows = ({ items, cycles, tokenClients, steps }: AnalyzedBatch): BatchRows => ({
  items: items.map(({ position, exchange: { tenant, at, notes }, findings, steps }) => ({
    ...{ seq: Number(position), tenant, at, notes, findings, steps },
  })),
  cycles,
  tokenClients,
  steps,
})

export function toSavedBatch(batch: AnalyzedBatch, { items, newFindings, newSteps }: SavedRows): SavedBatch {
  return {
    items: items.flatMap(at => batch.items[at] ?? []),
    newFindings: newFindings.flatMap(([at, of]) => {
      const item = batch.items[at]
      const finding = item?.findings[of]
      return item && finding ? [{ exchange: item.exchange, finding }] : []
    }),
    newSteps,
  }
}

/** Writes the tables `exchange_notes`, `cycles`, `token_clients`, `findings` and `setup_steps`, within a transaction. */
export function createAnalysisWriter(db: Database) {
  const cycles = createCycleWriter(db)
  const findings = createFindingWriter(db)
  const setup = createSetupWriter(db)
  const tokenClients = createTokenClientWriter(db)
  const putNotes = db.prepare<
    [number, string | null, string | null, string, string | null, string | null, string]
  >(`insert into exchange_notes (seq, ${noteColumns.join(', ')}) values (?, ?, ?, ?, ?, ?, ?)`)
  const pendingExchange = db.prepare<[number]>(
    `select 1 from exchanges where seq = ?
      and not exists (select 1 from exchange_notes where exchange_notes.seq = exchanges.seq)`,
  )

  const saveNotes = ({ seq, notes: { cycle, dialect, client, recognized, findings } }: ItemRows) => {
    const { product = null, evidence = null } = recognized ?? {}
    putNotes.run(seq, cycle ?? null, dialect ?? null, client, product, evidence, JSON.stringify(findings))
  }

  /** Returns the positions of the findings that are new for the tenant. */
  const saveFindings = ({ seq, tenant, at, notes, findings: found }: ItemRows): readonly number[] => {
    if (tenant === undefined) return []
    const origin = findingOrigin(notes.client)
    return found.flatMap((finding, position) => {
      const isNew = !findings.exists(tenant, origin, finding.id)
      findings.put(seq, tenant, origin, at, finding)
      return isNew ? [position] : []
    })
  }

  return {
    saveBatch(batch: BatchRows): SavedRows {
      const items = batch.items
        .map((item, position) => ({ item, position }))
        .filter(({ item }) => pendingExchange.get(item.seq) !== undefined)
      for (const { item } of items) saveNotes(item)
      for (const cycle of batch.cycles) cycles.put(cycle)
      for (const client of batch.tokenClients) tokenClients.put(client)
      const newFindings = items.flatMap(({ item, position }) =>
        saveFindings(item).map(finding => [position, finding] as const),
      )
      const steps = items.flatMap(({ item: { tenant, steps } }) =>
        tenant === undefined ? [] : steps.map(step => ({ tenant, step })),
      )
      const newSteps = [...steps, ...batch.steps].filter(({ tenant, step }) => setup.put(tenant, step))
      return { items: items.map(({ position }) => position), newFindings, newSteps }
    },
    deleteOldCycles: cycles.deleteOld,
    clearSetup(tenant: string): void {
      setup.clear(tenant)
      tokenClients.clear(tenant)
    },
    /** Deletes the cycles, the setup steps and the clients of tokens of a tenant, or of all. */
    clear(tenant?: string): void {
      cycles.clear(tenant)
      setup.clear(tenant)
      tokenClients.clear(tenant)
    },
  }
}
