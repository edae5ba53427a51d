import type { Tenant } from '../../domain/tenants/tenant.ts'
import { groupType, userType } from '../../scim/core-schemas.ts'
import { compact, type Json } from '../../scim/json.ts'
import type { Resource } from '../../scim/resource.ts'
import type { AnyOperation } from '../operation.ts'
import { optional, required, structure } from '../shape.ts'
import { defineStoreOperation, type IdentityStoreDeps, typeOf } from './context.ts'
import { errors } from './errors.ts'
import { membershipOperations } from './group-memberships.ts'
import { toGroup, toUser } from './records.ts'
import { create, describe, getId, list, remove, update } from './resources.ts'
import {
  alternateIdentifier,
  enterprise,
  extensionNames,
  extensions,
  filters,
  groupName,
  inStore,
  operations,
  paging,
  resourceId,
  sensitiveText,
  storeFirst,
  userMembers,
} from './shapes.ts'
import { extensionName, lowerCamel, placeOf, readDocument, toStored, withValue } from './updates.ts'

export type { IdentityStoreDeps }

export const identityStoreOperations = (deps: IdentityStoreDeps): readonly AnyOperation[] => [
  ...userOperations(deps),
  ...groupOperations(deps),
  ...membershipOperations(deps),
]

const userTarget = ({ UserId: id }: { readonly UserId: string }) => ({ type: 'User', id })

const userOperations = (deps: IdentityStoreDeps): readonly AnyOperation[] => [
  defineStoreOperation({
    name: 'CreateUser',
    access: 'write',
    intent: { kind: 'create', type: userType },
    input: structure({ ...inStore, ...userMembers, Extensions: extensions }, storeFirst),
    target: ({ UserName: label }) => ({ type: 'User', ...compact({ label }) }),
    run: (call, { IdentityStoreId: _, Extensions = {}, ...members }) =>
      create(deps, call, 'User', newUser(call.tenant, members, Extensions)),
  }),
  defineStoreOperation({
    name: 'DescribeUser',
    access: 'read',
    intent: { kind: 'read', type: userType },
    input: structure({ ...inStore, UserId: required(resourceId), Extensions: extensionNames }, storeFirst),
    target: userTarget,
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
    intent: { kind: 'change', type: userType, attributes: [] },
    input: structure({ ...inStore, UserId: required(resourceId), Operations: operations }, storeFirst),
    target: userTarget,
    run: (call, { UserId, Operations }) => update(deps, call, 'User', UserId, Operations),
  }),
  defineStoreOperation({
    name: 'DeleteUser',
    access: 'write',
    intent: { kind: 'delete', type: userType },
    input: structure({ ...inStore, UserId: required(resourceId) }, storeFirst),
    target: userTarget,
    run: (call, { UserId }) => remove(deps, call, 'User', UserId),
  }),
  defineStoreOperation({
    name: 'ListUsers',
    access: 'read',
    intent: { kind: 'list', type: userType },
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
    intent: { kind: 'look-up', type: userType, by: [] },
    input: structure({ ...inStore, AlternateIdentifier: alternateIdentifier }, storeFirst),
    run: (call, { AlternateIdentifier }) => getId(deps, call, 'User', AlternateIdentifier),
  }),
]

function newUser(
  tenant: Tenant,
  members: Readonly<Record<string, Json | undefined>>,
  documents: Readonly<Record<string, Json>>,
): Resource {
  const userType = typeOf(tenant, 'User')
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
        : withValue(user, placeOf(userType, [lowerCamel(name)]), toStored(value)),
    {},
  )
}

function requireKnown(names: readonly string[] = []): void {
  const unknown = names.find(name => name !== extensionName)
  if (unknown !== undefined) throw errors.extension(unknown)
}

const groupTarget = ({ GroupId: id }: { readonly GroupId: string }) => ({ type: 'Group', id })

const groupOperations = (deps: IdentityStoreDeps): readonly AnyOperation[] => [
  defineStoreOperation({
    name: 'CreateGroup',
    access: 'write',
    intent: { kind: 'create', type: groupType },
    input: structure(
      { ...inStore, DisplayName: optional(groupName), Description: optional(sensitiveText) },
      storeFirst,
    ),
    target: ({ DisplayName: label }) => ({ type: 'Group', ...compact({ label }) }),
    run: (call, { DisplayName: displayName, Description }) => {
      const place = placeOf(typeOf(call.tenant, 'Group'), ['description'])
      return create(deps, call, 'Group', withValue(compact({ displayName }), place, Description))
    },
  }),
  defineStoreOperation({
    name: 'DescribeGroup',
    access: 'read',
    intent: { kind: 'read', type: groupType },
    input: structure({ ...inStore, GroupId: required(resourceId) }, storeFirst),
    target: groupTarget,
    run: (call, { GroupId }) =>
      describe(deps, call, 'Group', GroupId, (stored, authors) => toGroup(call, stored, authors)),
  }),
  defineStoreOperation({
    name: 'UpdateGroup',
    access: 'write',
    intent: { kind: 'change', type: groupType, attributes: [] },
    input: structure({ ...inStore, GroupId: required(resourceId), Operations: operations }, storeFirst),
    target: groupTarget,
    run: (call, { GroupId, Operations }) => update(deps, call, 'Group', GroupId, Operations),
  }),
  defineStoreOperation({
    name: 'DeleteGroup',
    access: 'write',
    intent: { kind: 'delete', type: groupType },
    input: structure({ ...inStore, GroupId: required(resourceId) }, storeFirst),
    target: groupTarget,
    run: (call, { GroupId }) => remove(deps, call, 'Group', GroupId),
  }),
  defineStoreOperation({
    name: 'ListGroups',
    access: 'read',
    intent: { kind: 'list', type: groupType },
    input: structure({ ...inStore, ...paging, ...filters }, storeFirst),
    run: (call, input) =>
      list(deps, call, 'Group', input, (stored, authors) => toGroup(call, stored, authors)),
  }),
  defineStoreOperation({
    name: 'GetGroupId',
    access: 'read',
    intent: { kind: 'look-up', type: groupType, by: [] },
    input: structure({ ...inStore, AlternateIdentifier: alternateIdentifier }, storeFirst),
    run: (call, { AlternateIdentifier }) => getId(deps, call, 'Group', AlternateIdentifier),
  }),
]
