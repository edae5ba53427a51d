import type { ClientDialect, ClientKind, Exchange } from '../journal/exchange.ts'
import { isObject } from '../scim/json.ts'
import { parseObject, readOperations, type SentOperation } from './diagnosis/subject.ts'

/**
 * Of which dialect a request tells that its client speaks it; undefined when it tells nothing. How PATCH is written
 * says more than the name of a client: a proxy may have put that in, and tests send what Entra sends.
 */
export function detectDialect(exchange: Exchange): ClientDialect | undefined {
  const foreign = isOtherClient(exchange)
  const written = exchange.method === 'PATCH' ? detectPatchDialect(exchange.request) : undefined
  if (written === 'likely') return foreign ? 'other' : 'aadOptscim062020'
  return written ?? (foreign ? 'other' : undefined)
}

export const getUserAgent = ({ request }: Exchange): string => request.headers['user-agent']?.trim() ?? ''

/** Whether the client calls itself a service of Microsoft's. */
export const isMicrosoftClient = (exchange: Exchange): boolean =>
  /microsoft|azure|entra|\baad\b/i.test(getUserAgent(exchange))

/**
 * Whether a request can't be Entra ID's, which sends no name (suna#7297), or at most one of Microsoft's; and never PUT,
 * bulk requests or `/.search`.
 */
export const isOtherClient = (exchange: Exchange): boolean => {
  const { method, url, parent } = exchange
  if (getUserAgent(exchange) !== '' && !isMicrosoftClient(exchange)) return true
  return (
    method === 'PUT' || parent !== undefined || (method === 'POST' && /\/(Bulk|\.search)(\?|$)/i.test(url))
  )
}

/** `likely`: as with `aadOptscim062020`, and as some others write it too. */
function detectPatchDialect({
  body,
  cutFrom,
}: Exchange['request']): Exclude<ClientDialect, 'other'> | 'likely' | undefined {
  if (body === undefined) return undefined
  // Of a body that was cut the beginning tells enough.
  if (cutFrom !== undefined) return isDefaultOpName(firstOp(body)) ? 'default' : undefined
  const operations = readOperations(parseObject(body) ?? {})
  if (operations.some(({ op }) => isDefaultOpName(op))) return 'default'
  if (operations.some(isConclusive)) return 'aadOptscim062020'
  return operations.length > 0 && operations.every(isFlaggedStyle) ? 'likely' : undefined
}

const firstOp = (body: string) => /"op"\s*:\s*"([a-z]+)"/i.exec(body)?.[1]

const isDefaultOpName = (op: string | undefined) => op === 'Add' || op === 'Replace' || op === 'Remove'

const isAddOp = (op: string) => op === 'add' || op === 'replace'

/** `{"op":"replace","value":{"name.givenName":…}}`: no path, and paths for names. Nobody else was seen doing so. */
const isConclusive = ({ op, path, value }: SentOperation): boolean =>
  isAddOp(op) && path === undefined && isObject(value) && Object.keys(value).some(name => /[.:]/.test(name))

/** Whether an operation is written as Entra does with its flag; all of them are in lower case. */
function isFlaggedStyle({ op, path, value }: SentOperation): boolean {
  // Those who leave are named in the path: `members[value eq "…"]`.
  if (op === 'remove') return path?.includes('[') === true && value === undefined
  if (!isAddOp(op)) return false
  if (path === undefined) return isObject(value) && !Object.values(value).some(isObject)
  return !/^(true|false)$/i.test(typeof value === 'string' ? value : '')
}

/** The client that a request shows: its kind, and its name unless it is Entra ID or has none. */
export type DetectedClient = {
  readonly kind: Exclude<ClientKind, 'sample'>
  readonly name?: string
  /** False where a client other than this one may well have sent the same request. */
  readonly certain: boolean
}

/** The product name in a User-Agent, without versions and comments: "Okta SCIM Client", "curl". */
const productName = (userAgent: string): string =>
  (/^[^/(]{0,60}/.exec(userAgent)?.[0] ?? '').replace(/\s+v?\d[\d.]*\s*$/i, '').trim()

/** Provisioning services that send a name of their own. */
const isProvisioningService = (name: string): boolean =>
  /okta|google-auto-provisioning|onelogin|jumpcloud|\bping(one|federate|identity|datasync)|cyberark|sailpoint|authentik|idp-scim-sync|ssosync/i.test(
    name,
  )

/** Whatever the compliance suite creates is named after its run: `scim-check-k3f9a-17`. */
const complianceMarkPattern = /scim-check-([a-z\d]{4,})-\d/i

/** The mark of the compliance run that a request belongs to, where it carries one. */
export const complianceMark = ({ url, request: { body = '' } }: Exchange): string | undefined =>
  (complianceMarkPattern.exec(url) ?? complianceMarkPattern.exec(body))?.[1]

/** Which client sent a request, judged by this request alone; undefined for one that shows nothing. */
export function detectClient(exchange: Exchange): DetectedClient | undefined {
  const name = productName(getUserAgent(exchange))
  if (name === 'scim-compliance' || complianceMark(exchange) !== undefined) {
    return { kind: 'compliance', certain: true }
  }
  if (isOtherClient(exchange)) {
    return {
      kind: isProvisioningService(name) ? 'service' : 'ad-hoc',
      ...(name !== '' && { name }),
      certain: true,
    }
  }
  if (isMicrosoftClient(exchange) || looksLikeEntra(exchange)) return { kind: 'entra', certain: true }
  return isGuidLookup(exchange) ? { kind: 'entra', certain: false } : undefined
}

/** PATCH in one of Entra ID's dialects, or a body under the media type that Entra ID sends (scimitar#123). */
const looksLikeEntra = (exchange: Exchange): boolean => {
  const { method, request } = exchange
  if (method === 'PATCH') {
    const dialect = detectDialect(exchange)
    if (dialect !== undefined && dialect !== 'other') return true
  }
  return (
    (method === 'POST' || method === 'PATCH') &&
    /^application\/scim\+json;\s*charset=utf-8$/i.test(request.headers['content-type'] ?? '')
  )
}

const guidLookupPattern =
  /[?&]filter=[^&]*(?:\+|%20)eq(?:\+|%20)(?:%22|")[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:%22|")(?:&|$)/i

/** Whether a request looks up a GUID, as Entra ID's connection test does, whatever the response was. */
export const isGuidLookup = ({ method, url }: Exchange): boolean =>
  method === 'GET' && guidLookupPattern.test(url)

/**
 * Whether a request is Entra ID's connection test and was answered as it should be: nobody has the GUID. Looking up an
 * externalId that is a GUID is ordinary work.
 */
export const isSuccessfulProbe = (exchange: Exchange): boolean =>
  exchange.status === 200 &&
  isGuidLookup(exchange) &&
  !/[?&]filter=externalId\b/i.test(exchange.url) &&
  parseObject(exchange.response.body)?.totalResults === 0
