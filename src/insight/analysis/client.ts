import type { ClientDialect, ClientKind, Exchange } from '../../domain/journal/exchange.ts'
import type { AnalysisStore, Cycle, TokenClient } from '../../domain/ports/analysis.ts'
import { clientOfCredential } from '../../domain/tenants/credential.ts'
import { compact } from '../../scim/json.ts'
import { objectIn } from '../../scim/messages.ts'
import { readFacts } from '../../scim/recognition/fingerprint.ts'
import { detectPatchFormat, isGuidLookup as looksUpGuid } from '../../scim/recognition/identity-providers.ts'
import { isConvincing, type Product, type RecognizedClient } from '../../scim/recognition/products.ts'
import {
  canSend,
  complianceMark,
  hasDecisiveMark,
  isTool,
  recognize,
} from '../../scim/recognition/recognize.ts'

/**
 * The dialect that a request shows; undefined if it shows none. The form of a PATCH counts more than the User-Agent: a
 * proxy may set that, and tests send the same bodies as Entra ID. `client` is the client that the request is known to be from.
 */
export function detectDialect(
  exchange: Exchange,
  client: RecognizedClient | undefined = recognize(exchange),
): ClientDialect | undefined {
  const isOther = !canSend('entra', exchange) || isOtherProduct(client)
  const format = detectPatchFormat(readFacts(exchange))
  if (format === 'likely') return isOther ? 'other' : 'aadOptscim062020'
  return format ?? (isOther ? 'other' : undefined)
}

const isOtherProduct = (client: RecognizedClient | undefined): boolean =>
  client !== undefined && isConvincing(client) && client.product !== 'entra'

export type DetectedClient = {
  readonly kind: Exclude<ClientKind, 'sample'>
  readonly name?: string
  readonly recognized?: RecognizedClient
  /** False if other clients send such requests too. */
  readonly certain: boolean
}

/** The product name in a User-Agent, without versions and comments: "Okta SCIM Client", "curl". */
const productName = (userAgent: string): string =>
  (/^[^/(]{0,60}/.exec(userAgent)?.[0] ?? '').replace(/\s+v?\d[\d.]*\s*$/i, '').trim()

const isProvisioningService = (name: string): boolean => /sailpoint/i.test(name)

const isProvisioningProduct = ({ product }: RecognizedClient): boolean =>
  !isTool(product) && product !== 'terraform'

/**
 * The client of a request, given the client that it is known to be from, by this request alone unless its access token shows more;
 * undefined if it shows none.
 */
export function detectClient(
  exchange: Exchange,
  client: RecognizedClient | undefined = recognize(exchange),
): DetectedClient | undefined {
  const { userAgent } = readFacts(exchange)
  const name = productName(userAgent)
  const recognized = client && isConvincing(client) ? client : undefined
  if (recognized?.product === 'scim-compliance' || complianceMark(exchange) !== undefined) {
    return { kind: 'compliance', certain: true }
  }
  if (!canSend('entra', exchange) || isOtherProduct(recognized)) {
    const isService = recognized ? isProvisioningProduct(recognized) : isProvisioningService(name)
    return {
      kind: isService ? 'service' : 'ad-hoc',
      ...(name !== '' && { name }),
      ...compact({ recognized }),
      certain: true,
    }
  }
  if (client?.product === 'entra') {
    const certain = recognized !== undefined || !isGuidLookup(exchange)
    return { kind: 'entra', ...compact({ recognized }), certain }
  }
  return undefined
}

export const isGuidLookup = (exchange: Exchange): boolean => looksUpGuid(readFacts(exchange))

/**
 * Whether a request is Entra ID's connection test and found nothing, as it should. Looking up an externalId that is a
 * GUID is ordinary work.
 */
export const isSuccessfulProbe = (exchange: Exchange): boolean =>
  exchange.status === 200 &&
  isGuidLookup(exchange) &&
  !/[?&]filter=externalId\b/i.test(exchange.url) &&
  objectIn(exchange.response)?.totalResults === 0

/** Requests in a row of the same shape that settle whose token it is. */
const shapesToSettle = 3

export type SettledClient = {
  readonly client?: RecognizedClient
  /** Before the token is settled, cycles use the client whose shape the last marked exchange had. */
  readonly likely?: RecognizedClient
  /** The product whose token it was until this exchange, which is named after another. */
  readonly sharedWith?: Product
}

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

/** The token's client counts, unless it can't send the exchange, or a User-Agent or decisive mark shows another. */
function inherit(
  own: RecognizedClient | undefined,
  known: RecognizedClient | undefined,
  exchange: Exchange,
): RecognizedClient | undefined {
  if (!known || !canSend(known.product, exchange)) return own
  const isCertain = own && (own.evidence === 'named' || hasDecisiveMark(own.product, exchange))
  return isCertain ? own : known
}

export type TokenClients = {
  load(exchanges: readonly Exchange[]): Promise<void>
  startBatch(): ClientBatch
  markSaved(changed: readonly TokenClient[]): void
  clear(): void
}

export type ClientBatch = {
  settle(exchange: Exchange): SettledClient
  changed(): readonly TokenClient[]
}

const keyOf = ({ tenant, token }: Pick<TokenClient, 'tenant' | 'token'>): string =>
  JSON.stringify([tenant, token])

/** Neither the console nor a client of AWS APIs provisions. */
const mayBeRecognized = (exchange: Exchange): boolean =>
  exchange.api === undefined && exchange.replayOf === undefined && !isFromSample(exchange)

function placeOf(exchange: Exchange): Pick<TokenClient, 'tenant' | 'token'> | undefined {
  const { tenant, operation } = exchange
  const token = tokenOf(exchange)
  if (!tenant || !token || operation === 'token' || !mayBeRecognized(exchange)) return undefined
  return { tenant, token: token.id }
}

function recognizeAlone(exchange: Exchange): SettledClient {
  const client = mayBeRecognized(exchange) ? recognize(exchange) : undefined
  return client ? { client, likely: client } : {}
}

/** Tokens that are kept in memory; more of them are read again. */
const maxKnown = 10_000

export function createTokenClients(store: Pick<AnalysisStore, 'tokenClients'>): TokenClients {
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

/** Token requests and requests without a known token belong to no cycle, except those of the console's sample. */
export const isOutsideCycles = (exchange: Exchange): boolean => {
  const { tenant, operation, refusal } = exchange
  const isKnown = tokenOf(exchange) !== undefined
  if (tenant === undefined || operation === 'token') return true
  return !isKnown && (refusal !== undefined || operation === 'discovery' || isDiscovery(exchange))
}

/** The token, or the client of another credential, whose tokens change with time. Undefined for a JWT of an unknown issuer. */
export function tokenOf({ token, credential }: Exchange): Cycle['token'] {
  if (token || !credential || credential.kind === 'jwt') return token
  return { id: clientOfCredential(credential), ending: '' }
}

/** Only the console's sample is authenticated without a token. */
export const isSample = (exchange: Exchange): boolean => tokenOf(exchange) === undefined

const isFromSample = (exchange: Exchange): boolean => !isOutsideCycles(exchange) && isSample(exchange)

export const isDiscovery = ({ method, url }: Exchange): boolean =>
  method === 'GET' && /\/(Schemas|ResourceTypes|ServiceProviderConfigs?)(\/|\?|$)/i.test(url)
