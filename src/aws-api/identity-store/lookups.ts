import { resolveAttribute } from '../../scim/attribute.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import type { Json } from '../../scim/json.ts'
import type { StoredResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { fold } from '../../scim/text.ts'
import type { ApiCall } from '../operation.ts'
import { type IdentityStoreDeps, type TypeName, typeOf } from './context.ts'
import { errors } from './errors.ts'
import { issuerOf } from './records.ts'

export type AlternateIdentifier = {
  readonly ExternalId?: { readonly Issuer: string; readonly Id: string }
  readonly UniqueAttribute?: { readonly AttributePath: string; readonly AttributeValue?: Json }
}

export type ListFilter = { readonly AttributePath: string; readonly AttributeValue: string }

const uniquePaths: Readonly<Record<TypeName, readonly string[]>> = {
  User: ['userName', 'emails.value'],
  Group: ['displayName'],
}
const filterPaths: Readonly<Record<TypeName, string>> = { User: 'userName', Group: 'displayName' }

/** Compares as SCIM's filters do, so that the same index serves both. */
function equals(type: ResourceType, path: string, value: string): BoundFilter {
  const attributes = resolveAttribute(type, path)
  const attribute = attributes?.at(-1)
  if (!attributes || !attribute) throw new Error(`A ${type.name} has no attribute ${path}.`)
  return {
    kind: 'compare',
    path: attributes,
    operator: 'eq',
    value: attribute.caseExact ? value : fold(value),
  }
}

export type Lookup = {
  readonly by: readonly string[]
  readonly found: StoredResource | undefined
}

/** Finds a resource by an identifier. Throws ApiError for a path that is not unique. */
export async function lookUp(
  deps: IdentityStoreDeps,
  call: ApiCall,
  name: TypeName,
  { ExternalId, UniqueAttribute }: AlternateIdentifier,
): Promise<Lookup> {
  if (ExternalId) {
    const isOurs = ExternalId.Issuer === issuerOf(call.tenant)
    return {
      by: ['externalId'],
      found: isOurs ? await findOne(deps, call, name, 'externalId', ExternalId.Id) : undefined,
    }
  }
  const { path, value } = readUnique(call, name, UniqueAttribute)
  return { by: [path], found: await findOne(deps, call, name, path, value) }
}

function readUnique(
  { tenant }: ApiCall,
  name: TypeName,
  attribute: AlternateIdentifier['UniqueAttribute'],
): { readonly path: string; readonly value: string } {
  const { AttributePath: given = '', AttributeValue: value } = attribute ?? {}
  const accepted = [
    ...uniquePaths[name],
    ...(tenant.profile.awsApis?.externalIdPath === 'accept' ? ['externalId'] : []),
  ]
  const path = accepted.find(one => one.toLowerCase() === given.toLowerCase())
  if (path === undefined) throw errors.notUnique(given)
  if (value === undefined || value === null || value === '') throw errors.emptyValue()
  if (typeof value !== 'string') throw errors.attributeValue(`The value of '${given}' must be a string.`)
  return { path, value }
}

async function findOne(
  { store }: IdentityStoreDeps,
  { tenant }: ApiCall,
  name: TypeName,
  path: string,
  value: string,
): Promise<StoredResource | undefined> {
  const filter = equals(typeOf(tenant, name), path, value)
  const { page } = await store.list(tenant.key, {
    typeQueries: [{ type: name, filter }],
    slice: { by: 'index', offset: 0, count: 1 },
    total: false,
  })
  return page[0]
}

/** The filter of a list; undefined if it has none. Throws ApiError for another path. */
export function readFilter(
  { tenant }: ApiCall,
  name: TypeName,
  filters: readonly ListFilter[] = [],
): BoundFilter | undefined {
  const [filter] = filters
  if (!filter) return undefined
  const path = filterPaths[name]
  if (filter.AttributePath.toLowerCase() !== path.toLowerCase()) throw errors.filter(filter.AttributePath)
  return equals(typeOf(tenant, name), path, filter.AttributeValue)
}
