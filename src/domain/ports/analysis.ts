import type { Statement } from '../../profiles/profile.ts'
import type { Product, RecognizedClient } from '../../scim/recognition/products.ts'
import type { CycleKind } from '../contract/cycles.ts'
import type { FindingOrigin, Severity } from '../contract/findings.ts'
import type { ClientDialect, ClientKind, Exchange, ExchangeNotes } from '../journal/exchange.ts'
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
  /** The product name that the client sends; absent for Entra ID and for clients that send none. */
  readonly userAgent?: string
  /** Absent unless the evidence is convincing. */
  readonly recognized?: RecognizedClient
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
  /** Requests with an injected fault; absent if there are none. */
  readonly faults?: number
  /** The only object of its requests; absent before there is one, and once there are others. */
  readonly object?: CycleObject
  /** When the client's last cycle before it started, by the tenant's clock; absent for cycles. */
  readonly lastCycle?: number
  /** Its last request looked up a name that does not exist: the client is about to create the object. */
  readonly isCreating?: true
}

/** A user or group: by the name that was looked up, by its id once that is known. */
export type CycleObject = { readonly type: string; readonly id?: string; readonly label?: string }

/**
 * Maximum number of clients whose newest cycles are held in memory, most recent first: each request may come
 * with a new name.
 */
export const maxClients = 1000

/** The number of recent cycles of a client, from which its usual interval is estimated. */
export const recentCycleCount = 10

/** Texts that apply to clients of these products instead of the general one. */
export type TextByProduct = Readonly<Partial<Record<Product, string>>>

/** A kind of finding: the texts that are the same for each occurrence. */
export type FindingKind = {
  /** Stable: `client/no-external-id`; for requests that AWS would reject, the id of the rule: `aws/one-email`. */
  readonly id: string
  readonly severity: Severity
  readonly title: string
  /** Why it matters, whatever the client. */
  readonly reason: string
  /** The same for clients of these products, with how they react. */
  readonly reasons?: TextByProduct
  /** What to change, whatever the client. */
  readonly remedy: string
  /** The same for clients of these products, with the page of their console. */
  readonly remedies?: TextByProduct
  /** The source, and how certain it is. */
  readonly source?: string
  readonly basis?: Statement['basis']
}

/** Only findings of a provisioning service count for its job. */
export const findingOrigin = (client: ClientKind): FindingOrigin =>
  client === 'compliance' || client === 'ad-hoc' ? client : 'provisioning'

/** The client whose console the findings of an exchange are about. The console's sample sends what Entra ID would. */
export const clientOfNotes = ({
  client,
  recognized,
}: Pick<ExchangeNotes, 'client' | 'recognized'>): RecognizedClient | undefined =>
  client === 'sample' ? { product: 'entra', evidence: 'shaped' } : recognized

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

/** What requests with a token have shown about their client. */
export type TokenClient = {
  /** The id of a tenant. */
  readonly tenant: string
  /** The id of an access token, or of a client or issuer whose access tokens change. */
  readonly token: string
  /** The client whose token it is, by the last name or by several requests of its shape; absent until then. */
  readonly recognized?: RecognizedClient
  /** Until then: the product whose shape the last such requests had, and their number. */
  readonly candidate?: { readonly product: Product; readonly exchanges: number }
  /** The products that User-Agents have named, in order of appearance. */
  readonly named: readonly Product[]
}

/** What instances tell each other about the analysis. Exchanges are in the journal. */
export type SharedAnalysisEvent =
  | { readonly kind: 'analyzed'; readonly exchanges: readonly string[] }
  | Exclude<AnalysisEvent, { readonly kind: 'analyzed' }>
  /** The results of a tenant, or all, were deleted. */
  | { readonly kind: 'cleared'; readonly tenant?: string }

/** Passes events on to the other instances. They may be lost while an instance cannot reach the database. */
export interface AnalysisEvents {
  publish(events: readonly SharedAnalysisEvent[]): void
  /** Receives the events of the other instances. Returns a function that unsubscribes the listener. */
  subscribe(listener: (events: readonly SharedAnalysisEvent[]) => void): () => void
}

/** The number of cycles of a trend. */
export const trendCycles = 12

/** The occurrences of a finding from the start of a cycle to that of the next one. `cycle` is an id. */
export type TrendPoint = { readonly cycle: string; readonly started: number; readonly count: number }

/** The kind of the cycles that consist of requests of this origin. */
export const cycleKindOf = (origin: FindingOrigin): CycleKind =>
  origin === 'provisioning' ? 'cycle' : origin

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
  /** Whether a fault was injected into each of its requests: the client did nothing wrong. */
  readonly injected?: true
  /** The occurrences in each of the newest cycles of such clients, at most `trendCycles`, oldest first. */
  readonly trend: readonly TrendPoint[]
  /** The newest occurrences; `exchange` is an id. */
  readonly evidence: readonly {
    readonly exchange: string
    readonly at: number
    /** The time by the tenant's clock; absent for sessions of earlier versions. */
    readonly tenantTime?: number
    readonly subject?: string
    readonly detail: string
    /** As `clientOfNotes` returns it. */
    readonly client?: RecognizedClient
  }[]
}

export type FindingCount = Pick<FindingGroup, 'id' | 'tenant' | 'origin' | 'count'>

export type CycleQuery = {
  /** The id of a tenant. */
  readonly tenant?: string
  readonly limit: number
  readonly cursor?: string
}

export type CyclePage = { readonly items: readonly Cycle[]; readonly next?: string }

/** The results of analyzing the journal. */
export interface Analysis {
  /** Newest first. Rejects with `CursorError`. */
  cycles(query: CycleQuery): Promise<CyclePage>
  cycle(id: string): Promise<Cycle | undefined>
  /** The last cycles of the same client, newest first, at most `recentCycleCount`; without provisioning on demand. */
  recentCycles(of: Cycle): Promise<readonly Cycle[]>
  /** A tenant's newest cycle of one of these kinds, by clients of one of these kinds. */
  newestCycle(
    tenant: string,
    clients: readonly ClientKind[],
    kinds: readonly CycleKind[],
  ): Promise<Cycle | undefined>
  /** The completed setup steps of a tenant, each with its first evidence. */
  setupSteps(tenant: string): Promise<readonly SetupStep[]>
  /** What is known about the clients of a tenant's tokens. */
  clientsOfTokens(tenant: string): Promise<readonly TokenClient[]>
  /** Findings of one tenant or of all, the most recent first. */
  findings(tenant?: string): Promise<readonly FindingGroup[]>
  /** The number of occurrences per finding, for all tenants. */
  findingCounts(): Promise<readonly FindingCount[]>
  /** The findings about the exchange with this id; none before it is analyzed. */
  findingsAbout(exchange: string): Promise<readonly Finding[]>
  /** The number of exchanges that are not analyzed yet. */
  pendingCount(): Promise<number>
  /** The time of the oldest exchange that is not analyzed yet. */
  oldestPending(): Promise<number | undefined>
}

/** An exchange with its position in the journal and the result of its analysis. */
export type AnalyzedExchange = {
  readonly position: JournalPosition
  readonly exchange: Exchange & { readonly notes: ExchangeNotes }
  readonly findings: readonly Finding[]
  /** Setup steps of the exchange's tenant that it completes. */
  readonly steps: readonly SetupStep[]
}

/** A setup step of a tenant. */
export type TenantStep = { readonly tenant: string; readonly step: SetupStep }

/** Everything that the analysis of some exchanges found. */
export type AnalyzedBatch = {
  /** In order of responding. */
  readonly items: readonly AnalyzedExchange[]
  /** The cycles that these exchanges started or continued, in order of their start. */
  readonly cycles: readonly Cycle[]
  /** What these exchanges have shown about the clients of tokens. */
  readonly tokenClients: readonly TokenClient[]
  /** Setup steps that whole cycles complete. */
  readonly steps: readonly TenantStep[]
}

/** What saving a batch added. */
export type SavedBatch = {
  /** The exchanges whose notes and findings were stored. */
  readonly items: readonly AnalyzedExchange[]
  /** Findings that are the first of their kind for the tenant and the origin. */
  readonly newFindings: readonly {
    readonly exchange: AnalyzedExchange['exchange']
    readonly finding: Finding
  }[]
  /** Setup steps that are complete for the first time. */
  readonly newSteps: readonly TenantStep[]
}

/** What the analysis continues. */
export type AnalysisState = {
  /** Changes whenever results are deleted: what was read before is out of date. */
  readonly generation: number
  /** The newest cycle of each client, oldest first, at most `maxClients`. */
  readonly newestCycles: readonly Cycle[]
}

/** Stores the results of the analysis: one call per batch, whatever it found. */
export interface AnalysisStore extends Analysis {
  state(): Promise<AnalysisState>
  /** What is known about the clients of several tokens, without those of which nothing is known. */
  tokenClients(tokens: readonly Pick<TokenClient, 'tenant' | 'token'>[]): Promise<readonly TokenClient[]>
  /** The ids of the completed setup steps of several tenants, by tenant. */
  completedSteps(tenants: readonly string[]): Promise<ReadonlyMap<string, readonly SetupStepId[]>>
  /**
   * Stores a batch as a whole or, on an error, nothing. Skips exchanges that the journal has deleted meanwhile
   * and those that are analyzed already, so a batch can be saved again after an error whose outcome is unknown.
   * Returns undefined, and stores nothing, if results were deleted since the generation of the state that the batch
   * continues, or if another instance has become the leader.
   */
  saveBatch(batch: AnalyzedBatch, generation: number, term: Term): Promise<SavedBatch | undefined>
  /** Deletes cycles without remaining exchanges. Returns the number of deleted cycles. */
  deleteOldCycles(): Promise<number>
  /** Deletes the completed setup steps of a tenant and what is known about the clients of its tokens. Starts a new generation. */
  clearSetup(tenant: string): Promise<void>
}
