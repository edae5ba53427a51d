import type { ClientKind, Exchange } from '../journal/exchange.ts'
import { objectIn } from './diagnose/diagnosis.ts'
import { dialectOf, isForeign, isMicrosofts, userAgentOf } from './dialect.ts'

/** The client that a request shows: its kind, and its name unless it is Entra ID or has none. */
export type ShownClient = {
  readonly kind: Exclude<ClientKind, 'sample'>
  readonly name?: string
  /** False where a client other than this one may well have sent the same request. */
  readonly certain: boolean
}

/** The product name in a User-Agent, without versions and comments: "Okta SCIM Client", "curl". */
const productIn = (userAgent: string): string =>
  (/^[^/(]{0,60}/.exec(userAgent)?.[0] ?? '').replace(/\s+v?\d[\d.]*\s*$/i, '').trim()

/** Provisioning services that send a name of their own. */
const isService = (name: string): boolean =>
  /okta|google-auto-provisioning|onelogin|jumpcloud|\bping(one|federate|identity|datasync)|cyberark|sailpoint|authentik|idp-scim-sync|ssosync/i.test(
    name,
  )

/** Whatever the compliance suite creates is named after its run: `scim-check-k3f9a-17`. */
const markOfSuite = /scim-check-([a-z\d]{4,})-\d/i

/** The mark of the compliance run that a request belongs to, where it carries one. */
export const complianceMarkIn = ({ url, request: { body = '' } }: Exchange): string | undefined =>
  (markOfSuite.exec(url) ?? markOfSuite.exec(body))?.[1]

/** Which client sent a request, judged by this request alone; undefined for one that shows nothing. */
export function clientShownBy(exchange: Exchange): ShownClient | undefined {
  const name = productIn(userAgentOf(exchange))
  if (name === 'scim-compliance' || complianceMarkIn(exchange) !== undefined) {
    return { kind: 'compliance', certain: true }
  }
  if (isForeign(exchange)) {
    return { kind: isService(name) ? 'service' : 'ad-hoc', ...(name !== '' && { name }), certain: true }
  }
  if (isMicrosofts(exchange) || isWrittenByEntra(exchange)) return { kind: 'entra', certain: true }
  return looksUpGuid(exchange) ? { kind: 'entra', certain: false } : undefined
}

/** PATCH in one of Entra ID's dialects, or a body under the media type that Entra ID sends (scimitar#123). */
const isWrittenByEntra = (exchange: Exchange): boolean => {
  const { method, request } = exchange
  if (method === 'PATCH') {
    const dialect = dialectOf(exchange)
    if (dialect !== undefined && dialect !== 'other') return true
  }
  return (
    (method === 'POST' || method === 'PATCH') &&
    /^application\/scim\+json;\s*charset=utf-8$/i.test(request.headers['content-type'] ?? '')
  )
}

const guidLookUp =
  /[?&]filter=[^&]*(?:\+|%20)eq(?:\+|%20)(?:%22|")[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:%22|")(?:&|$)/i

/** Whether a request looks up a GUID, as Entra ID's connection test does, whatever the response was. */
export const looksUpGuid = ({ method, url }: Exchange): boolean => method === 'GET' && guidLookUp.test(url)

/**
 * Whether a request is Entra ID's connection test and was answered as it should be: nobody has the GUID. Looking up an
 * externalId that is a GUID is ordinary work.
 */
export const isAnsweredProbe = (exchange: Exchange): boolean =>
  exchange.status === 200 &&
  looksUpGuid(exchange) &&
  !/[?&]filter=externalId\b/i.test(exchange.url) &&
  objectIn(exchange.response.body)?.totalResults === 0
