import type { ClientDialect, ClientKind, Exchange, ExchangeNotes } from '../journal/exchange.ts'
import type { Statement } from '../profiles/profile.ts'

/**
 * A run of a client: requests to one tenant with one token that belong together. `started` and `last` are times of the
 * machine, `tenantStarted` and `tenantLast` the same moments by the tenant's clock, as it was then.
 */
export type Cycle = {
  readonly id: string
  readonly tenant: string
  readonly token?: { readonly id: string; readonly ending: string }
  readonly kind: CycleKind
  readonly client: ClientKind
  /** The product name that the client sends; absent for Entra ID and for clients that send none. */
  readonly userAgent?: string
  /** Of a compliance run: the mark that names what it creates. */
  readonly mark?: string
  /** Absent as long as nothing tells. */
  readonly dialect?: ClientDialect
  readonly started: number
  readonly tenantStarted: number
  /** The last request. */
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
 * `cycle` and `test-connection` are runs of a provisioning service, the latter with probes and nothing else;
 * `compliance` is a run of the compliance suite, and `ad-hoc` whatever anybody else sends.
 */
export type CycleKind = 'cycle' | 'test-connection' | 'compliance' | 'ad-hoc'

/** Clients whose runs are remembered, those that have spoken last: a name may be different with each request. */
export const maxClients = 1000

export type Severity = 'error' | 'warning' | 'note'

/** Something that can be found about an exchange, the same for each time that it is. */
export type FindingKind = {
  /** Stable: `client/no-external-id`; for what AWS would refuse the id of its rule, `aws/one-email`. */
  readonly id: string
  readonly severity: Severity
  /** The finding in a few words. */
  readonly title: string
  /** Why it matters. */
  readonly reason: string
  /** What to change, and on which page of Entra. */
  readonly remedy: string
  /** Where it is known from, and how surely. */
  readonly source?: string
  readonly basis?: Statement['basis']
}

/** Whose requests something was found in: a provisioning service's, or those of others, which say nothing about it. */
export type FindingOrigin = 'provisioning' | 'compliance' | 'ad-hoc'

export const findingOrigin = (client: ClientKind): FindingOrigin =>
  client === 'compliance' || client === 'ad-hoc' ? client : 'provisioning'

/** A finding about one exchange. */
export type Finding = {
  /** Of a FindingKind. */
  readonly id: string
  /** Whom it is about: a label, or an id. */
  readonly subject?: string
  /** What was seen: the evidence in one sentence. */
  readonly detail: string
}

/** Steps of the set-up that show in what Entra ID sends. */
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

/** A step that is done, with its first evidence. Databases of before have steps of which not all is known. */
export type SetupStep = {
  readonly id: SetupStepId
  /** The machine's time, and the same moment by the tenant's clock. */
  readonly at?: number
  readonly tenantTime: number
  /** The exchange that shows it, of which the journal may have nothing any more. */
  readonly exchange?: string
  /** The User-Agent of the client; Entra ID is said to send none. */
  readonly userAgent?: string
}

/** What the analysis tells those who watch, after it has been kept. */
export type AnalysisEvent =
  /** Exchanges with their notes, in the order of answering. */
  | { readonly kind: 'analyzed'; readonly items: readonly Exchange[] }
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
export type FindingGroup = {
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

export type FindingCount = Pick<FindingGroup, 'id' | 'tenant' | 'origin' | 'count'>

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
  newestCycle(tenant: string, clients: readonly ClientKind[], kinds: readonly CycleKind[]): Cycle | undefined
  /** The steps of the set-up that a tenant's clients have done, each at its first evidence. */
  setupSteps(tenant: string): readonly SetupStep[]
  /** What was found, of one tenant or of all; the most recently found first. */
  findings(tenant?: string): Promise<readonly FindingGroup[]>
  /** How often something was found, of all tenants. */
  findingCounts(): Promise<readonly FindingCount[]>
  /** What was found about the exchange of this id; nothing before it is analysed. */
  findingsAbout(exchange: string): readonly Finding[]
  /** How many exchanges are yet to be analysed. */
  pendingCount(): number
}

/** Where the analysis is kept. What changes it runs inside a write. */
export interface AnalysisStore extends Analysis {
  /** The number of the newest exchange that has been analysed; 0 before the first. */
  lastAnalyzed(): number
  /** Whether the journal still has the exchange of this number. */
  hasExchange(seq: number): boolean
  saveNotes(seq: number, notes: ExchangeNotes): void
  saveFinding(seq: number, tenant: string, origin: FindingOrigin, at: number, finding: Finding): void
  /** Whether it was found at this tenant before, in requests of such a origin. */
  hasFinding(tenant: string, origin: FindingOrigin, id: string): boolean
  saveCycle(cycle: Cycle): void
  /** Writes a step of the set-up down; answers false where it was before. */
  saveSetupStep(tenant: string, step: SetupStep): boolean
  /** Forgets the steps that a tenant's clients have done. */
  clearSetup(tenant: string): void
  /** The newest cycle of each client, oldest first. */
  newestCycles(): readonly Cycle[]
  /** Forgets cycles of whose exchanges none is kept; answers how many. */
  deleteOldCycles(): number
  /** Forgets a tenant's cycles and the steps of its set-up, or all. What is known about single exchanges goes with them. */
  clear(tenant?: string): void
}
