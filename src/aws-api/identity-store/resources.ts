import type { Authors } from '../../domain/ports/directory.ts'
import type { Change, Draft } from '../../domain/ports/resources.ts'
import { resolveAttribute } from '../../scim/attribute.ts'
import { checkDocumentSize, prepareResource, resourceWithSecrets } from '../../scim/document.ts'
import { ScimError } from '../../scim/error.ts'
import type { BoundFilter } from '../../scim/filter/bound-filter.ts'
import type { Json, JsonObject } from '../../scim/json.ts'
import { type Resource, type StoredResource, toResourceId } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { fold } from '../../scim/text.ts'
import { identityStoreId, issuerOf } from '../identifiers.ts'
import type { ApiCall, ApiResult } from '../operation.ts'
import { inputErrors } from '../shape.ts'
import {
  causeOf,
  findById,
  type IdentityStoreDeps,
  placeOf,
  type TypeName,
  typeOf,
  viaOf,
} from './context.ts'
import { errors } from './errors.ts'
import { externalIds } from './records.ts'
import { type AttributeOperation, applyChanges, checkAttributes, nameOf, readChanges } from './updates.ts'

const names = {
  User: { id: 'UserId', list: 'Users', error: 'USER' },
  Group: { id: 'GroupId', list: 'Groups', error: 'GROUP' },
} as const

const targetOf = ({ type, id, label }: StoredResource) => ({ type, id, label })

const identifiers = ({ tenant }: ApiCall, name: TypeName, id: string): JsonObject => ({
  [names[name].id]: id,
  IdentityStoreId: identityStoreId(tenant),
})

const noMembers = { memberships: [], members: { types: [], unknown: 'refuse' } } as const

export async function create(
  { store }: IdentityStoreDeps,
  call: ApiCall,
  name: TypeName,
  resource: Resource,
): Promise<ApiResult> {
  const { profile } = call.tenant
  const type = typeOf(call.tenant, name)
  checkAttributes(type, resource)
  const id = toResourceId(profile.schema.newId())
  const next = prepareResource(type, id, resource)
  checkDocumentSize(type, next)
  const draft: Draft = { next, ...noMembers }
  const { limits } = profile.requests
  const written = await store.insert(placeOf(call, name, id), causeOf(call), draft, limits.resources)
  return {
    output: identifiers(call, name, id),
    intent: { kind: 'create', type },
    target: targetOf(written),
  }
}

export type ToRecord = (stored: StoredResource, authors: Authors | undefined) => JsonObject

export async function describe(
  deps: IdentityStoreDeps,
  call: ApiCall,
  name: TypeName,
  id: string,
  toRecord: ToRecord,
): Promise<ApiResult> {
  const stored = await findById(deps, call, name, id)
  if (!stored) throw errors.noResource(names[name].error, id)
  const authors = await deps.directory.authors(call.tenant.key, [stored.key])
  return {
    output: toRecord(stored, authors.get(stored.key)),
    intent: { kind: 'read', type: typeOf(call.tenant, name) },
    target: targetOf(stored),
  }
}

/** Applies operations in their order, all or nothing. */
export async function update(
  { store }: IdentityStoreDeps,
  call: ApiCall,
  name: TypeName,
  id: string,
  operations: readonly AttributeOperation[],
): Promise<ApiResult> {
  const type = typeOf(call.tenant, name)
  const changes = readChanges(name, operations)
  const change: Change = current => {
    const before = resourceWithSecrets(type, current)
    const after = applyChanges(type, before, changes)
    checkAttributes(type, after, before)
    const next = prepareResource(type, current.id, after)
    checkDocumentSize(type, next, current)
    return { next, ...noMembers }
  }
  const written = await inEitherCase(id, exact =>
    store.update(placeOf(call, name, exact), causeOf(call), change),
  )
  if (!written) throw name === 'User' ? errors.noUserToUpdate(id) : errors.noGroupToUpdate(id)
  const attributes = [...new Set(changes.map(nameOf))]
  return { output: undefined, intent: { kind: 'change', type, attributes }, target: targetOf(written) }
}

/** Clients may change the letter case of ids. */
export async function inEitherCase<Result>(
  id: string,
  change: (id: string) => Promise<Result | undefined>,
): Promise<Result | undefined> {
  const lower = id.toLowerCase()
  const result = await change(id)
  return result === undefined && lower !== id ? change(lower) : result
}

/** Deletes as SCIM does, by the tenant's settings. */
export async function remove(
  { provider }: IdentityStoreDeps,
  call: ApiCall,
  name: TypeName,
  id: string,
): Promise<ApiResult> {
  const { tenant, now, exchange } = call
  const type = typeOf(tenant, name)
  const scimCall = { tenant, type, operation: 'delete', now, exchange, via: viaOf(call) } as const
  const removed = await inEitherCase(id, exact =>
    provider.remove(scimCall, toResourceId(exact)).catch(error => {
      if (error instanceof ScimError && error.reason === 'noSuchResource') return undefined
      throw error
    }),
  )
  const isRefused = !removed && tenant.profile.awsApis?.deleteMissing === 'notFound'
  if (isRefused) throw errors.nothingToDelete(names[name].error, id)
  return {
    output: undefined,
    intent: { kind: 'delete', type },
    target: removed ? targetOf(removed) : { type: name, id },
  }
}

export async function getId(
  deps: IdentityStoreDeps,
  call: ApiCall,
  name: TypeName,
  identifier: AlternateIdentifier,
): Promise<ApiResult> {
  const { by, found } = await lookUp(deps, call, name, identifier)
  const intent = { kind: 'look-up', type: typeOf(call.tenant, name), by } as const
  if (!found) throw errors.noResource(names[name].error).about({ intent })
  return { output: identifiers(call, name, found.id), intent, target: targetOf(found) }
}

export type ListInput = {
  readonly MaxResults?: number
  readonly NextToken?: string
  readonly Filters?: readonly ListFilter[]
}

/** The maximum of AWS, which is assumed to be the default as well. */
export const defaultPageSize = 100

/** In order of creation. */
export async function list(
  deps: IdentityStoreDeps,
  call: ApiCall,
  name: TypeName,
  input: ListInput,
  toRecord: ToRecord,
): Promise<ApiResult> {
  const { tenant } = call
  const type = typeOf(tenant, name)
  const request = { tenant: tenant.key, operation: `List${names[name].list}`, input }
  const filter = readFilter(call, name, input.Filters)
  const after = readPosition(deps, request)
  const { page, hasMore } = await deps.store.list(tenant.key, {
    typeQueries: [{ type: name, ...(filter && { filter }) }],
    slice: { by: 'after', key: after, count: input.MaxResults ?? defaultPageSize },
    total: false,
  })
  const authors = await deps.directory.authors(
    tenant.key,
    page.map(({ key }) => key),
  )
  const last = page.at(-1)
  return {
    output: {
      [names[name].list]: page.map(stored => toRecord(stored, authors.get(stored.key))),
      ...(hasMore && last && { NextToken: deps.pageTokens.seal(last.key, request) }),
    },
    intent: {
      kind: 'list',
      type,
      ...(filter && { filter }),
      found: page.length,
      ...(after > 0 && { continued: true }),
    },
  }
}

export function readPosition(
  { pageTokens }: Pick<IdentityStoreDeps, 'pageTokens'>,
  request: { readonly tenant: number; readonly operation: string; readonly input: ListInput },
): number {
  const { NextToken } = request.input
  if (NextToken === undefined) return 0
  const position = pageTokens.open(NextToken, request)
  if (typeof position !== 'number') throw inputErrors.pageToken()
  return position
}

type AlternateIdentifier = {
  readonly ExternalId?: { readonly Issuer: string; readonly Id: string }
  readonly UniqueAttribute?: { readonly AttributePath: string; readonly AttributeValue?: Json }
}

type ListFilter = { readonly AttributePath: string; readonly AttributeValue: string }

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
async function lookUp(
  deps: IdentityStoreDeps,
  call: ApiCall,
  name: TypeName,
  { ExternalId, UniqueAttribute }: AlternateIdentifier,
): Promise<Lookup> {
  if (ExternalId) {
    return { by: ['externalId'], found: await findByExternalId(deps, call, name, ExternalId) }
  }
  const { path, value } = readUnique(call, name, UniqueAttribute)
  return { by: [path], found: await findOne(deps, call, name, path, value) }
}

/** Finds an imported resource only by the external ID that SCIM shows: no index contains the others. */
async function findByExternalId(
  deps: IdentityStoreDeps,
  call: ApiCall,
  name: TypeName,
  { Issuer, Id }: NonNullable<AlternateIdentifier['ExternalId']>,
): Promise<StoredResource | undefined> {
  const { tenant } = call
  if (!tenant.imported && Issuer !== issuerOf(tenant)) return undefined
  const found = await findOne(deps, call, name, 'externalId', Id)
  if (!found || !tenant.imported) return found
  const all = externalIds(tenant, JSON.parse(found.document))
  return all.some(one => one.Issuer === Issuer && one.Id === Id) ? found : undefined
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
function readFilter(
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
