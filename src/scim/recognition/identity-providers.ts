import { isObject, type Json, type JsonObject } from '../json.ts'
import type { SentOperation } from '../messages.ts'
import { type Fingerprint, isWriteOp, objectsIn, pathlessNames, type RequestFacts } from './fingerprint.ts'

const writesUser = ({ type, method }: RequestFacts): boolean =>
  type === 'User' && (method === 'POST' || method === 'PUT')

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

const externalIdIs = (form: RegExp) => (facts: RequestFacts) =>
  writesUser(facts) && form.test(textOf(facts.resource().externalId))

const schemasOf = (resource: JsonObject): readonly string[] =>
  Array.isArray(resource.schemas) ? resource.schemas.filter(schema => typeof schema === 'string') : []

const isEmptyList = (value: Json | undefined): boolean => Array.isArray(value) && value.length === 0

const okta: Fingerprint = {
  product: 'okta',
  // Okta's pages show `Okta SCIM Client 1.0.0`; others have recorded newer versions.
  name: /\bokta\b/i,
  userAgent: { kind: 'own', example: 'Okta SCIM Client 1.0.0' },
  marks: [
    {
      description: 'a filter followed by `startIndex=1&count=100`, with spaces as `%20`',
      isIn: ({ query, filter }) => filter.includes('%20eq%20') && /&startIndex=1&count=100$/.test(query),
    },
    {
      description: 'the connection test `Users?startIndex=1&count=2`',
      isIn: ({ method, type, query }) =>
        method === 'GET' && type === 'User' && query === 'startIndex=1&count=2',
    },
    {
      description: 'a list with exactly `startIndex` and `count=100`',
      weight: 'supporting',
      isIn: ({ method, query }) => method === 'GET' && /^startIndex=\d+&count=100$/.test(query),
    },
    {
      description: 'a user’s `externalId` of 20 characters that begins with `00u`',
      isIn: externalIdIs(/^00u[A-Za-z0-9]{17}$/),
    },
    {
      description: 'a new user with a `password` and `groups: []`',
      isIn: facts =>
        facts.method === 'POST' &&
        facts.type === 'User' &&
        typeof facts.resource().password === 'string' &&
        isEmptyList(facts.resource().groups),
    },
    {
      description: 'added or replaced members with `display`',
      isIn: facts =>
        facts.type === 'Group' &&
        facts.operations().some(operation => isWriteOp(operation) && hasDisplayedMembers(operation)),
    },
    {
      description: 'a group’s `id` next to its `displayName`, in a PATCH value without `path`',
      isIn: facts =>
        facts.type === 'Group' &&
        facts
          .operations()
          .some(
            operation =>
              repeatsId(operation) &&
              pathlessNames(operation).includes('displayName') &&
              !pathlessNames(operation).includes('schemas'),
          ),
    },
    {
      description: 'a PATCH value without `path` that is only `active`',
      weight: 'supporting',
      isIn: facts => {
        const [operation, ...others] = facts.operations()
        return operation !== undefined && others.length === 0 && pathlessNames(operation).join() === 'active'
      },
    },
    {
      description: 'the header `Accept-Charset: utf-8`',
      isIn: ({ header }) => /^utf-8$/i.test(header('accept-charset') ?? ''),
    },
  ],
}

const google: Fingerprint = {
  product: 'google',
  name: /google-auto-provisioning/i,
  userAgent: { kind: 'own', example: 'Google-Auto-Provisioning' },
  marks: [
    {
      description: '`schemas` that begin with SCIM 1.0’s `urn:scim:schemas:core:1.0`',
      isIn: facts => writesUser(facts) && schemasOf(facts.resource())[0] === 'urn:scim:schemas:core:1.0',
    },
    { description: 'a user’s `externalId` of 21 digits', isIn: externalIdIs(/^\d{21}$/) },
    {
      description: '`Content-Type: application/json` with a user',
      weight: 'supporting',
      isIn: facts => writesUser(facts) && /^application\/json\b/i.test(facts.header('content-type') ?? ''),
    },
  ],
}

const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const jumpcloud: Fingerprint = {
  product: 'jumpcloud',
  name: /jumpcloud/i,
  userAgent: { kind: 'unknown' },
  marks: [
    { description: 'a user’s `externalId` of 24 hexadecimal digits', isIn: externalIdIs(/^[\da-f]{24}$/) },
    {
      description: 'phone numbers that begin with `tel:`',
      isIn: facts =>
        writesUser(facts) &&
        objectsIn(facts.resource().phoneNumbers).some(({ value }) => /^tel:/i.test(textOf(value))),
    },
    {
      description: 'a replaced user with `emails: null`, or with both `addresses: []` and `phoneNumbers: []`',
      isIn: facts => {
        if (facts.method !== 'PUT' || facts.type !== 'User') return false
        const { emails, addresses, phoneNumbers } = facts.resource()
        return emails === null || (isEmptyList(addresses) && isEmptyList(phoneNumbers))
      },
    },
    {
      description: 'a new user whose `schemas` name the enterprise extension, without data of it',
      weight: 'supporting',
      isIn: facts =>
        facts.method === 'POST' &&
        schemasOf(facts.resource()).includes(enterpriseUrn) &&
        facts.resource()[enterpriseUrn] === undefined,
    },
    {
      description: '`locale` and `preferredLanguage`, both `en-US`',
      weight: 'supporting',
      isIn: facts => facts.resource().locale === 'en-US' && facts.resource().preferredLanguage === 'en-US',
    },
  ],
}

const onelogin: Fingerprint = {
  product: 'onelogin',
  name: /onelogin/i,
  userAgent: { kind: 'unknown' },
  marks: [
    {
      description: '`emails` as an object instead of a list, in a PATCH',
      isIn: facts =>
        facts
          .operations()
          .some(({ path, value }) =>
            path === undefined
              ? isObject(value) && isObject(value.emails)
              : path === 'emails' && isObject(value),
          ),
    },
    {
      description: 'an empty header `User-Agent`',
      weight: 'supporting',
      isIn: ({ header }) => header('user-agent')?.trim() === '',
    },
  ],
}

const named = (product: 'pingfederate' | 'pingone' | 'cyberark', name: RegExp): Fingerprint => ({
  product,
  name,
  userAgent: { kind: 'unknown' },
  marks: [],
})

/** Vendors' services. No shape of the last three is known. */
export const identityProviders: readonly Fingerprint[] = [
  okta,
  google,
  jumpcloud,
  onelogin,
  named('pingfederate', /ping[\s-]?(federate|identity|datasync)/i),
  named('pingone', /ping[\s-]?one/i),
  named('cyberark', /cyberark/i),
]

/** One of Entra ID's PATCH formats. `likely`: the form of `aadOptscim062020`, which some other clients use, too. */
export type PatchFormat = 'default' | 'aadOptscim062020' | 'likely'

/** The format of a PATCH; undefined for other requests, and for PATCHes that Entra ID doesn't send. */
export function detectPatchFormat(facts: RequestFacts): PatchFormat | undefined {
  if (facts.method !== 'PATCH' || facts.body === undefined) return undefined
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
const repeatsId = (operation: SentOperation): boolean => pathlessNames(operation).includes('id')

/** Okta sends the names of members; Entra ID doesn't. */
const hasDisplayedMembers = (operation: SentOperation): boolean =>
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
