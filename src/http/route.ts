import type { BulkLimits, OperationName, Profile } from '../profiles/profile.ts'
import { errors, type ScimError, shown } from '../scim/error.ts'
import { remembered } from '../scim/remembered.ts'
import { type ResourceType, typeAt } from '../scim/resource-types.ts'
import type { Address } from './address.ts'

export type DiscoveryName = 'ServiceProviderConfig' | 'ResourceTypes' | 'Schemas'

/** What a request asks for. */
export type Route =
  | { readonly kind: 'discovery'; readonly document: DiscoveryName; readonly name: string | undefined }
  | { readonly kind: 'collection'; readonly operation: OperationName; readonly type: ResourceType }
  | {
      readonly kind: 'resource'
      readonly operation: OperationName
      readonly type: ResourceType
      readonly id: string
    }
  | { readonly kind: 'bulk'; readonly limits: BulkLimits }
  | Unsupported

/** What SCIM knows and isn't offered here: `DELETE on /Users`, `/Me`. */
export type Unsupported = {
  readonly kind: 'unsupported'
  readonly what: string
  readonly error: ScimError
}

const discoveryNames: readonly DiscoveryName[] = ['ServiceProviderConfig', 'ResourceTypes', 'Schemas']
/** What RFC 7644 table 2 names and no profile offers yet. */
const known = ['Me', 'Bulk', '.search']

/** Methods, each with what it asks for. */
type Offered = Readonly<Record<string, OperationName>>

const onDocument: Offered = { GET: 'read', HEAD: 'read' }
const onCollection: Offered = { GET: 'list', HEAD: 'list', POST: 'create' }
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
  if (known.includes(first)) return notOffered(`/${first}`, profile)
  if (second === '.search' && more.length === 0) return notOffered(`/${first}/${second}`, profile)
  const type = typeAt(profile.resourceTypes, first)
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

/** Whether an address is one of discovery, whatever comes after its name. */
export const isOfDiscovery = ({ segments: [first = ''] }: Address, profile: Profile): boolean =>
  discoveryNames.some(name => name === spelling(first, profile))

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

function notOffered(place: string, { addresses }: Profile): Unsupported {
  const what = shown(place)
  const detail = `${what} isn't offered here; ServiceProviderConfig says what is.`
  const error = addresses.notOffered === 501 ? errors.notImplemented(detail) : errors.noSuchEndpoint(detail)
  return { kind: 'unsupported', what, error }
}

const noSuchAddress = (segments: readonly string[], { resourceTypes }: Profile) =>
  errors.noSuchEndpoint(
    `There is nothing at "/${shown(segments.join('/'))}". Resources are at ${resourceTypes
      .map(({ endpoint }) => endpoint)
      .join(', ')}; discovery at ${discoveryNames.map(name => `/${name}`).join(', ')}.`,
  )
