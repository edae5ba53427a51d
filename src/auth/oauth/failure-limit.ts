import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { minute } from '../../domain/duration.ts'

const maxFailures = 10
const maxClients = 10_000

/** RFC 6749 §10.10. Each instance counts by itself and forgets the clients whose failures are the oldest. */
export function createFailureLimit() {
  /** By a hash: IDs are as long as clients make them. */
  let failures: LRUCache<string, readonly number[]> | undefined
  const recent = (client: string, now: number) =>
    (failures?.get(client) ?? []).filter(at => now - at < minute && at <= now)

  return {
    keyOf: (tenant: string, client: string): string => hash('sha256', `${tenant} ${client}`, 'base64'),
    isReached: (key: string, now: number): boolean => recent(key, now).length >= maxFailures,
    note(key: string, now: number): void {
      // Allocates for all clients at once, so not before the first failure.
      failures ??= new LRUCache({ max: maxClients })
      failures.set(key, [...recent(key, now), now].slice(-maxFailures))
    },
  }
}
