import type { JobHealthMonitor } from '../analysis/job-health.ts'
import type { AnalysisWorker } from '../analysis/worker.ts'
import type { Faults } from '../faults/active-faults.ts'
import type { Directory } from '../ports/directory.ts'
import type { Journal, Retention } from '../ports/journal.ts'
import type { Snapshots } from '../ports/snapshots.ts'
import type { TenantStore } from '../ports/tenants.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import type { GuessLimitOptions } from './guard.ts'
import type { SendToScim } from './in-process.ts'

/** What is known about the server since its start. */
export type ServerFacts = {
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
  /** What the journal keeps. */
  readonly retention: Retention
  /** The path of the database's file; absent when nothing is kept. */
  readonly database?: string
}

/** What the console shows and steers. */
export type ConsoleDeps = {
  readonly tenants: TenantStore
  readonly journal: Journal
  readonly directory: Directory
  /** What the journal's exchanges mean. */
  readonly analysis: AnalysisWorker
  /** Whether Entra ID would quarantine the jobs of tenants. */
  readonly jobHealth: JobHealthMonitor
  /** Deletes what is known of the tenant with this id, or of all, but for tenants and tokens. Returns the ids. */
  readonly reset: (tenant?: string) => Promise<readonly string[]>
  /** Answers that are spoiled on purpose. */
  readonly faults: Faults
  /** What tenants held, put aside. */
  readonly snapshots: Snapshots
  /**
   * Returns the space that the database no longer needs to the file system, and the database's bytes before and after.
   * Rejects with a sentence that says why it failed and what to do.
   */
  readonly compact: () => Promise<{ readonly before: number; readonly after: number }>
  /** Who is told what happens. */
  readonly webhooks: Webhooks
  /** How the server was started. */
  readonly facts: ServerFacts
  /** The server's version, for OpenAPI and `/livez`. */
  readonly version: string
  /** The console token; without one everybody who reaches the console may use it. */
  readonly token?: string
  /** How time passes for those who guess that token; a test brings its own. */
  readonly guessLimit?: GuessLimitOptions
  /** Whether the SCIM listener takes requests. */
  readonly ready: () => boolean
  /** Sends requests of the console's own to the SCIM listener. */
  readonly send: SendToScim
  /** URL of the SCIM listener, without a slash at its end: `http://127.0.0.1:8080`. */
  readonly scimBase: () => string
  /**
   * The `Host` that requests may name. `loopback`, the default, keeps DNS rebinding out; `any` is for a console
   * that is reached from elsewhere, and needs a token.
   */
  readonly hosts?: 'loopback' | 'any'
  /** The types that have addresses of their own (`…/users`); users and groups by default. */
  readonly resourceTypes?: readonly ResourceType[]
}
