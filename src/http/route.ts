import type { BulkLimits, OperationName, Profile } from '../profiles/profile.ts'
import { errors, type ScimError, shown } from '../scim/error.ts'
import { remembered } from '../scim/remembered.ts'
import { type ResourceType, typeAt } from '../scim/resource-types.ts'
import type { Address } from './address.ts'

export type DiscoveryName = 'ServiceProviderConfig' | 'ResourceTypes' | 'Schemas'

/** What a request asks for. */
export type Route =
  | { readonly kind: 'discovery'; readonly document: DiscoveryName; readonly name: string | undefined }
  | {
      readonly kind: 'collection'
      readonly operation: OperationName
      readonly type: ResourceType
      /** The query is the body of the request. */
      readonly search?: boolean
    }
  | {
      readonly kind: 'resource'
      readonly operation: OperationName
      readonly type: ResourceType
      readonly id: string
    }
  | { readonly kind: 'bulk'; readonly limits: BulkLimits }
  /** A query on everything (RFC 7644 §3.4.2.1). */
  | { readonly kind: 'root'; readonly search: boolean }
  | Unsupported

/** What SCIM knows and isn't offered here: `DELETE on /Users`, `/Me`. */
export type Unsupported = {
  readonly kind: 'unsupported'
  readonly what: string
  readonly error: ScimError
}

/** RFC 7644 §3.4.3. */
const searchSegment = '.search'

const discoveryNames: readonly DiscoveryName[] = ['ServiceProviderConfig', 'ResourceTypes', 'Schemas']
/** What RFC 7644 §3.2 names and not every profile offers, each with what works instead. */
const instead: ReadonlyMap<string, string> = new Map([
  ['Me', 'Find the user by a filter on /Users.'],
  ['Bulk', 'Send each operation as a request of its own.'],
  [searchSegment, 'Send the query as a GET, with its filter in the URL.'],
])

/** Methods, each with what it asks for. */
type Offered = Readonly<Record<string, OperationName>>

const onDocument: Offered = { GET: 'read', HEAD: 'read' }
const onCollection: Offered = { GET: 'list', HEAD: 'list', POST: 'create' }
const onEverything: Offered = { GET: 'list', HEAD: 'list' }
const onSearch: Offered = { POST: 'list' }
const onBulk: Offered = { POST: 'create' }
const onResource: Offered = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'replace',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Throws `noSuchEndpoint`; what is known but not offered is a route too (RFC 7644 §3.2, table 8). */
export function routeOf(method: string, address: Address, profile: Profile): Route {
  const { version, segments } = address
  demandVersion(version, profile)
  const [written = '', second, ...more] = segments
  if (profile.offers.search && isRoot(segments)) return onRoot(method, written === searchSegment)
  const first = spelling(written, profile)
  const document = discoveryNames.find(name => name === first)
  if (document && more.length === 0 && (second === undefined || document !== 'ServiceProviderConfig')) {
    return operationFor(method, onDocument)
      ? { kind: 'discovery', document, name: second }
      : wrongMethod(method, `/${first}`, onDocument)
  }
  const { bulk } = profile.offers
  if (first === 'Bulk' && second === undefined && bulk) {
    return method === 'POST' ? { kind: 'bulk', limits: bulk } : wrongMethod(method, '/Bulk', onBulk)
  }
  if (instead.has(first)) return notOffered(`/${first}`, first, profile)
  const type = typeAt(profile.resourceTypes, first)
  if (second === searchSegment && more.length === 0) {
    if (!profile.offers.search) return notOffered(`/${first}/${second}`, second, profile)
    if (!type) throw noSuchAddress(segments, profile)
    return operationFor(method, onSearch)
      ? { kind: 'collection', operation: 'list', type, search: true }
      : wrongMethod(method, `${type.endpoint}/${second}`, onSearch)
  }
  if (!type || more.length > 0) throw noSuchAddress(segments, profile)
  if (second === undefined) {
    const operation = operationFor(method, onCollection)
    return operation
      ? { kind: 'collection', operation, type }
      : wrongMethod(method, type.endpoint, onCollection)
  }
  checkId(second, type, profile)
  const operation = operationFor(method, onResource)
  return operation
    ? { kind: 'resource', operation, type, id: second }
    : wrongMethod(method, `${type.endpoint}/{id}`, onResource)
}

const isRoot = ([first, ...more]: readonly string[]) =>
  first === undefined || (first === searchSegment && more.length === 0)

function onRoot(method: string, search: boolean): Route {
  const offered = search ? onSearch : onEverything
  return operationFor(method, offered)
    ? { kind: 'root', search }
    : wrongMethod(method, search ? `/${searchSegment}` : '/', offered)
}

/** Whether an address is one of discovery, whatever comes after its name. */
export const isOfDiscovery = ({ segments: [first = ''] }: Address, profile: Profile): boolean =>
  discoveryNames.some(name => name === spelling(first, profile))

/** Whether a request only asks, though it is a POST. */
export const isSearch = (method: string, { segments }: Address, { offers }: Profile): boolean =>
  offers.search && method === 'POST' && segments.length <= 2 && segments.at(-1) === searchSegment

/** The endpoint's own name for what the client wrote. */
const spelling = (written: string, profile: Profile): string =>
  spellingsOf(profile).get(written.toLowerCase()) ?? written

/** Other names, and where case doesn't count also the names themselves, in lower case. */
const spellingsOf = remembered(({ addresses, resourceTypes }: Profile): ReadonlyMap<string, string> => {
  const names = [...discoveryNames, ...resourceTypes.map(({ endpoint }) => endpoint.slice(1))]
  return new Map([
    ...(addresses.anyCase ? names.map(name => [name.toLowerCase(), name] as const) : []),
    ...Object.entries(addresses.aliases),
  ])
})

function demandVersion(version: string | undefined, { addresses }: Profile): void {
  if (version === 'v2' || (version === undefined && addresses.versionOptional)) return
  throw errors.noSuchEndpoint(
    version === undefined
      ? 'The path lacks the version: it goes on with /v2 after /scim.'
      : `SCIM ${shown(version)} isn't served here. Use /v2.`,
  )
}

const operationFor = (method: string, offered: Offered): OperationName | undefined =>
  Object.hasOwn(offered, method) ? offered[method] : undefined

const wrongMethod = (method: string, place: string, offered: Offered): Unsupported => ({
  kind: 'unsupported',
  what: `${method} on ${place}`,
  error: errors.methodNotAllowed(method, place, Object.keys(offered)),
})

function checkId(id: string, type: ResourceType, { limits }: Profile): void {
  if (id.length > limits.idLength) throw errors.noSuchResource(type.name, id)
}

function notOffered(place: string, endpoint: string, { addresses }: Profile): Unsupported {
  const what = shown(place)
  const detail = `${what} isn't offered here. ${instead.get(endpoint)}`
  const error = addresses.notOffered === 501 ? errors.notImplemented(detail) : errors.noSuchEndpoint(detail)
  return { kind: 'unsupported', what, error }
}

const noSuchAddress = (segments: readonly string[], { resourceTypes }: Profile) =>
  errors.noSuchEndpoint(
    `There is nothing at "/${shown(segments.join('/'))}". Resources are at ${resourceTypes
      .map(({ endpoint }) => endpoint)
      .join(', ')}; discovery at ${discoveryNames.map(name => `/${name}`).join(', ')}.`,
  )
