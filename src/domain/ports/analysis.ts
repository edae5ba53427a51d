import type { Statement } from '../../profiles/profile.ts'
import type { Product, RecognizedClient } from '../../scim/recognition/products.ts'
import type { CycleKind } from '../contract/cycles.ts'
import type { FindingOrigin, Severity } from '../contract/findings.ts'
import type { ClientDialect, ClientKind, Exchange, ExchangeNotes } from '../journal/exchange.ts'
import type { Tenant } from '../tenants/tenant.ts'
import type { JournalPosition } from './journal.ts'
import type { Term } from './leader.ts'

export type { CycleKind, FindingOrigin, Severity }

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
  /** Absent for Entra ID and for clients that send none. */
  readonly userAgent?: string
  readonly recognized?: RecognizedClient
  readonly mark?: string
  readonly dialect?: ClientDialect
  readonly started: number
  readonly tenantStarted: number
  readonly last: number
  readonly tenantLast: number
  readonly requests: number
  readonly created: number
  readonly changed: number
  readonly disabled: number
  readonly deleted: number
  readonly failed: number
  readonly faults?: number
  /** The only object of its requests; absent before there is one, and once there are others. */
  readonly object?: CycleObject
  readonly lastCycle?: number
  /** Its last request looked up a name that does not exist: the client is about to create the object. */
  readonly isCreating?: true
}

export type CycleObject = { readonly type: string; readonly id?: string; readonly label?: string }

/** Only these are held in memory, most recent first: each request may come with a new name. */
export const maxClients = 1000

/** The usual interval of a client is estimated from these. */
export const recentCycleCount = 10

export type TextByProduct = Readonly<Partial<Record<Product, string>>>

export type FindingKind = {
  /** Stable: `client/no-external-id`; for requests that AWS would reject, the id of the rule: `aws/one-email`. */
  readonly id: string
  readonly severity: Severity
  readonly title: string
  readonly reason: string
  readonly reasons?: TextByProduct
  readonly remedy: string
  readonly remedies?: TextByProduct
  readonly source?: string
  readonly basis?: Statement['basis']
}

/** Only findings of a provisioning service count for its job. */
export const findingOrigin = (client: ClientKind): FindingOrigin =>
  client === 'compliance' || client === 'ad-hoc' ? client : 'provisioning'

export const clientOfNotes = ({
  client,
  recognized,
}: Pick<ExchangeNotes, 'client' | 'recognized'>): RecognizedClient | undefined =>
  client === 'sample' ? { product: 'entra', evidence: 'shaped' } : recognized

export type Finding = {
  readonly id: string
  readonly subject?: string
  readonly detail: string
}

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

/** Members may be missing in databases of earlier versions. */
export type SetupStep = {
  readonly id: SetupStepId
  /** The time by the server's clock; `tenantTime` is the same moment by the tenant's clock. */
  readonly at?: number
  readonly tenantTime: number
  readonly exchange?: string
  readonly userAgent?: string
}

export type AnalysisEvent =
  | { readonly kind: 'analyzed'; readonly items: readonly Exchange[] }
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
  | { readonly kind: 'setup-step'; readonly tenant: string; readonly step: SetupStep }

export type TokenClient = {
  readonly tenant: string
  readonly token: string
  /** The client whose token it is, by the last name or by several requests of its shape; absent until then. */
  readonly recognized?: RecognizedClient
  readonly candidate?: { readonly product: Product; readonly exchanges: number }
  readonly named: readonly Product[]
}

export type SharedAnalysisEvent =
  | { readonly kind: 'analyzed'; readonly exchanges: readonly string[] }
  | Exclude<AnalysisEvent, { readonly kind: 'analyzed' }>
  | { readonly kind: 'cleared'; readonly tenant?: string }

/** Events may be lost while an instance cannot reach the database. */
export interface AnalysisEvents {
  publish(events: readonly SharedAnalysisEvent[]): void
  subscribe(listener: (events: readonly SharedAnalysisEvent[]) => void): () => void
}

export const trendCycles = 12

export type TrendPoint = { readonly cycle: string; readonly started: number; readonly count: number }

export const cycleKindOf = (origin: FindingOrigin): CycleKind =>
  origin === 'provisioning' ? 'cycle' : origin

/** Times are of the server's clock. */
export type FindingGroup = {
  readonly id: string
  readonly tenant: string
  readonly origin: FindingOrigin
  readonly count: number
  readonly subjects: number
  readonly first: number
  readonly last: number
  readonly injected?: true
  /** The occurrences in each of the newest cycles of such clients, at most `trendCycles`, oldest first. */
  readonly trend: readonly TrendPoint[]
  readonly evidence: readonly {
    readonly exchange: string
    readonly at: number
    /** The time by the tenant's clock; absent for sessions of earlier versions. */
    readonly tenantTime?: number
    readonly subject?: string
    readonly detail: string
    readonly client?: RecognizedClient
  }[]
}

export type FindingCount = Pick<FindingGroup, 'id' | 'tenant' | 'origin' | 'count'>

export type CycleQuery = {
  readonly tenant?: string
  readonly limit: number
  readonly cursor?: string
}

/** `total` is set if there is a next page, and there are at most 10,000. */
export type CyclePage = { readonly items: readonly Cycle[]; readonly next?: string; readonly total?: number }

export interface Analysis {
  /** Newest first. Rejects with `CursorError`. */
  cycles(query: CycleQuery): Promise<CyclePage>
  cycle(id: string): Promise<Cycle | undefined>
  /** The first ids of cycles that begin with a text of letters, digits and hyphens, in their order. */
  cycleIdsFrom(beginning: string, limit: number): Promise<readonly string[]>
  /** The last cycles of the same client, newest first, at most `recentCycleCount`; without provisioning on demand. */
  recentCycles(of: Cycle): Promise<readonly Cycle[]>
  newestCycle(
    tenant: string,
    clients: readonly ClientKind[],
    kinds: readonly CycleKind[],
  ): Promise<Cycle | undefined>
  setupSteps(tenant: string): Promise<readonly SetupStep[]>
  clientsOfTokens(tenant: string): Promise<readonly TokenClient[]>
  /** The most recent first. */
  findings(tenant?: string): Promise<readonly FindingGroup[]>
  findingCounts(): Promise<readonly FindingCount[]>
  findingsAbout(exchange: string): Promise<readonly Finding[]>
  pendingCount(): Promise<number>
  oldestPending(): Promise<number | undefined>
}

export type AnalyzedExchange = {
  readonly position: JournalPosition
  readonly exchange: Exchange & { readonly notes: ExchangeNotes }
  readonly findings: readonly Finding[]
  readonly steps: readonly SetupStep[]
}

export type TenantStep = { readonly tenant: string; readonly step: SetupStep }

export type AnalyzedBatch = {
  readonly items: readonly AnalyzedExchange[]
  readonly cycles: readonly Cycle[]
  readonly tokenClients: readonly TokenClient[]
  readonly steps: readonly TenantStep[]
}

export type SavedBatch = {
  readonly items: readonly AnalyzedExchange[]
  readonly newFindings: readonly {
    readonly exchange: AnalyzedExchange['exchange']
    readonly finding: Finding
  }[]
  readonly newSteps: readonly TenantStep[]
}

export type AnalysisState = {
  /** Changes whenever results are deleted: what was read before is out of date. */
  readonly generation: number
  /** The newest cycle of each client, oldest first, at most `maxClients`. */
  readonly newestCycles: readonly Cycle[]
}

export interface AnalysisStore extends Analysis {
  state(): Promise<AnalysisState>
  /** What is known about the clients of several tokens, without those of which nothing is known. */
  tokenClients(tokens: readonly Pick<TokenClient, 'tenant' | 'token'>[]): Promise<readonly TokenClient[]>
  completedSteps(tenants: readonly string[]): Promise<ReadonlyMap<string, readonly SetupStepId[]>>
  /**
   * Stores a batch as a whole or, on an error, nothing. Skips exchanges that the journal has deleted meanwhile
   * and those that are analyzed already, so a batch can be saved again after an error whose outcome is unknown.
   * Returns undefined, and stores nothing, if results were deleted since the generation of the state that the batch
   * continues, or if another instance has become the leader.
   */
  saveBatch(batch: AnalyzedBatch, generation: number, term: Term): Promise<SavedBatch | undefined>
  deleteOldCycles(): Promise<number>
  /** Deletes the completed setup steps of a tenant and what is known about the clients of its tokens. Starts a new generation. */
  clearSetup(tenant: string): Promise<void>
}

export type FindingMute = {
  readonly finding: string
  readonly reason: string
  /** Absent at a console that requires neither a token nor a sign-in. */
  readonly by?: string
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number
}

/** A reset keeps them. Changes are on disk, and known to all instances, before they are acknowledged. */
export interface FindingMutes {
  find(tenant: Tenant, finding: string): FindingMute | undefined
  /** Replaces an earlier mute. Throws `TenantError` if the tenant does not exist any more. */
  set(tenant: Tenant, mute: Omit<FindingMute, 'at'>): Promise<FindingMute>
  remove(tenant: Tenant, finding: string): Promise<boolean>
}
