import type { ClientKind, Exchange } from '../journal/exchange.ts'
import type { Cycle, CycleKind } from './cycle.ts'
import type { Finding, FindingOrigin } from './finding.ts'
import type { SetupStep } from './setup-step.ts'

/** What the analysis tells those who watch, after it has been kept. */
export type AnalysisEvent =
  /** Exchanges with their notes, in the order of answering. */
  | { readonly kind: 'analysed'; readonly items: readonly Exchange[] }
  /** A cycle that has begun or gone on, as it is now. */
  | { readonly kind: 'cycle'; readonly cycle: Cycle }
  /** A kind of finding that the tenant didn't have so far in requests of this origin; `exchange` is an id, `at` the machine's time. */
  | {
      readonly kind: 'finding'
      readonly tenant: string
      readonly exchange: string
      readonly at: number
      readonly finding: Finding
      readonly origin: FindingOrigin
    }
  /** A step of the set-up is done, for the first time. */
  | { readonly kind: 'setup-step'; readonly tenant: string; readonly step: SetupStep }

/** How often and about whom something was found at a tenant. Times are the machine's. */
export type FindingTally = {
  /** Of a FindingKind. */
  readonly id: string
  readonly tenant: string
  readonly origin: FindingOrigin
  readonly count: number
  /** How many were named. */
  readonly subjects: number
  readonly first: number
  readonly last: number
  /** The newest few; `exchange` is an id. */
  readonly evidence: readonly {
    readonly exchange: string
    readonly at: number
    readonly subject?: string
    readonly detail: string
  }[]
}

export type FindingCount = Pick<FindingTally, 'id' | 'tenant' | 'origin' | 'count'>

export type CycleQuery = {
  /** A tenant's id. */
  readonly tenant?: string
  readonly limit: number
  readonly cursor?: string
}

/** What the exchanges of the journal mean, as far as it has been worked out. */
export interface Analysis {
  /** Newest first. Throws `CursorError`. */
  cycles(query: CycleQuery): { readonly items: readonly Cycle[]; readonly next?: string }
  cycle(id: string): Cycle | undefined
  /** The last cycles of the same client, newest first. */
  recentCycles(of: Cycle): readonly Cycle[]
  /** The newest cycle of these kinds of a tenant's clients of these kinds. */
  newestCycleOf(
    tenant: string,
    clients: readonly ClientKind[],
    kinds: readonly CycleKind[],
  ): Cycle | undefined
  /** The steps of the set-up that a tenant's clients have done, each at its first evidence. */
  setupSteps(tenant: string): readonly SetupStep[]
  /** What was found, of one tenant or of all; the most recently found first. */
  findings(tenant?: string): Promise<readonly FindingTally[]>
  /** How often something was found, of all tenants. */
  findingCounts(): Promise<readonly FindingCount[]>
  /** What was found about the exchange of this id; nothing before it is analysed. */
  about(exchange: string): readonly Finding[]
  /** How many exchanges are yet to be analysed. */
  waiting(): number
}
