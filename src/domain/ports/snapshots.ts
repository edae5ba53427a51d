export type Snapshot = {
  readonly id: string
  readonly name: string
  /** Milliseconds since 1970, by the server's clock. */
  readonly created: number
  readonly tenants: readonly {
    readonly id: string
    readonly counts: Readonly<Record<string, number>>
    /** Absent in snapshots of earlier versions. */
    readonly retained?: number
  }[]
  readonly bytes: number
}

export type RestoreResult = {
  readonly tenants: readonly string[]
  /** Ids of tenants in the snapshot that were deleted since, even if another tenant has the id now. */
  readonly skipped: readonly string[]
}

/**
 * Saves and restores the data of all tenants: resources, history, account assignments, settings, declared types and clocks. Tokens
 * and the journal are not included; restoring leaves newer tenants as they are.
 */
export interface Snapshots {
  /** Newest first. */
  list(): Promise<readonly Snapshot[]>
  /** Named by its time unless a name is given. Throws `SnapshotError`. */
  save(name?: string): Promise<Snapshot>
  /** Everything or nothing, between two requests. Throws `SnapshotError`. */
  restore(id: string): Promise<RestoreResult | undefined>
  remove(id: string): Promise<boolean>
}

/** A snapshot can't be saved or restored. `message` describes the reason and the remedy. */
export class SnapshotError extends Error {
  readonly reason: 'limit' | 'unusable' | 'unwritable'
  constructor(reason: 'limit' | 'unusable' | 'unwritable', message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SnapshotError'
    this.reason = reason
  }
}
