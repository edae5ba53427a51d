import type { ClientDialect, ClientKind, Exchange } from '../../domain/journal/exchange.ts'
import { compact } from '../../scim/json.ts'
import { objectIn } from '../../scim/messages.ts'
import { detectPatchFormat, isGuidLookup as looksUpGuid } from '../../scim/recognition/entra.ts'
import { isConvincing, type RecognizedClient } from '../../scim/recognition/products.ts'
import { canSend, recognize } from '../../scim/recognition/recognize.ts'
import { readFacts } from '../../scim/recognition/request-facts.ts'
import { complianceMark, isTool } from '../../scim/recognition/tools.ts'

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

/** The client that a request shows. */
export type DetectedClient = {
  readonly kind: Exclude<ClientKind, 'sample'>
  /** Absent for Entra ID and for clients without a User-Agent. */
  readonly name?: string
  /** Absent unless the evidence is convincing. */
  readonly recognized?: RecognizedClient
  /** False if other clients send such requests too. */
  readonly certain: boolean
}

/** The product name in a User-Agent, without versions and comments: "Okta SCIM Client", "curl". */
const productName = (userAgent: string): string =>
  (/^[^/(]{0,60}/.exec(userAgent)?.[0] ?? '').replace(/\s+v?\d[\d.]*\s*$/i, '').trim()

/** Provisioning services without a fingerprint that identify themselves in the User-Agent. */
const isProvisioningService = (name: string): boolean => /sailpoint/i.test(name)

/** Products that change single resources on request, unlike services that provision a directory. */
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

/** Whether a request looks up a GUID, as Entra ID's connection test does, regardless of the response. */
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
