import { LRUCache } from 'lru-cache'

const minute = 60_000
const maxFailures = 10
const maxClients = 10_000

/**
 * Counts the failed authentications of each client ID, known or not (RFC 6749 §10.10). Each instance counts by itself, and forgets
 * the clients whose failures are the oldest.
 */
export function createFailureLimit() {
  /** The times of the last failures, by tenant and client ID as they were sent. */
  const failures = new LRUCache<string, readonly number[]>({ max: maxClients })
  const recent = (client: string, now: number) =>
    (failures.get(client) ?? []).filter(at => now - at < minute && at <= now)

  return {
    /** Whether the client had the maximum number of failures within the last minute. */
    isReached: (client: string, now: number): boolean => recent(client, now).length >= maxFailures,
    note: (client: string, now: number): void =>
      void failures.set(client, [...recent(client, now), now].slice(-maxFailures)),
  }
}

export type FailureLimit = ReturnType<typeof createFailureLimit>
