import { isObject, type Json } from '../json.ts'
import type { SentOperation } from '../messages.ts'
import { type Fingerprint, objectsIn, pathlessNames, type RequestFacts } from './fingerprint.ts'

/** One of Entra ID's PATCH formats. `likely`: the form of `aadOptscim062020`, which some other clients use, too. */
export type PatchFormat = 'default' | 'aadOptscim062020' | 'likely'

/** The format of a PATCH; undefined for other requests, and for PATCHes that Entra ID doesn't send. */
export function detectPatchFormat(facts: RequestFacts): PatchFormat | undefined {
  if (facts.method !== 'PATCH' || facts.body === undefined) return undefined
  // The beginning of a truncated body is enough.
  if (facts.isTruncated) return isDefaultOpName(firstOp(facts.body)) ? 'default' : undefined
  const operations = facts.operations()
  if (operations.some(({ op }) => isDefaultOpName(op))) return 'default'
  if (operations.some(isConclusive)) return 'aadOptscim062020'
  return operations.length > 0 && operations.every(isFlaggedStyle) ? 'likely' : undefined
}

const firstOp = (body: string) => /"op"\s*:\s*"([a-z]+)"/i.exec(body)?.[1]

const isDefaultOpName = (op: string | undefined) => op === 'Add' || op === 'Replace' || op === 'Remove'

const isAddOp = (op: string) => op === 'add' || op === 'replace'

/** `{"op":"replace","value":{"name.givenName":…}}`: no path, and paths as names. No other client is known to send it. */
const isConclusive = (operation: SentOperation): boolean =>
  isAddOp(operation.op) && pathlessNames(operation).some(name => /[.:]/.test(name))

/** Whether an operation has the form that Entra ID uses with its flag, which is all in lower case. */
function isFlaggedStyle(operation: SentOperation): boolean {
  const { op, path, value } = operation
  // Removed members are in the path: `members[value eq "…"]`.
  if (op === 'remove') return path?.includes('[') === true && value === undefined
  if (!isAddOp(op) || hasDisplayedMembers(operation)) return false
  if (path === undefined)
    return isObject(value) && !repeatsId(operation) && !Object.values(value).some(isObject)
  return !/^(true|false)$/i.test(typeof value === 'string' ? value : '')
}

/** Okta and idp-scim-sync repeat the group's ID in a value without a path; Entra ID doesn't. */
export const repeatsId = (operation: SentOperation): boolean => pathlessNames(operation).includes('id')

/** Okta sends the names of members; Entra ID doesn't. */
export const hasDisplayedMembers = (operation: SentOperation): boolean =>
  objectsIn(membersIn(operation)).some(member => 'display' in member)

const membersIn = ({ path, value }: SentOperation): Json | undefined => {
  if (path !== undefined) return path === 'members' ? value : undefined
  return isObject(value) ? value.members : undefined
}

const guidLookup =
  /(?:^|&)filter=[^&]*(?:\+|%20)eq(?:\+|%20)(?:%22|")[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:%22|")(?:&|$)/i

/** Whether a request looks up a GUID, as Entra ID's connection test does. */
export const isGuidLookup = ({ method, query }: RequestFacts): boolean =>
  method === 'GET' && guidLookup.test(query)

/** PUT, bulk requests and `/.search`. */
const isForeign = ({ method, path, isInBulk }: RequestFacts): boolean =>
  method === 'PUT' || isInBulk || (method === 'POST' && /\/(Bulk|\.search)$/i.test(path))

/** scimitar#123 */
const hasMediaType = ({ method, header }: RequestFacts): boolean =>
  (method === 'POST' || method === 'PATCH') &&
  /^application\/scim\+json;\s*charset=utf-8$/i.test(header('content-type') ?? '')

/** Microsoft's provisioning service, which sends no User-Agent (suna#7297), or one of Microsoft's. */
export const entra: Fingerprint = {
  product: 'entra',
  name: /microsoft|azure|entra|\baad\b/i,
  userAgent: { kind: 'none' },
  neverSends: isForeign,
  marks: [
    {
      description: 'PATCH operations `Add`, `Replace` and `Remove`, in this case (the default format)',
      weight: 'decisive',
      isIn: facts => detectPatchFormat(facts) === 'default',
    },
    {
      description:
        'PATCH without `path` whose value has paths as names, such as `name.givenName` (the flag `aadOptscim062020`)',
      weight: 'decisive',
      isIn: facts => detectPatchFormat(facts) === 'aadOptscim062020',
    },
    {
      description:
        'PATCH in the format of the flag `aadOptscim062020`: lower-case operations, no nested values without `path`, removed members in the `path`',
      isIn: facts => detectPatchFormat(facts) === 'likely',
    },
    {
      description: '`Content-Type: application/scim+json; charset=utf-8` with a POST or PATCH',
      isIn: hasMediaType,
    },
    {
      description: 'a filter that looks up a GUID, as the connection test does, other than that of a member',
      isIn: facts => isGuidLookup(facts) && !/\bmembers\b/i.test(facts.filter),
    },
  ],
}
