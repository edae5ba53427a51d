import type { ClientDialect, ClientKind, Exchange, ExchangeNotes } from '../journal/exchange.ts'
import type { Statement } from '../profiles/profile.ts'

/**
 * Requests of a client that belong together, to one tenant with one token. `started` and `last` are times of
 * the server's clock, `tenantStarted` and `tenantLast` the same moments by the tenant's clock at that time.
 */
export type Cycle = {
  readonly id: string
  readonly tenant: string
  readonly token?: { readonly id: string; readonly ending: string }
  readonly kind: CycleKind
  readonly client: ClientKind
  /** The product name that the client sends; absent for Entra ID and for clients that send none. */
  readonly userAgent?: string
  /** The marker of a compliance run, which names what it creates. */
  readonly mark?: string
  /** Absent until a request shows it. */
  readonly dialect?: ClientDialect
  readonly started: number
  readonly tenantStarted: number
  /** The time of the last request. */
  readonly last: number
  readonly tenantLast: number
  readonly requests: number
  readonly created: number
  readonly changed: number
  readonly disabled: number
  readonly deleted: number
  readonly failed: number
}

/**
 * `cycle` and `test-connection` are cycles of a provisioning service, the latter with probes only;
 * `compliance` is a run of the compliance suite; `ad-hoc` is anything else.
 */
export type CycleKind = 'cycle' | 'test-connection' | 'compliance' | 'ad-hoc'

/**
 * Maximum number of clients whose newest cycles are held in memory, most recent first: each request may come
 * with a new name.
 */
export const maxClients = 1000

export type Severity = 'error' | 'warning' | 'note'

/** A kind of finding: the texts that are the same for each occurrence. */
export type FindingKind = {
  /** Stable: `client/no-external-id`; for requests that AWS would reject, the id of the rule: `aws/one-email`. */
  readonly id: string
  readonly severity: Severity
  readonly title: string
  /** Why it matters. */
  readonly reason: string
  /** What to change, and on which page of Entra's admin center. */
  readonly remedy: string
  /** The source, and how certain it is. */
  readonly source?: string
  readonly basis?: Statement['basis']
}

/** The client whose requests have a finding: only those of a provisioning service count for its job. */
export type FindingOrigin = 'provisioning' | 'compliance' | 'ad-hoc'

export const findingOrigin = (client: ClientKind): FindingOrigin =>
  client === 'compliance' || client === 'ad-hoc' ? client : 'provisioning'

/** A finding about one exchange. */
export type Finding = {
  /** The id of a FindingKind. */
  readonly id: string
  /** What it is about: a label or an id. */
  readonly subject?: string
  /** The evidence, in one sentence. */
  readonly detail: string
}

/** Setup steps that requests of Entra ID show. */
export const setupStepIds = [
  'contact',
  'test-connection',
  'user',
  'group',
  'membership',
  'disabled',
  'deleted',
  'second-cycle',
  'no-failure',
] as const

export type SetupStepId = (typeof setupStepIds)[number]

/** A completed setup step with its first evidence. Members may be missing in databases of earlier versions. */
export type SetupStep = {
  readonly id: SetupStepId
  /** The time by the server's clock; `tenantTime` is the same moment by the tenant's clock. */
  readonly at?: number
  readonly tenantTime: number
  /** The exchange that shows it, which may have been pruned from the journal. */
  readonly exchange?: string
  /** The User-Agent of the client; Entra ID reportedly sends none. */
  readonly userAgent?: string
}

/** Published by the analysis after its results are stored. */
export type AnalysisEvent =
  /** Exchanges with their notes, in order of responding. */
  | { readonly kind: 'analyzed'; readonly items: readonly Exchange[] }
  /** A cycle that started or continued, in its current state. */
  | { readonly kind: 'cycle'; readonly cycle: Cycle }
  /**
   * A kind of finding that is new for the tenant and this origin; `exchange` is an id, `at` a time of the
   * server's clock.
   */
  | {
      readonly kind: 'finding'
      readonly tenant: string
      readonly exchange: string
      readonly at: number
      readonly finding: Finding
      readonly origin: FindingOrigin
    }
  /** A setup step is complete for the first time. */
  | { readonly kind: 'setup-step'; readonly tenant: string; readonly step: SetupStep }

/** All occurrences of a finding at a tenant. Times are of the server's clock. */
export type FindingGroup = {
  /** The id of a FindingKind. */
  readonly id: string
  readonly tenant: string
  readonly origin: FindingOrigin
  readonly count: number
  /** The number of different subjects. */
  readonly subjects: number
  readonly first: number
  readonly last: number
  /** The newest occurrences; `exchange` is an id. */
  readonly evidence: readonly {
    readonly exchange: string
    readonly at: number
    readonly subject?: string
    readonly detail: string
  }[]
}

export type FindingCount = Pick<FindingGroup, 'id' | 'tenant' | 'origin' | 'count'>

export type CycleQuery = {
  /** The id of a tenant. */
  readonly tenant?: string
  readonly limit: number
  readonly cursor?: string
}

/** The results of analyzing the journal, up to the last analyzed exchange. */
export interface Analysis {
  /** Newest first. Throws `CursorError`. */
  cycles(query: CycleQuery): { readonly items: readonly Cycle[]; readonly next?: string }
  cycle(id: string): Cycle | undefined
  /** The last cycles of the same client, newest first. */
  recentCycles(of: Cycle): readonly Cycle[]
  /** A tenant's newest cycle of one of these kinds, by clients of one of these kinds. */
  newestCycle(tenant: string, clients: readonly ClientKind[], kinds: readonly CycleKind[]): Cycle | undefined
  /** The completed setup steps of a tenant, each with its first evidence. */
  setupSteps(tenant: string): readonly SetupStep[]
  /** Findings of one tenant or of all, the most recent first. */
  findings(tenant?: string): Promise<readonly FindingGroup[]>
  /** The number of occurrences per finding, for all tenants. */
  findingCounts(): Promise<readonly FindingCount[]>
  /** The findings about the exchange with this id; none before it is analyzed. */
  findingsAbout(exchange: string): readonly Finding[]
  /** The number of exchanges that are not analyzed yet. */
  pendingCount(): number
}

/** Stores the results of the analysis. Its changes run inside a write. */
export interface AnalysisStore extends Analysis {
  /** The number of the newest analyzed exchange; 0 before the first. */
  lastAnalyzed(): number
  /** Whether the journal still has the exchange with this number. */
  hasExchange(seq: number): boolean
  saveNotes(seq: number, notes: ExchangeNotes): void
  saveFinding(seq: number, tenant: string, origin: FindingOrigin, at: number, finding: Finding): void
  /** Whether the tenant has this finding already, in requests of this origin. */
  hasFinding(tenant: string, origin: FindingOrigin, id: string): boolean
  saveCycle(cycle: Cycle): void
  /** Stores a setup step. Returns false if it is stored already. */
  saveSetupStep(tenant: string, step: SetupStep): boolean
  /** Deletes the completed setup steps of a tenant. */
  clearSetup(tenant: string): void
  /** The newest cycle of each client, oldest first. */
  newestCycles(): readonly Cycle[]
  /** Deletes cycles without remaining exchanges. Returns the number of deleted cycles. */
  deleteOldCycles(): number
  /**
   * Deletes the cycles and setup steps of a tenant, or of all. Notes and findings are deleted with their
   * exchanges.
   */
  clear(tenant?: string): void
}
