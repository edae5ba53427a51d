import type { AuditBeginning, AuditEntry, AuditOutcome } from '../audit/entry.ts'
import type { AuditSearch } from '../audit/search.ts'

type AuditQuery = {
  readonly search: AuditSearch
  readonly limit: number
  readonly cursor?: string
}

/**
 * The audit log: changes at the console by people and scripts, newest first. Resetting data, restoring snapshots and deleting
 * tenants leave it unchanged.
 */
export interface Audit {
  /** The entry is on disk when the promise resolves. Returns its ID. IDs are in the order of the calls on one instance. */
  add(entry: AuditBeginning & { readonly outcome?: AuditOutcome }): Promise<string>
  complete(id: string, outcome: AuditOutcome): Promise<void>
  /** Throws `AuditCursorError`. */
  page(query: AuditQuery): Promise<{ readonly items: readonly AuditEntry[]; readonly next?: string }>
  batches(search: AuditSearch): AsyncIterable<readonly AuditEntry[]>
  /** Deletes the entries from before this time, in milliseconds since 1970. */
  prune(before: number): Promise<void>
}

export class AuditCursorError extends Error {
  constructor() {
    super('The cursor was not issued by the audit log. Omit it to start with the newest entry.')
    this.name = 'AuditCursorError'
  }
}
