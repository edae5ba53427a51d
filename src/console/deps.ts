import type { JwtVerifier } from '../auth/issuers/verify.ts'
import type { Audit } from '../domain/ports/audit.ts'
import type { Engine } from '../domain/ports/engine.ts'
import type { Retention } from '../domain/ports/journal.ts'
import type { JobHealthMonitor } from '../insight/analysis/job-health.ts'
import type { AnalysisWorker } from '../insight/analysis/worker.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import type { AuditTrail } from './audit.ts'
import type { GuessLimitOptions } from './guard.ts'
import type { SendInProcess } from './in-process.ts'
import type { SampleRuns } from './sample-runs.ts'
import type { SignIn } from './sign-in/sign-in.ts'
import type { Webhooks } from './webhooks/webhooks.ts'

/** Facts about the running server. */
type ServerFacts = {
  /** The machine's time in milliseconds since 1970. */
  readonly started: number
  /** The settings with their values, secrets masked. */
  readonly settings: readonly {
    readonly flag: string
    readonly variable: string
    readonly description: string
    readonly value: string
    readonly source: 'flag' | 'environment' | 'default'
  }[]
  /** The limits of the journal. */
  readonly retention: Retention
  /** The database; absent for data in memory. */
  readonly database?: Engine['storage']
}

/** The dependencies of the console. */
export type ConsoleDeps = Pick<
  Engine,
  | 'tenants'
  | 'accessKeys'
  | 'issuers'
  | 'oauthClients'
  | 'journal'
  | 'directory'
  | 'assignments'
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
  /** The URL under which clients reach the SCIM listener, if set. */
  readonly publicUrl?: string
  /** The AWS APIs. The URL is absent if they are turned off. */
  readonly aws: { readonly region: string; readonly url?: string }
  /** Records who changes what at the console. */
  readonly audit: AuditTrail
  readonly auditLog: Pick<Audit, 'page' | 'batches'>
  readonly analysis: AnalysisWorker
  /** Whether Entra ID would quarantine the jobs of tenants. */
  readonly jobHealth: JobHealthMonitor
  readonly webhooks: Webhooks
  /** How the server was started. */
  readonly facts: ServerFacts
  /** The server's version, for OpenAPI and `/livez`. */
  readonly version: string
  /** The console token of the settings. Without it and sign-in, every client that reaches the console may use it. */
  readonly token?: string
  /** How people sign in; absent without sign-in. */
  readonly signIn?: SignIn
  /** The clock of the guess limit; tests replace it. */
  readonly guessLimit?: GuessLimitOptions
  /** Whether the SCIM listener accepts requests. */
  readonly ready: () => boolean
  readonly sampleRuns: SampleRuns
  /** Sends requests of the console to the SCIM listener. */
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
