import type { Exchange, ExchangeNotes } from '../journal/exchange.ts'
import {
  type AnalysisEvent,
  type AnalysisStore,
  type Cycle,
  type Finding,
  findingOrigin,
  maxClients,
  type SetupStepId,
} from '../ports/analysis.ts'
import type { NumberedExchange } from '../ports/journal.ts'
import { detectDialect } from './client.ts'
import { assignCycle, type CycleAssignment, cycleClientKey, type LatestCycles } from './cycles.ts'
import type { SetupProgress } from './setup-progress.ts'
import { detectSetupSteps } from './setup-step.ts'

/** An exchange with its number in the journal and the result of its analysis. */
type AnalyzedExchange = {
  readonly seq: number
  readonly exchange: Exchange & { readonly notes: ExchangeNotes }
  readonly findings: readonly Finding[]
  /** Setup steps that the exchange completes. */
  readonly steps: readonly SetupStepId[]
}

/**
 * Analyzed exchanges, the cycles that they started or continued, and the newest cycle of each client after them.
 */
export type Batch = {
  readonly items: readonly AnalyzedExchange[]
  readonly cycles: readonly Cycle[]
  readonly latestCycles: LatestCycles
}

/** Saves a batch and returns its events. Runs inside a write. Skips exchanges that the journal has deleted meanwhile. */
export function saveBatch(
  store: AnalysisStore,
  setup: Pick<SetupProgress, 'save'>,
  { items, cycles, latestCycles }: Batch,
): readonly AnalysisEvent[] {
  const kept = items.filter(({ seq }) => store.hasExchange(seq))
  for (const { seq, exchange } of kept) store.saveNotes(seq, exchange.notes)
  for (const cycle of cycles) store.saveCycle(cycle)
  return [
    { kind: 'analyzed', items: kept.map(({ exchange }) => exchange) },
    ...cycles.map(cycle => ({ kind: 'cycle', cycle }) as const),
    ...kept.flatMap(item => saveFindings(store, item)),
    ...setup.save({ items: kept, cycles, latestCycles }),
  ]
}

function saveFindings(
  store: AnalysisStore,
  { seq, exchange, findings }: AnalyzedExchange,
): readonly AnalysisEvent[] {
  const { id, at, tenant } = exchange
  if (tenant === undefined) return []
  const origin = findingOrigin(exchange.notes.client)
  return findings.flatMap(finding => {
    const isNew = !store.hasFinding(tenant, origin, finding.id)
    store.saveFinding(seq, tenant, origin, at, finding)
    return isNew ? [{ kind: 'finding', tenant, exchange: id, at, finding, origin } as const] : []
  })
}

/** The same batch without findings. */
export const withoutFindings = ({ items, ...rest }: Batch): Batch => ({
  ...rest,
  items: items.map(({ exchange, ...item }) => ({
    ...item,
    exchange: { ...exchange, notes: { ...exchange.notes, findings: [] } },
    findings: [],
  })),
})

/** Returns the findings of an exchange of a tenant. Called for each exchange, in order of responding. */
export type DiagnoseExchange = (exchange: Exchange) => readonly Finding[] | Promise<readonly Finding[]>

/** The newest cycle of each client, by the client. */
export const indexByClient = (newest: readonly Cycle[]): LatestCycles =>
  new Map(newest.map(cycle => [cycleClientKey(cycle), cycle]))

/**
 * Analyzes exchanges in the order of their responses, at least one, until `isEnough`. `diagnose` must not throw.
 * `isPending` limits the setup steps to detect.
 */
export async function analyzeBatch(
  rows: readonly NumberedExchange[],
  before: LatestCycles,
  diagnose: DiagnoseExchange,
  isPending: SetupProgress['isPending'],
  isEnough: () => boolean,
): Promise<Batch> {
  const after = new Map(before)
  const items: AnalyzedExchange[] = []
  const cycles = new Map<string, Cycle>()
  for (const { seq, exchange } of rows) {
    const assignment = assignCycle(exchange, after)
    if (assignment.cycle) {
      rememberCycle(after, assignment.cycle)
      cycles.set(assignment.cycle.id, assignment.cycle)
    }
    const steps = detectSetupSteps(exchange, assignment.client, step => isPending(exchange.tenant, step))
    items.push({ seq, steps, ...(await analyzeExchange(exchange, assignment, diagnose)) })
    if (isEnough()) break
  }
  return { items, cycles: [...cycles.values()], latestCycles: after }
}

function rememberCycle(last: Map<string, Cycle>, cycle: Cycle): void {
  const client = cycleClientKey(cycle)
  last.delete(client)
  last.set(client, cycle)
  const [oldest] = last.keys()
  if (last.size > maxClients && oldest !== undefined) last.delete(oldest)
}

async function analyzeExchange(
  exchange: Exchange,
  { client, cycle }: CycleAssignment,
  diagnose: DiagnoseExchange,
): Promise<Omit<AnalyzedExchange, 'seq' | 'steps'>> {
  const dialect = detectDialect(exchange) ?? cycle?.dialect
  const findings = exchange.tenant === undefined ? [] : await diagnose(exchange)
  const notes: ExchangeNotes = {
    client,
    ...(cycle && { cycle: cycle.id }),
    ...(dialect && { dialect }),
    findings: [...new Set(findings.map(({ id }) => id))],
  }
  return { exchange: { ...exchange, notes }, findings }
}
