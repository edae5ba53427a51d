/**
 * The session that a tenant shows, if it was opened from a file. Such a tenant is read-only, has no access tokens, and its
 * clock stands at the export. Times are milliseconds since 1970.
 */
export type OpenedSession = {
  readonly tenant: string
  /** By the clock of the exporting server and by that of the tenant. */
  readonly exported: number
  readonly tenantTime: number
  readonly version: string
  readonly q?: string
  /** What the ids of its requests and cycles begin with here: those of the file may exist already. */
  readonly prefix: string
  readonly findings: readonly SessionFinding[]
}

export type SessionFinding = {
  readonly id: string
  readonly product?: string
  readonly origin: 'provisioning' | 'compliance' | 'ad-hoc'
  readonly count: number
  readonly subjects: number
  readonly injected?: true
  readonly first: number
  readonly last: number
  readonly trend: readonly { readonly cycle: string; readonly started: number; readonly count: number }[]
  readonly evidence: readonly {
    readonly exchange: string
    readonly at: number
    /** Absent in sessions of earlier versions. */
    readonly tenantTime?: number
    readonly subject?: string
    readonly detail: string
  }[]
}

/** Greater than the ids of all requests that this server receives, and not greater than those of opened sessions. */
export const firstSessionId = 's'

export const newSessionPrefix = (random: string): string =>
  `${firstSessionId}${random.replaceAll('-', '').slice(0, 8)}-`

export const describeSessionTenant = (tenant: string, { tenant: of, exported }: OpenedSession): string =>
  `The tenant "${tenant}" is read-only: it is the session of "${of}" from ${new Date(exported).toISOString()}, opened from a file.`
