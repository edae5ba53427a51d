import type { OperationName, Profile } from '../profiles/profile.ts'
import { errors, shown } from '../scim/error.ts'
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

const discoveryNames: readonly DiscoveryName[] = ['ServiceProviderConfig', 'ResourceTypes', 'Schemas']
/** What RFC 7644 table 2 names and no profile offers yet. */
const known = ['Me', 'Bulk', '.search']

const onCollection: Readonly<Record<string, OperationName>> = { GET: 'list', HEAD: 'list', POST: 'create' }
const onResource: Readonly<Record<string, OperationName>> = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'replace',
  PATCH: 'patch',
  DELETE: 'delete',
}

/** Throws `noSuchEndpoint`, `notImplemented` or `methodNotAllowed` (RFC 7644 §3.2, table 8). */
export function routeOf(method: string, address: Address, profile: Profile): Route {
  const { version, segments } = address
  demandVersion(version, profile)
  const [written = '', second, ...more] = segments
  const first = spelling(written, profile)
  const document = discoveryNames.find(name => name === first)
  if (document && more.length === 0 && (second === undefined || document !== 'ServiceProviderConfig')) {
    operationFor(method, { GET: 'read', HEAD: 'read' }, `/${first}`)
    return { kind: 'discovery', document, name: second }
  }
  if (known.includes(first) || (second === '.search' && more.length === 0))
    throw notOffered(segments, profile)
  const type = typeAt(profile.resourceTypes, first)
  if (!type || more.length > 0) throw noSuchAddress(segments, profile)
  if (second === undefined) {
    return { kind: 'collection', operation: operationFor(method, onCollection, type.endpoint), type }
  }
  checkId(second, type, profile)
  return {
    kind: 'resource',
    operation: operationFor(method, onResource, `${type.endpoint}/{id}`),
    type,
    id: second,
  }
}

/** The endpoint's own name for what the client wrote. */
function spelling(written: string, { addresses, resourceTypes }: Profile): string {
  const lower = written.toLowerCase()
  const names = [...discoveryNames, ...resourceTypes.map(({ endpoint }) => endpoint.slice(1))]
  const named = addresses.aliases[lower] ?? written
  return (addresses.anyCase && names.find(name => name.toLowerCase() === lower)) || named
}

function demandVersion(version: string | undefined, { addresses }: Profile): void {
  if (version === 'v2' || (version === undefined && addresses.versionOptional)) return
  throw errors.noSuchEndpoint(
    version === undefined
      ? 'The path lacks the version: it goes on with /v2 after /scim.'
      : `SCIM ${shown(version)} isn't served here. Use /v2.`,
  )
}

function operationFor(
  method: string,
  offered: Readonly<Record<string, OperationName>>,
  place: string,
): OperationName {
  const operation = Object.hasOwn(offered, method) ? offered[method] : undefined
  if (operation) return operation
  throw errors.methodNotAllowed(method, place, Object.keys(offered))
}

function checkId(id: string, type: ResourceType, { limits }: Profile): void {
  if (id.length > limits.idLength) throw errors.noSuchResource(type.name, id)
}

const notOffered = (segments: readonly string[], { addresses }: Profile) => {
  const detail = `/${shown(segments.join('/'))} isn't offered here; ServiceProviderConfig says what is.`
  return addresses.notOffered === 501 ? errors.notImplemented(detail) : errors.noSuchEndpoint(detail)
}

const noSuchAddress = (segments: readonly string[], { resourceTypes }: Profile) =>
  errors.noSuchEndpoint(
    `There is nothing at "/${shown(segments.join('/'))}". Resources are at ${resourceTypes
      .map(({ endpoint }) => endpoint)
      .join(', ')}; discovery at ${discoveryNames.map(name => `/${name}`).join(', ')}.`,
  )
