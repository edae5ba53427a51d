import type { ClientKind, Dialect } from '../contract/exchanges.ts'
import type { Severity } from '../contract/findings.ts'
import type { Difference, Identity, Related } from '../contract/identities.ts'

export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string }
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
    readonly value?: unknown
    readonly outcome: 'changed' | 'no-effect' | 'refused' | 'not-reached'
    readonly summary: string
    readonly differences: readonly Difference[]
  }[]
  readonly resources: readonly {
    readonly type: string
    readonly id: string
    readonly label: string
    readonly versions: { readonly before?: number; readonly after?: number }
    readonly before?: Readonly<Record<string, unknown>>
    readonly after?: Readonly<Record<string, unknown>>
    readonly differences: readonly Difference[]
    readonly memberships: readonly {
      readonly event: 'added' | 'removed'
      readonly group: Related
      readonly member: Related
    }[]
  }[]
  readonly evaluations: readonly Evaluation[]
  /** Why no profile was evaluated. */
  readonly notEvaluated?: string
  readonly findings: readonly Finding[]
}

export type Cycle = {
  readonly id: string
  readonly tenant: string
  readonly token?: { readonly id: string; readonly ending: string }
  readonly kind: 'cycle' | 'test-connection' | 'compliance' | 'ad-hoc'
  readonly client: ClientKind
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

export type StaleIdentity = Identity & { readonly reasons: readonly string[] }
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
