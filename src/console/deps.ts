import type { JwtVerifier } from '../auth/issuers/verify.ts'
import type { Audit } from '../domain/audit/audit.ts'
import type { Engine } from '../domain/ports/engine.ts'
import type { Retention } from '../domain/ports/journal.ts'
import type { JobHealthMonitor } from '../insight/analysis/job-health.ts'
import type { AnalysisWorker } from '../insight/analysis/worker.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import type { AuditTrail } from './audit.ts'
import type { Docs } from './docs-site.ts'
import type { GuessLimitOptions } from './guard.ts'
import type { SendInProcess } from './in-process.ts'
import type { SampleRuns } from './sample-runs.ts'
import type { SignIn } from './sign-in/sign-in.ts'
import type { Webhooks } from './webhooks/webhooks.ts'

type ServerFacts = {
  /** The machine's time in milliseconds since 1970. */
  readonly started: number
  readonly settings: readonly {
    readonly flag: string
    readonly variable: string
    readonly description: string
    readonly value: string
    readonly source: 'flag' | 'environment' | 'default'
  }[]
  readonly retention: Retention
  /** The database; absent for data in memory. */
  readonly database?: Engine['storage']
}

export type ConsoleDeps = Pick<
  Engine,
  | 'tenants'
  | 'accessKeys'
  | 'issuers'
  | 'oauthClients'
  | 'journal'
  | 'directory'
  | 'assignments'
  | 'memberships'
  | 'consoleTokens'
  | 'findingMutes'
  | 'clock'
  | 'reset'
  | 'faults'
  | 'snapshots'
  | 'sessions'
  | 'compaction'
  | 'unavailable'
  | 'unready'
> & {
  readonly verifier: JwtVerifier
  readonly publicUrl?: string
  /** The AWS APIs. The URL is absent if they are turned off. */
  readonly aws: { readonly region: string; readonly url?: string }
  readonly audit: AuditTrail
  readonly auditLog: Pick<Audit, 'page' | 'batches'>
  readonly analysis: AnalysisWorker
  readonly jobHealth: JobHealthMonitor
  readonly webhooks: Webhooks
  readonly facts: ServerFacts
  readonly version: string
  readonly docs?: Docs
  /** The console token of the settings. Without it and sign-in, every client that reaches the console may use it. */
  readonly token?: string
  readonly signIn?: SignIn
  readonly guessLimit?: GuessLimitOptions
  readonly ready: () => boolean
  readonly sampleRuns: SampleRuns
  readonly send: SendInProcess
  /** URL of the SCIM listener, without a slash at its end: `http://127.0.0.1:8080`. */
  readonly scimBase: () => string
  /**
   * The accepted `Host` headers. `loopback`, the default, prevents DNS rebinding; `any` is for a console that other
   * machines reach, and requires a token or sign-in.
   */
  readonly hosts?: 'loopback' | 'any'
  /** The types with their own addresses (`…/users`); users and groups by default. */
  readonly resourceTypes?: readonly ResourceType[]
}
