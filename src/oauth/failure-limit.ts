import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

const minute = 60_000
const maxFailures = 10
const maxClients = 10_000

/**
 * Counts the failed authentications of each client ID, known or not (RFC 6749 §10.10). Each instance counts by itself, and forgets
 * the clients whose failures are the oldest.
 */
export function createFailureLimit() {
  /** The times of the last failures, by a hash: IDs are as long as clients make them. */
  const failures = new LRUCache<string, readonly number[]>({ max: maxClients })
  const recent = (client: string, now: number) =>
    (failures.get(client) ?? []).filter(at => now - at < minute && at <= now)

  return {
    /** The key of a client ID in a tenant, both as they were sent. */
    keyOf: (tenant: string, client: string): string => hash('sha256', `${tenant} ${client}`, 'base64'),
    /** Whether the client had the maximum number of failures within the last minute. */
    isReached: (key: string, now: number): boolean => recent(key, now).length >= maxFailures,
    note: (key: string, now: number): void =>
      void failures.set(key, [...recent(key, now), now].slice(-maxFailures)),
  }
}
