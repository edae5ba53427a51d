import { decodePercent } from '../../domain/journal/credentials.ts'
import type { BulkLimits, OperationName, Profile } from '../../profiles/profile.ts'
import { errors, type ScimError } from '../../scim/error.ts'
import { memoize } from '../../scim/memoize.ts'
import { type Projection, readProjection } from '../../scim/projection.ts'
import type { ResourceId } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { excerpt } from '../../scim/text.ts'

export type Address = {
  readonly tenant: string | undefined
  readonly root: string
  /** `v2`; undefined if the client omitted it (RFC 7644 §3.13). */
  readonly version: string | undefined
  readonly segments: readonly string[]
}

/** `/{tenant}/scim/v2/Users` and `/{tenant}/scim/v2/Users/{id}`: the path of almost all requests. */
const usualPath = /^\/([^/?%]+)\/scim\/v2\/([^/?%]+)(?:\/([^/?%]+))?(?:\?|$)/

/** Reads `/{tenant}/scim/v2/…` and `/scim/v2/…`; undefined for other paths. Throws ScimError. */
export function readAddress(target: string): Address | undefined {
  const [, tenant, first, second] = usualPath.exec(target) ?? []
  if (tenant === undefined || first === undefined || tenant === 'scim') return splitAddress(target)
  return {
    tenant,
    version: 'v2',
    root: `/${tenant}/scim/v2`,
    segments: second === undefined ? [first] : [first, second],
  }
}

export function splitAddress(target: string): Address | undefined {
  // Clients send the whole URL to a proxy (RFC 9112 §3.2.2).
  const url = target.replace(/^https?:\/\/[^/?]*/i, '')
  const end = url.indexOf('?')
  // Clients append "/Users" to an endpoint that ends with a slash, so empty segments are ignored.
  const parts = (end < 0 ? url : url.slice(0, end)).split('/').filter(part => part !== '')
  const at = parts[0] === 'scim' ? 0 : 1
  if (parts[at] !== 'scim') return undefined
  const tenant = at === 1 ? decoded(parts[0] ?? '') : undefined
  const version = /^v\d+$/.test(parts[at + 1] ?? '') ? parts[at + 1] : undefined
  const rootLength = at + (version ? 2 : 1)
  return {
    tenant,
    version,
    root: `/${parts.slice(0, rootLength).join('/')}`,
    segments: parts.slice(rootLength).map(decoded),
  }
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    throw errors.invalidSyntax(`"${excerpt(segment)}" in the URL is not valid percent-encoding of UTF-8.`)
  }
}

export type TokenAddress = {
  readonly tenant: string
  /** The token endpoint, or its metadata. Other addresses, such as introspection, are not supported. */
  readonly endpoint: 'token' | 'metadata' | undefined
}

/** RFC 8414 §3.1. */
const wellKnownMetadata = '/.well-known/oauth-authorization-server'

/** RFC 8414 §2: the issuer of a tenant's access tokens, its token endpoint, and where their metadata are. */
export const tokenAddressesOf = (origin: string, tenant: string) => ({
  issuer: `${origin}/${tenant}`,
  tokenEndpoint: `${origin}/${tenant}/oauth2/token`,
  metadata: `${origin}${wellKnownMetadata}/${tenant}`,
})

/**
 * Reads `/{tenant}/oauth2/token`, other paths below `/{tenant}/oauth2`, and those of metadata: with the well-known part before
 * the tenant (RFC 8414 §3.1), or after it, as OpenID Connect has it and many clients of RFC 8414 send it.
 */
export function readTokenAddress(target: string): TokenAddress | undefined {
  if (!target.includes('oauth2') && !target.includes('.well-known')) return undefined
  // Clients send the whole URL to a proxy (RFC 9112 §3.2.2).
  const [path = ''] = target.replace(/^https?:\/\/[^/?]*/i, '').split(/[?#]/)
  const [first = '', second, ...rest] = path.split('/').filter(part => part !== '')
  if (second === 'oauth2' && first !== 'scim') {
    const isToken = rest.length === 1 && rest[0] === 'token'
    return { tenant: decodePercent(first), endpoint: isToken ? 'token' : undefined }
  }
  const [document, tenant = ''] = first === '.well-known' ? [second, rest[0]] : [rest[0], first]
  if (first !== '.well-known' && second !== '.well-known') return undefined
  if (document !== 'oauth-authorization-server' && document !== 'openid-configuration') return undefined
  const isMetadata = document === 'oauth-authorization-server' && rest.length === 1
  return { tenant: decodePercent(tenant), endpoint: isMetadata ? 'metadata' : undefined }
}

type DiscoveryName = 'ServiceProviderConfig' | 'ResourceTypes' | 'Schemas'

export type Route = SupportedRoute | Unsupported

export type SupportedRoute =
  | { readonly kind: 'discovery'; readonly document: DiscoveryName; readonly name: string | undefined }
  | {
      readonly kind: 'collection'
      readonly operation: OperationName
      readonly type: ResourceType
      readonly search?: boolean
    }
  | {
      readonly kind: 'resource'
      readonly operation: OperationName
      readonly type: ResourceType
      readonly id: ResourceId
    }
  | { readonly kind: 'bulk'; readonly limits: BulkLimits }
  /** RFC 7644 §3.4.2.1. */
  | { readonly kind: 'root'; readonly search: boolean }

type Unsupported = {
  readonly kind: 'unsupported'
  readonly what: string
  readonly error: ScimError
}

/** RFC 7644 §3.4.3. */
const searchSegment = '.search'

const discoveryNames: readonly DiscoveryName[] = ['ServiceProviderConfig', 'ResourceTypes', 'Schemas']
/** Endpoints of RFC 7644 §3.2 that not every profile supports, with the alternative. */
const alternatives: ReadonlyMap<string, string> = new Map([
  ['Me', 'Search /Users with a filter instead.'],
  ['Bulk', 'Send each operation as a separate request.'],
  [searchSegment, 'Send the query as a GET with the filter in the URL.'],
])

type AllowedMethods = Readonly<Record<string, OperationName>>

const documentMethods: AllowedMethods = { GET: 'read', HEAD: 'read' }
const collectionMethods: AllowedMethods = { GET: 'list', HEAD: 'list', POST: 'create' }
const rootMethods: AllowedMethods = { GET: 'list', HEAD: 'list' }
const searchMethods: AllowedMethods = { POST: 'list' }
const bulkMethods: AllowedMethods = { POST: 'create' }
const resourceMethods: AllowedMethods = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'replace',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Throws `noSuchEndpoint`. What SCIM defines and the profile doesn't support is a route (RFC 7644 §3.2, table 8). */
export function findRoute(method: string, address: Address, profile: Profile): Route {
  const { version, segments } = address
  requireVersion(version, profile)
  const [written = '', second, ...more] = segments
  if (profile.features.search && isRoot(segments)) return rootRoute(method, written === searchSegment)
  const first = canonicalEndpoint(written, profile)
  const document = discoveryNames.find(name => name === first)
  if (document && more.length === 0 && (second === undefined || document !== 'ServiceProviderConfig')) {
    return operationFor(method, documentMethods)
      ? { kind: 'discovery', document, name: second }
      : methodNotAllowed(method, `/${first}`, documentMethods)
  }
  const { bulk } = profile.features
  if (first === 'Bulk' && second === undefined && bulk) {
    return method === 'POST' ? { kind: 'bulk', limits: bulk } : methodNotAllowed(method, '/Bulk', bulkMethods)
  }
  if (alternatives.has(first)) return unsupportedEndpoint(`/${first}`, first, profile)
  const type = typesByEndpoint(profile).get(first)
  if (second === searchSegment && more.length === 0) {
    if (!profile.features.search) return unsupportedEndpoint(`/${first}/${second}`, second, profile)
    if (!type) throw unknownAddress(segments, profile)
    return operationFor(method, searchMethods)
      ? { kind: 'collection', operation: 'list', type, search: true }
      : methodNotAllowed(method, `${type.endpoint}/${second}`, searchMethods)
  }
  if (!type || more.length > 0) throw unknownAddress(segments, profile)
  if (second === undefined) {
    const operation = operationFor(method, collectionMethods)
    return operation
      ? { kind: 'collection', operation, type }
      : methodNotAllowed(method, type.endpoint, collectionMethods)
  }
  checkId(second, type, profile)
  const operation = operationFor(method, resourceMethods)
  return operation
    ? { kind: 'resource', operation, type, id: second }
    : methodNotAllowed(method, `${type.endpoint}/{id}`, resourceMethods)
}

const isRoot = ([first, ...more]: readonly string[]) =>
  first === undefined || (first === searchSegment && more.length === 0)

function rootRoute(method: string, search: boolean): Route {
  const allowed = search ? searchMethods : rootMethods
  return operationFor(method, allowed)
    ? { kind: 'root', search }
    : methodNotAllowed(method, search ? `/${searchSegment}` : '/', allowed)
}

export const isDiscovery = ({ segments: [first = ''] }: Address, profile: Profile): boolean =>
  discoveryNames.some(name => name === canonicalEndpoint(first, profile))

/** Whether a POST is a search (RFC 7644 §3.4.3). */
export const isSearch = (method: string, { segments }: Address, { features }: Profile): boolean =>
  features.search && method === 'POST' && segments.length <= 2 && segments.at(-1) === searchSegment

const canonicalEndpoint = (written: string, profile: Profile): string =>
  endpointSpellings(profile).get(written.toLowerCase()) ?? written

const endpointSpellings = memoize(
  ({ requests: { addresses }, schema: { resourceTypes } }: Profile): ReadonlyMap<string, string> => {
    const names = [...discoveryNames, ...resourceTypes.map(({ endpoint }) => endpoint.slice(1))]
    return new Map([
      ...(addresses.caseInsensitive ? names.map(name => [name.toLowerCase(), name] as const) : []),
      ...Object.entries(addresses.aliases),
    ])
  },
)

/** Endpoints are case-sensitive. */
const typesByEndpoint = memoize(
  ({ schema: { resourceTypes } }: Profile): ReadonlyMap<string, ResourceType> =>
    new Map(resourceTypes.map(type => [type.endpoint.slice(1), type])),
)

function requireVersion(version: string | undefined, { requests }: Profile): void {
  if (version === 'v2' || (version === undefined && requests.addresses.versionOptional)) return
  throw errors.noSuchEndpoint(
    version === undefined
      ? 'The path has no version. Add /v2 after /scim.'
      : `SCIM ${excerpt(version)} is not supported. Use /v2.`,
  )
}

const operationFor = (method: string, allowed: AllowedMethods): OperationName | undefined =>
  Object.hasOwn(allowed, method) ? allowed[method] : undefined

const methodNotAllowed = (method: string, place: string, allowed: AllowedMethods): Unsupported => ({
  kind: 'unsupported',
  what: `${method} on ${place}`,
  error: errors.methodNotAllowed(method, place, Object.keys(allowed)),
})

function checkId(id: string, type: ResourceType, { requests }: Profile): asserts id is ResourceId {
  if (id.length > requests.limits.idLength) throw errors.noSuchResource(type.name, id)
}

function unsupportedEndpoint(place: string, endpoint: string, { requests }: Profile): Unsupported {
  const what = excerpt(place)
  const detail = `${what} is not supported. ${alternatives.get(endpoint)}`
  const error =
    requests.addresses.unsupportedStatus === 501
      ? errors.notImplemented(detail)
      : errors.noSuchEndpoint(detail)
  return { kind: 'unsupported', what, error }
}

const unknownAddress = (segments: readonly string[], { schema }: Profile) =>
  errors.noSuchEndpoint(
    `Unknown path "/${excerpt(segments.join('/'))}". Resources are at ${schema.resourceTypes
      .map(({ endpoint }) => endpoint)
      .join(', ')}; discovery at ${discoveryNames.map(name => `/${name}`).join(', ')}.`,
  )

/** Query parameters, each at most once. Unknown ones are included, since rules check them. */
export type Parameters = Readonly<Record<string, string>>

export function readParameters(query: unknown): Parameters {
  const sent = query as Readonly<Record<string, string | string[]>>
  for (const name in sent) {
    const value = sent[name]
    if (Array.isArray(value))
      throw errors.invalidValue(`The query parameter "${excerpt(name)}" occurs more than once.`)
    if (value?.includes('\0'))
      throw errors.invalidValue(`The query parameter "${excerpt(name)}" contains a NUL character.`)
  }
  return sent as Parameters
}

export function readProjectionFor(
  type: ResourceType,
  parameters: Parameters,
  { features, requests }: Profile,
): Projection | undefined {
  if (!features.projection) return undefined
  const { attributes, excludedAttributes } = parameters
  if (attributes === undefined && excludedAttributes === undefined) return undefined
  const read = (list: string | undefined) => list && (requests.normalizeAttributeList?.(list) ?? list)
  return readProjection(type, read(attributes), read(excludedAttributes))
}
