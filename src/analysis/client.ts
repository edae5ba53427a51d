import type { ClientDialect, ClientKind, Exchange } from '../journal/exchange.ts'
import { isObject } from '../scim/json.ts'
import { parseObject, readOperations, type SentOperation } from './diagnosis/subject.ts'

/**
 * The dialect that a request shows; undefined if it shows none. The form of a PATCH counts more than the User-Agent: a
 * proxy may set that, and tests send the same bodies as Entra ID.
 */
export function detectDialect(exchange: Exchange): ClientDialect | undefined {
  const isOther = isOtherClient(exchange)
  const written = exchange.method === 'PATCH' ? detectPatchDialect(exchange.request) : undefined
  if (written === 'likely') return isOther ? 'other' : 'aadOptscim062020'
  return written ?? (isOther ? 'other' : undefined)
}

const getUserAgent = ({ request }: Exchange): string => request.headers['user-agent']?.trim() ?? ''

/** Whether the User-Agent names a Microsoft service. */
const isMicrosoftClient = (exchange: Exchange): boolean =>
  /microsoft|azure|entra|\baad\b/i.test(getUserAgent(exchange))

/**
 * Whether a request can't come from Entra ID, which sends no User-Agent (suna#7297) or Microsoft's, and never sends
 * PUT, bulk requests or `/.search`.
 */
const isOtherClient = (exchange: Exchange): boolean => {
  const { method, url, parent } = exchange
  if (getUserAgent(exchange) !== '' && !isMicrosoftClient(exchange)) return true
  return (
    method === 'PUT' || parent !== undefined || (method === 'POST' && /\/(Bulk|\.search)(\?|$)/i.test(url))
  )
}

/** `likely`: the form of `aadOptscim062020`, which some other clients use too. */
function detectPatchDialect({
  body,
  cutFrom,
}: Exchange['request']): Exclude<ClientDialect, 'other'> | 'likely' | undefined {
  if (body === undefined) return undefined
  // The beginning of a truncated body is enough.
  if (cutFrom !== undefined) return isDefaultOpName(firstOp(body)) ? 'default' : undefined
  const operations = readOperations(parseObject(body) ?? {})
  if (operations.some(({ op }) => isDefaultOpName(op))) return 'default'
  if (operations.some(isConclusive)) return 'aadOptscim062020'
  return operations.length > 0 && operations.every(isFlaggedStyle) ? 'likely' : undefined
}

const firstOp = (body: string) => /"op"\s*:\s*"([a-z]+)"/i.exec(body)?.[1]

const isDefaultOpName = (op: string | undefined) => op === 'Add' || op === 'Replace' || op === 'Remove'

const isAddOp = (op: string) => op === 'add' || op === 'replace'

/** `{"op":"replace","value":{"name.givenName":…}}`: no path, and paths as names. No other client is known to send it. */
const isConclusive = ({ op, path, value }: SentOperation): boolean =>
  isAddOp(op) && path === undefined && isObject(value) && Object.keys(value).some(name => /[.:]/.test(name))

/** Whether an operation has the form that Entra ID uses with its flag, which is all in lower case. */
function isFlaggedStyle({ op, path, value }: SentOperation): boolean {
  // Removed members are in the path: `members[value eq "…"]`.
  if (op === 'remove') return path?.includes('[') === true && value === undefined
  if (!isAddOp(op)) return false
  if (path === undefined) return isObject(value) && !Object.values(value).some(isObject)
  return !/^(true|false)$/i.test(typeof value === 'string' ? value : '')
}

/** The client that a request shows. `name` is absent for Entra ID and for clients without a User-Agent. */
export type DetectedClient = {
  readonly kind: Exclude<ClientKind, 'sample'>
  readonly name?: string
  /** False if other clients send such requests too. */
  readonly certain: boolean
}

/** The product name in a User-Agent, without versions and comments: "Okta SCIM Client", "curl". */
const productName = (userAgent: string): string =>
  (/^[^/(]{0,60}/.exec(userAgent)?.[0] ?? '').replace(/\s+v?\d[\d.]*\s*$/i, '').trim()

/** Provisioning services that identify themselves in the User-Agent. */
const isProvisioningService = (name: string): boolean =>
  /okta|google-auto-provisioning|onelogin|jumpcloud|\bping(one|federate|identity|datasync)|cyberark|sailpoint|authentik|idp-scim-sync|ssosync/i.test(
    name,
  )

/** The compliance suite puts the id of its run into all names: `scim-check-k3f9a-17`. */
const complianceMarkPattern = /scim-check-([a-z\d]{4,})-\d/i

/** The id of the compliance run in a request, if it contains one. */
export const complianceMark = ({ url, request: { body = '' } }: Exchange): string | undefined =>
  (complianceMarkPattern.exec(url) ?? complianceMarkPattern.exec(body))?.[1]

/** The client of a request, by this request alone; undefined if the request shows none. */
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

/** Whether a request looks up a GUID, as Entra ID's connection test does, regardless of the response. */
export const isGuidLookup = ({ method, url }: Exchange): boolean =>
  method === 'GET' && guidLookupPattern.test(url)

/**
 * Whether a request is Entra ID's connection test and found nothing, as it should. Looking up an externalId that is a
 * GUID is ordinary work.
 */
export const isSuccessfulProbe = (exchange: Exchange): boolean =>
  exchange.status === 200 &&
  isGuidLookup(exchange) &&
  !/[?&]filter=externalId\b/i.test(exchange.url) &&
  parseObject(exchange.response.body)?.totalResults === 0
