import type { Exchange } from '../../domain/journal/exchange.ts'
import type { AnalysisStore, TokenClient } from '../../domain/ports/analysis.ts'
import { compact } from '../../scim/json.ts'
import type { Product, RecognizedClient } from '../../scim/recognition/products.ts'
import { canSend, hasDecisiveMark, recognize } from '../../scim/recognition/recognize.ts'
import { isTool } from '../../scim/recognition/tools.ts'
import { isFromSample, tokenOf } from './cycles.ts'

/** Requests in a row of the same shape that settle whose token it is. */
const shapesToSettle = 3

/** The client of an exchange, by the exchange and by the earlier ones of its token. */
export type SettledClient = {
  /** Absent if neither shows one. */
  readonly client?: RecognizedClient
  /** The same before the token is settled: the client whose shape the last marked exchange had. For cycles. */
  readonly likely?: RecognizedClient
  /** The product whose token it was until this exchange, which is named after another. */
  readonly sharedWith?: Product
}

/** What is known about the client of a token, with another exchange of it. */
export function settle(
  before: TokenClient,
  exchange: Exchange,
): { readonly settled: SettledClient; readonly after: TokenClient } {
  const own = recognize(exchange)
  const after = own && !isTool(own.product) ? learn(before, own) : before
  const former = before.recognized?.product
  const isNewName = own?.evidence === 'named' && !isTool(own.product) && !before.named.includes(own.product)
  const isShared = isNewName && former !== undefined && former !== own.product
  return {
    settled: {
      ...compact({
        client: inherit(own, after.recognized, exchange),
        likely: inherit(own, after.recognized ?? toLikely(after), exchange),
      }),
      ...(isShared && { sharedWith: former }),
    },
    after,
  }
}

/** A name settles at once, and overrules what was settled by another name or a shape. */
function learn(before: TokenClient, own: RecognizedClient): TokenClient {
  const { candidate, named, ...rest } = before
  const { product, evidence } = own
  if (evidence === 'named') {
    const isKnown = before.recognized?.product === product && before.recognized.evidence === 'named'
    if (isKnown && named.includes(product)) return before
    return { ...rest, recognized: own, named: named.includes(product) ? named : [...named, product] }
  }
  if (evidence !== 'shaped' || before.recognized) return before
  const exchanges = candidate?.product === product ? candidate.exchanges + 1 : 1
  return exchanges < shapesToSettle
    ? { ...before, candidate: { product, exchanges } }
    : { ...rest, named, recognized: own }
}

const toLikely = ({ candidate }: TokenClient): RecognizedClient | undefined =>
  candidate && { product: candidate.product, evidence: 'shaped' }

/**
 * An exchange is from the client of its token, unless that can't send it, or unless its User-Agent or a decisive mark shows
 * another: single marks may be alike.
 */
function inherit(
  own: RecognizedClient | undefined,
  known: RecognizedClient | undefined,
  exchange: Exchange,
): RecognizedClient | undefined {
  if (!known || !canSend(known.product, exchange)) return own
  const isCertain = own && (own.evidence === 'named' || hasDecisiveMark(own.product, exchange))
  return isCertain ? own : known
}

/** Settles the clients of tokens, exchange by exchange. */
export type TokenClients = {
  /** Reads what is known about the tokens of these exchanges. */
  load(exchanges: readonly Exchange[]): Promise<void>
  /** Settles the exchanges of a batch, in the order of their responses. */
  startBatch(): ClientBatch
  /** Keeps what a stored batch has changed. */
  markSaved(changed: readonly TokenClient[]): void
  clear(): void
}

export type ClientBatch = {
  settle(exchange: Exchange): SettledClient
  /** What is to be stored. */
  changed(): readonly TokenClient[]
}

const keyOf = ({ tenant, token }: Pick<TokenClient, 'tenant' | 'token'>): string =>
  JSON.stringify([tenant, token])

/** Neither the console nor a client of AWS APIs provisions. */
const mayBeRecognized = (exchange: Exchange): boolean =>
  exchange.api === undefined && exchange.replayOf === undefined && !isFromSample(exchange)

/** The token of an exchange whose client can be settled. */
function placeOf(exchange: Exchange): Pick<TokenClient, 'tenant' | 'token'> | undefined {
  const { tenant, operation } = exchange
  const token = tokenOf(exchange)
  if (!tenant || !token || operation === 'token' || !mayBeRecognized(exchange)) return undefined
  return { tenant, token: token.id }
}

/** A request without a known token. */
function recognizeAlone(exchange: Exchange): SettledClient {
  const client = mayBeRecognized(exchange) ? recognize(exchange) : undefined
  return client ? { client, likely: client } : {}
}

/** Tokens that are kept in memory; more of them are read again. */
const maxKnown = 10_000

export function createTokenClients(store: Pick<AnalysisStore, 'tokenClients'>): TokenClients {
  /** By token; most exchanges change nothing. */
  const known = new Map<string, TokenClient>()

  return {
    async load(exchanges) {
      const unknown = new Map(
        exchanges.flatMap(exchange => {
          const place = placeOf(exchange)
          return place && !known.has(keyOf(place)) ? [[keyOf(place), place] as const] : []
        }),
      )
      if (unknown.size === 0) return
      if (known.size > maxKnown) known.clear()
      for (const place of unknown.values()) known.set(keyOf(place), { ...place, named: [] })
      for (const stored of await store.tokenClients([...unknown.values()])) known.set(keyOf(stored), stored)
    },

    startBatch() {
      const changed = new Map<string, TokenClient>()
      return {
        settle(exchange) {
          const place = placeOf(exchange)
          if (!place) return recognizeAlone(exchange)
          const key = keyOf(place)
          const before = changed.get(key) ?? known.get(key) ?? { ...place, named: [] }
          const { settled, after } = settle(before, exchange)
          if (after !== before) changed.set(key, after)
          return settled
        },
        changed: () => [...changed.values()],
      }
    },

    markSaved(changed) {
      for (const client of changed) known.set(keyOf(client), client)
    },

    clear: () => known.clear(),
  }
}
