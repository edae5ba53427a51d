import type { AuditBeginning, AuditEntry, AuditOutcome } from '../audit/entry.ts'
import type { AuditSearch } from '../audit/search.ts'

type AuditQuery = {
  /** All terms must match. */
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
  /** Adds the outcome to an entry that has none. */
  complete(id: string, outcome: AuditOutcome): Promise<void>
  /** Throws `AuditCursorError`. */
  page(query: AuditQuery): Promise<{ readonly items: readonly AuditEntry[]; readonly next?: string }>
  /** All matches in batches, each of which is read on demand. */
  batches(search: AuditSearch): AsyncIterable<readonly AuditEntry[]>
  /** Deletes the entries from before this time, in milliseconds since 1970. */
  prune(before: number): Promise<void>
}

/** The cursor of a query was not issued by the audit log. */
export class AuditCursorError extends Error {
  constructor() {
    super('The cursor was not issued by the audit log. Omit it to start with the newest entry.')
    this.name = 'AuditCursorError'
  }
}
