import { mapInSlices } from '../../../domain/event-loop/slices.ts'
import { createSecretMatcher } from '../../../domain/journal/credentials.ts'
import { secretAttributeNames } from '../../../domain/journal/masking.ts'
import type { Profile } from '../../../profiles/profile.ts'
import {
  asPatchOp,
  type BulkOperation,
  countSecrets,
  parseBulkId,
  type RewriteReference,
  referencedBulkIds,
  rewriteReferences,
} from '../../../scim/bulk.ts'
import { errors, excerpt, ScimError } from '../../../scim/error.ts'
import type { Json } from '../../../scim/json.ts'
import { memoize } from '../../../scim/memoize.ts'
import { type ResourceId, toResourceId } from '../../../scim/resource.ts'
import type { ResourceType } from '../../../scim/resource-types.ts'
import type { ResourceRoute } from '../resource-operations.ts'
import { findRoute, type Route, readAddress } from '../route.ts'

export type PlannedOperation = {
  readonly operation: BulkOperation
  readonly route: ResourceRoute | ScimError
  readonly body: Json | undefined
  readonly references: readonly string[]
  readonly secrets: number
  readonly creates: Creation | undefined
}

export type Creation = { readonly id: ResourceId; readonly type: ResourceType }

/** Finds the route of each operation. Assigns an id to every POST, so that other operations can refer to it. */
export async function planOperations(
  operations: readonly BulkOperation[],
  root: string,
  profile: Profile,
): Promise<readonly PlannedOperation[]> {
  const secrets = secretPaths(profile.schema.resourceTypes)
  const routed = await mapInSlices(operations, (operation, index) => {
    const route = routeOrError(operation, `Operations[${index}]`, root, profile)
    return { operation, route, creates: creationAt(route, profile) }
  })
  const ids = new Map(routed.map(({ operation, creates }) => [operation.bulkId, creates?.id]))
  const idOf: RewriteReference = (reference, bulkId) => ids.get(bulkId) ?? reference
  return mapInSlices(routed, ({ operation, route, creates }) => ({
    operation,
    creates,
    ...resolveIds(operation, route, idOf, secrets.isSecretPath),
  }))
}

const secretPaths = memoize((types: readonly ResourceType[]) =>
  createSecretMatcher(secretAttributeNames(types)),
)

const creationAt = (route: ResourceRoute | ScimError, profile: Profile): Creation | undefined =>
  !(route instanceof ScimError) && route.operation === 'create'
    ? { id: toResourceId(profile.schema.newId()), type: route.type }
    : undefined

function resolveIds(
  operation: BulkOperation,
  route: ResourceRoute | ScimError,
  idOf: RewriteReference,
  isSecret: (path: string) => boolean,
): Pick<PlannedOperation, 'route' | 'body' | 'references' | 'secrets'> {
  // An operation that isn't run has no dependencies.
  if (route instanceof ScimError) return { route, body: operation.data, references: [], secrets: 0 }
  const data = operationData(operation)
  const secrets = data === undefined ? 0 : countSecrets(data, isSecret)
  const inData = data === undefined ? [] : referencedBulkIds(data, isSecret)
  const body = data === undefined || inData.length === 0 ? data : rewriteReferences(data, idOf, isSecret)
  const inPath = route.kind === 'resource' ? parseBulkId(route.id) : undefined
  if (route.kind !== 'resource' || inPath === undefined) return { route, body, references: inData, secrets }
  return {
    route: { ...route, id: toResourceId(idOf(route.id, inPath)) },
    body,
    references: [...new Set([inPath, ...inData])],
    secrets,
  }
}

function operationData({ method, data }: BulkOperation): Json | undefined {
  if (method === 'DELETE' || data === undefined) return undefined
  return method === 'PATCH' ? asPatchOp(data) : data
}

function routeOrError(
  operation: BulkOperation,
  at: string,
  root: string,
  profile: Profile,
): ResourceRoute | ScimError {
  try {
    return operationRoute(operation, at, root, profile)
  } catch (error) {
    if (error instanceof ScimError) return error
    throw error
  }
}

const isChange = (route: Route): route is ResourceRoute =>
  (route.kind === 'collection' && route.operation === 'create') || route.kind === 'resource'

const changes = ['POST', 'PUT', 'PATCH', 'DELETE']

/** RFC 7644 §3.7: the path is relative to the root, and is that of a resource or of its type. Throws ScimError. */
function operationRoute(
  { method, path, data }: BulkOperation,
  at: string,
  root: string,
  profile: Profile,
): ResourceRoute {
  if (!changes.includes(method)) throw errors.methodNotAllowed(method, at, changes)
  if (typeof path !== 'string' || path === '') {
    throw errors.invalidSyntax(`${at}.path must be a string such as "/Users" or "/Users/{id}".`)
  }
  if (/[?#]/.test(path)) {
    throw errors.invalidSyntax(`${at}.path is "${excerpt(path)}". Remove the query: operations have none.`)
  }
  const address = readAddress(`${root}/${path}`)
  if (!address) throw errors.internal()
  const route = findRoute(method, address, profile)
  if (route.kind === 'unsupported') throw route.error
  if (!isChange(route)) {
    throw errors.noSuchEndpoint(`${at}.path is "${excerpt(path)}". Bulk operations change resources only.`)
  }
  if (method !== 'DELETE' && (data === undefined || data === null)) {
    throw errors.invalidSyntax(
      `${at}.data is missing. A ${method} needs the body of the corresponding request.`,
    )
  }
  return route
}
