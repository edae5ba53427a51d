/** The directories of all tenants as they were at a moment. */
export type Snapshot = {
  readonly id: string
  /** What somebody called it: only data. */
  readonly name: string
  /** Milliseconds since 1970, by the machine's clock. */
  readonly created: number
  readonly tenants: readonly {
    readonly id: string
    /** Resources by type. */
    readonly counts: Readonly<Record<string, number>>
    /** Deleted resources that were retained; unknown of snapshots that earlier versions saved. */
    readonly retained?: number
  }[]
  readonly bytes: number
}

export type RestoreResult = {
  /** Ids of the tenants whose directories are again what they were. */
  readonly tenants: readonly string[]
  /** Ids of the tenants of the snapshot that were deleted since, also where another tenant has the id now. */
  readonly skipped: readonly string[]
}

/**
 * Puts aside and brings back what tenants hold: resources, their history, the tenants' settings, declared types and
 * clocks. Tokens and the journal stay as they are; so do tenants that were made later.
 */
export interface Snapshots {
  /** Newest first. */
  list(): Promise<readonly Snapshot[]>
  /** Requests wait while it copies. It is called by its time unless named. Throws `SnapshotError`. */
  save(name?: string): Promise<Snapshot>
  /** All of it or nothing, between two requests. Undefined when there is no such snapshot. Throws `SnapshotError`. */
  restore(id: string): Promise<RestoreResult | undefined>
  /** False when there is no such snapshot. */
  remove(id: string): Promise<boolean>
}

/** A snapshot can't be made or used; `message` says why and what to do. */
export class SnapshotError extends Error {
  readonly reason: 'limit' | 'unusable' | 'unwritable'
  constructor(reason: 'limit' | 'unusable' | 'unwritable', message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SnapshotError'
    this.reason = reason
  }
}
