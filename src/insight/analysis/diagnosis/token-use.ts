import { LRUCache } from 'lru-cache'
import type { Exchange } from '../../../domain/journal/exchange.ts'

/** How a client of the token endpoint has used its access tokens up to an exchange. */
export type TokenUse = {
  /** Token requests in a row with at most one request to SCIM between them. */
  readonly requestedInRow: number
  /** Requests in a row with the same expired access token. */
  readonly expiredInRow: number
}

type History = TokenUse & {
  readonly exchange: string
  readonly requests: number
  readonly expiredToken?: string
}

/** Clients whose use of access tokens is kept, the most recent ones. */
const maxClients = 10_000

const noHistory: History = { exchange: '', requestedInRow: 0, expiredInRow: 0, requests: 0 }

/** Follows how clients use their access tokens. Call it for each exchange, in the order of responses. */
export function createTokenUseCounter(): (exchange: Exchange) => TokenUse | undefined {
  const histories = new LRUCache<string, History>({ max: maxClients })
  return exchange => {
    const { id, tenant, credential } = exchange
    if (credential?.kind !== 'client') return undefined
    const key = `${tenant} ${credential.client}`
    const before = histories.get(key) ?? noHistory
    // An exchange is analyzed again if its findings could not be saved.
    const after = before.exchange === id ? before : { ...nextHistory(before, exchange), exchange: id }
    histories.set(key, after)
    return after
  }
}

function nextHistory(before: History, exchange: Exchange): Omit<History, 'exchange'> {
  const { operation, status, refusal, credential } = exchange
  if (operation === 'token') {
    if (status !== 200) return before
    const isRepeated = before.requestedInRow > 0 && before.requests <= 1
    return { requestedInRow: isRepeated ? before.requestedInRow + 1 : 1, expiredInRow: 0, requests: 0 }
  }
  const used = { ...before, requests: before.requests + 1 }
  const token = credential?.kind === 'client' ? credential.accessToken : undefined
  if (refusal !== 'expired' || token === undefined) return { ...used, expiredInRow: 0 }
  const isSame = token === before.expiredToken
  return { ...used, expiredToken: token, expiredInRow: isSame ? before.expiredInRow + 1 : 1 }
}
