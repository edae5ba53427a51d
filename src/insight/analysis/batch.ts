import type { Exchange, ExchangeNotes } from '../../domain/journal/exchange.ts'
import {
  type AnalysisEvent,
  type AnalyzedBatch,
  type AnalyzedExchange,
  type Cycle,
  type Finding,
  findingOrigin,
  maxClients,
  type SavedBatch,
} from '../../domain/ports/analysis.ts'
import type { UnanalyzedExchange } from '../../domain/ports/journal.ts'
import { compact } from '../../scim/json.ts'
import type { RecognizedClient } from '../../scim/recognition/products.ts'
import { type ClientBatch, detectDialect, type SettledClient } from './client.ts'
import {
  assignCycle,
  type BatchAnalysis,
  type CycleAssignment,
  cycleClientKey,
  type LatestCycles,
} from './cycles.ts'
import { detectSetupSteps, type SetupProgress, toExchangeStep } from './setup.ts'

export const batchEvents = (
  { cycles }: AnalyzedBatch,
  { items, newFindings, newSteps }: SavedBatch,
): readonly AnalysisEvent[] => [
  { kind: 'analyzed', items: items.map(({ exchange }) => exchange) },
  ...cycles.map(cycle => ({ kind: 'cycle', cycle }) as const),
  ...newFindings.flatMap(({ exchange: { id, tenant, at, notes }, finding }) =>
    tenant === undefined
      ? []
      : [
          {
            kind: 'finding',
            tenant,
            exchange: id,
            at,
            finding,
            origin: findingOrigin(notes.client),
          } as const,
        ],
  ),
  ...newSteps.map(({ tenant, step }) => ({ kind: 'setup-step', tenant, step }) as const),
]

export const withoutFindings = ({ items, ...rest }: AnalyzedBatch): AnalyzedBatch => ({
  ...rest,
  items: items.map(({ exchange, ...item }) => ({
    ...item,
    exchange: { ...exchange, notes: { ...exchange.notes, findings: [] } },
    findings: [],
  })),
})

/**
 * Returns the findings of an exchange of a tenant. Called for each exchange, in order of responding; the next call need not wait
 * for the result.
 */
export type DiagnoseExchange = (
  exchange: Exchange,
  client?: SettledClient,
) => readonly Finding[] | Promise<readonly Finding[]>

export const indexByClient = (newest: readonly Cycle[]): LatestCycles =>
  new Map(newest.map(cycle => [cycleClientKey(cycle), cycle]))

type BatchOptions = {
  readonly clients: ClientBatch
  /** Must not throw. */
  readonly diagnose: DiagnoseExchange
  readonly atOnce: number
  readonly isPending: SetupProgress['isPending']
  /** Called after each exchange: lets requests be served in between. */
  readonly pause: () => Promise<void>
}

export async function analyzeBatch(
  rows: readonly UnanalyzedExchange[],
  before: LatestCycles,
  { clients, diagnose, atOnce, isPending, pause }: BatchOptions,
): Promise<BatchAnalysis> {
  const after = new Map(before)
  const items: AnalyzedExchange[] = []
  const cycles = new Map<string, Cycle>()
  const settled: SettledClient[] = []
  const diagnoses: ReturnType<DiagnoseExchange>[] = []
  for (const [index, { position, exchange }] of rows.entries()) {
    for (const { exchange } of rows.slice(diagnoses.length, index + atOnce)) {
      const client = clients.settle(exchange)
      settled.push(client)
      const diagnosis = exchange.tenant === undefined ? [] : diagnose(exchange, client)
      // The promise may fail before it is awaited.
      Promise.resolve(diagnosis).catch(() => {})
      diagnoses.push(diagnosis)
    }
    const { client, likely } = settled[index] ?? {}
    const assignment = assignCycle(exchange, after, likely)
    if (assignment.cycle) {
      if (assignment.formerKey !== undefined) after.delete(assignment.formerKey)
      rememberCycle(after, assignment.cycle)
      cycles.set(assignment.cycle.id, assignment.cycle)
    }
    const { tenant, at } = exchange
    const steps = detectSetupSteps(exchange, assignment.client, step => isPending(tenant, step, at))
    items.push({
      position,
      steps: steps.map(id => toExchangeStep(id, exchange)),
      ...toAnalyzed(exchange, assignment, client, (await diagnoses[index]) ?? []),
    })
    await pause()
  }
  return { items, cycles: [...cycles.values()], tokenClients: clients.changed(), latestCycles: after }
}

function rememberCycle(last: Map<string, Cycle>, cycle: Cycle): void {
  const client = cycleClientKey(cycle)
  last.delete(client)
  last.set(client, cycle)
  const [oldest] = last.keys()
  if (last.size > maxClients && oldest !== undefined) last.delete(oldest)
}

function toAnalyzed(
  exchange: Exchange,
  { client, cycle }: CycleAssignment,
  recognized: RecognizedClient | undefined,
  findings: readonly Finding[],
): Omit<AnalyzedExchange, 'position' | 'steps'> {
  const dialect = detectDialect(exchange, recognized) ?? cycle?.dialect
  const notes: ExchangeNotes = {
    client,
    ...compact({ recognized }),
    ...(cycle && { cycle: cycle.id }),
    ...(dialect && { dialect }),
    findings: [...new Set(findings.map(({ id }) => id))],
  }
  return { exchange: { ...exchange, notes }, findings }
}
