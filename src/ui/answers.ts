/** What the API answers, as far as the pages read it; `/api/docs` describes all of it. Times are ISO 8601. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }
export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string }
export type Client = 'entra' | 'service' | 'compliance' | 'sample' | 'ad-hoc'
export type Dialect = 'default' | 'aadOptscim062020' | 'other'

export type Exchange = {
  readonly id: string
  readonly parent?: string
  readonly tenant?: string
  readonly at: string
  readonly tenantTime: string
  readonly microseconds: number
  readonly method: string
  readonly url: string
  readonly status: number
  readonly action: string
  readonly target?: { readonly type: string; readonly id?: string; readonly label?: string }
  readonly token?: { readonly id: string; readonly ending: string }
  readonly refusal?: string
  readonly rule?: string
  readonly profile?: string
  readonly remoteAddress?: string
  readonly fault?: { readonly id: string; readonly words: string }
  readonly replayOf?: string
  readonly analyzed: boolean
  readonly client?: Client
  readonly dialect?: Dialect
  readonly cycle?: string
  readonly findings: readonly string[]
  readonly severity?: Severity
}

export type Message = {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly cutFrom?: number
}
export type WholeExchange = Exchange & { readonly request: Message; readonly response: Message }

export type Difference = {
  readonly path: string
  readonly kind: 'added' | 'removed' | 'changed'
  readonly before?: Json
  readonly after?: Json
}
export type Related = { readonly id: string; readonly type?: string; readonly display?: string }
export type Statement = {
  readonly id: string
  readonly description: string
  readonly source: string
  readonly basis: string
  readonly detail?: string
}
export type Evaluation = {
  readonly profile: string
  readonly own: boolean
  readonly accepted: boolean
  readonly status: number
  readonly scimType?: string
  readonly detail?: string
  readonly rules: readonly Statement[]
}
export type Severity = 'error' | 'warning' | 'note'
export type FindingText = {
  readonly id: string
  readonly severity: Severity
  readonly title: string
  readonly reason: string
  readonly remedy: string
  readonly source?: string
  readonly basis?: string
}
export type Finding = FindingText & { readonly subject?: string; readonly detail: string }
export type Explanation = {
  readonly operations: readonly {
    readonly index: number
    readonly op: string
    readonly path?: string
    readonly value?: Json
    readonly outcome: 'changed' | 'no-effect' | 'refused' | 'not-reached'
    readonly summary: string
    readonly differences: readonly Difference[]
  }[]
  readonly resources: readonly {
    readonly type: string
    readonly id: string
    readonly label: string
    readonly versions: { readonly before?: number; readonly after?: number }
    readonly before?: JsonObject
    readonly after?: JsonObject
    readonly differences: readonly Difference[]
    readonly memberships: readonly {
      readonly event: 'added' | 'removed'
      readonly group: Related
      readonly member: Related
    }[]
  }[]
  readonly evaluations: readonly Evaluation[]
  /** Why there are no verdicts. */
  readonly notEvaluated?: string
  readonly findings: readonly Finding[]
}

export type Cycle = {
  readonly id: string
  readonly tenant: string
  readonly token?: { readonly id: string; readonly ending: string }
  readonly kind: 'cycle' | 'test-connection' | 'compliance' | 'ad-hoc'
  readonly client: Client
  readonly userAgent?: string
  readonly dialect?: Dialect
  readonly started: string
  readonly tenantStarted: string
  readonly last: string
  readonly running: boolean
  readonly requests: number
  readonly created: number
  readonly changed: number
  readonly disabled: number
  readonly deleted: number
  readonly failed: number
  readonly next?: { readonly expected: string; readonly tenantExpected: string; readonly overdue: boolean }
}

export type FindingGroup = FindingText & {
  readonly tenant: string
  readonly origin: 'provisioning' | 'compliance' | 'ad-hoc'
  readonly count: number
  readonly subjects: number
  readonly first: string
  readonly last: string
  readonly evidence: readonly {
    readonly exchange: string
    readonly at: string
    readonly subject?: string
    readonly detail: string
  }[]
}
export type Quarantine = {
  readonly tenant: string
  readonly status: 'healthy' | 'at-risk' | 'quarantined'
  readonly reason: string
  readonly detail: string
}
export type Findings = {
  readonly items: readonly FindingGroup[]
  readonly quarantine: readonly Quarantine[]
  readonly waiting: number
}

export type Status = 'active' | 'disabled' | 'retained' | 'removed'
export type Identity = {
  readonly id: string
  readonly type: string
  readonly status: Status
  readonly label: string
  readonly display: string
  readonly versions: number
  readonly firstSeen: string
  readonly lastWritten: string
  readonly lastSeen: string
  readonly groups: readonly Related[]
  readonly origin?: { readonly exchange: string; readonly cause?: Cause }
  readonly deleted?: { readonly at: string; readonly exchange?: string }
  readonly predecessor?: string
  readonly successor?: string
  readonly document?: JsonObject
}
export type StaleIdentity = Identity & { readonly reasons: readonly string[] }
type Cause = { readonly action: string; readonly token?: string; readonly replay?: boolean }
export type HistoryEntry =
  | {
      readonly kind: 'version'
      readonly version: number
      readonly action: 'created' | 'changed' | 'deleted' | 'purged'
      readonly at: string
      readonly exchange?: string
      readonly document?: JsonObject
      readonly differences: readonly Difference[]
      readonly cause?: Cause
    }
  | {
      readonly kind: 'membership'
      readonly event: 'added' | 'removed'
      readonly at: string
      readonly exchange?: string
      readonly group: Related
      readonly member: Related
      readonly cause?: Cause
    }

export type Clock = { readonly now: string; readonly offset: number; readonly machine: string }
export type Tenant = {
  readonly id: string
  readonly profile: string
  readonly onDelete: string
  readonly throttle: string
  readonly endpoint: string
  readonly created: string
  readonly clock: Clock
  readonly switches: readonly {
    readonly id: string
    readonly description: string
    readonly source: string
    readonly basis: string
    readonly values: readonly string[]
    readonly default: string
    readonly chosen: string
  }[]
  readonly tokens: number
  readonly tokenLimit?: number
  readonly counts: Readonly<Record<string, Readonly<Record<Status, number>>>>
}

export type Snapshot = {
  readonly id: string
  readonly name: string
  readonly created: string
  readonly tenants: readonly {
    readonly id: string
    readonly counts: Readonly<Record<string, number>>
    readonly retained?: number
  }[]
  readonly bytes: number
}
export type Fault = {
  readonly id: string
  readonly name?: string
  readonly words: string
  readonly armed: string
  readonly hits: number
  readonly lastHit?: string
  readonly left?: number
  readonly match: { readonly tenant?: string }
}
