import type { Tenant } from '../../domain/tenants/tenant.ts'
import { userType } from '../../scim/core-schemas.ts'
import { compact, type Json } from '../../scim/json.ts'
import type { Resource } from '../../scim/resource.ts'
import type { AnyOperation } from '../operation.ts'
import { required, structure } from '../shape.ts'
import { defineStoreOperation, type IdentityStoreDeps, typeOf } from './context.ts'
import { extensionName, lowerCamel, placeOf, readDocument, toStored, withValue } from './documents.ts'
import { errors } from './errors.ts'
import { toUser } from './records.ts'
import { create, describe, getId, list, remove, update } from './resources.ts'
import {
  alternateIdentifier,
  enterprise,
  extensionNames,
  extensions,
  filters,
  inStore,
  operations,
  paging,
  resourceId,
  storeFirst,
  userMembers,
} from './shapes.ts'

const type = userType
const target = ({ UserId: id }: { readonly UserId: string }) => ({ type: 'User', id })

export const userOperations = (deps: IdentityStoreDeps): readonly AnyOperation[] => [
  defineStoreOperation({
    name: 'CreateUser',
    access: 'write',
    intent: { kind: 'create', type },
    input: structure({ ...inStore, ...userMembers, Extensions: extensions }, storeFirst),
    target: ({ UserName: label }) => ({ type: 'User', ...compact({ label }) }),
    run: (call, { IdentityStoreId: _, Extensions = {}, ...members }) =>
      create(deps, call, 'User', newUser(call.tenant, members, Extensions)),
  }),
  defineStoreOperation({
    name: 'DescribeUser',
    access: 'read',
    intent: { kind: 'read', type },
    input: structure({ ...inStore, UserId: required(resourceId), Extensions: extensionNames }, storeFirst),
    target,
    run: (call, { UserId, Extensions }) => {
      requireKnown(Extensions)
      return describe(deps, call, 'User', UserId, (stored, authors) =>
        toUser(call, stored, authors, Extensions),
      )
    },
  }),
  defineStoreOperation({
    name: 'UpdateUser',
    access: 'write',
    intent: { kind: 'change', type, attributes: [] },
    input: structure({ ...inStore, UserId: required(resourceId), Operations: operations }, storeFirst),
    target,
    run: (call, { UserId, Operations }) => update(deps, call, 'User', UserId, Operations),
  }),
  defineStoreOperation({
    name: 'DeleteUser',
    access: 'write',
    intent: { kind: 'delete', type },
    input: structure({ ...inStore, UserId: required(resourceId) }, storeFirst),
    target,
    run: (call, { UserId }) => remove(deps, call, 'User', UserId),
  }),
  defineStoreOperation({
    name: 'ListUsers',
    access: 'read',
    intent: { kind: 'list', type },
    input: structure({ ...inStore, ...paging, ...filters, Extensions: extensionNames }, storeFirst),
    run: (call, input) => {
      requireKnown(input.Extensions)
      return list(deps, call, 'User', input, (stored, authors) =>
        toUser(call, stored, authors, input.Extensions),
      )
    },
  }),
  defineStoreOperation({
    name: 'GetUserId',
    access: 'read',
    intent: { kind: 'look-up', type, by: [] },
    input: structure({ ...inStore, AlternateIdentifier: alternateIdentifier }, storeFirst),
    run: (call, { AlternateIdentifier }) => getId(deps, call, 'User', AlternateIdentifier),
  }),
]

function newUser(
  tenant: Tenant,
  members: Readonly<Record<string, Json | undefined>>,
  documents: Readonly<Record<string, Json>>,
): Resource {
  const type = typeOf(tenant, 'User')
  requireKnown(Object.keys(documents))
  const document = documents[extensionName]
  const values: readonly (readonly [string, Json | undefined])[] = [
    ...Object.entries(members),
    ['active', true],
    [extensionName, document && readDocument(enterprise, document, extensionName)],
  ]
  return values.reduce<Resource>(
    (user, [name, value]) =>
      value === undefined || value === null
        ? user
        : withValue(user, placeOf(type, [lowerCamel(name)]), toStored(value)),
    {},
  )
}

function requireKnown(names: readonly string[] = []): void {
  const unknown = names.find(name => name !== extensionName)
  if (unknown !== undefined) throw errors.extension(unknown)
}
