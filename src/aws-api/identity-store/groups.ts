import { groupType } from '../../scim/core-schemas.ts'
import { compact } from '../../scim/json.ts'
import type { AnyOperation } from '../operation.ts'
import { optional, required, structure } from '../shape.ts'
import { defineStoreOperation, type IdentityStoreDeps, typeOf } from './context.ts'
import { placeOf, withValue } from './documents.ts'
import { toGroup } from './records.ts'
import { create, describe, getId, list, remove, update } from './resources.ts'
import {
  alternateIdentifier,
  filters,
  groupName,
  inStore,
  operations,
  paging,
  resourceId,
  sensitiveText,
  storeFirst,
} from './shapes.ts'

const type = groupType
const target = ({ GroupId: id }: { readonly GroupId: string }) => ({ type: 'Group', id })

export const groupOperations = (deps: IdentityStoreDeps): readonly AnyOperation[] => [
  defineStoreOperation({
    name: 'CreateGroup',
    access: 'write',
    intent: { kind: 'create', type },
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
    intent: { kind: 'read', type },
    input: structure({ ...inStore, GroupId: required(resourceId) }, storeFirst),
    target,
    run: (call, { GroupId }) =>
      describe(deps, call, 'Group', GroupId, (stored, authors) => toGroup(call, stored, authors)),
  }),
  defineStoreOperation({
    name: 'UpdateGroup',
    access: 'write',
    intent: { kind: 'change', type, attributes: [] },
    input: structure({ ...inStore, GroupId: required(resourceId), Operations: operations }, storeFirst),
    target,
    run: (call, { GroupId, Operations }) => update(deps, call, 'Group', GroupId, Operations),
  }),
  defineStoreOperation({
    name: 'DeleteGroup',
    access: 'write',
    intent: { kind: 'delete', type },
    input: structure({ ...inStore, GroupId: required(resourceId) }, storeFirst),
    target,
    run: (call, { GroupId }) => remove(deps, call, 'Group', GroupId),
  }),
  defineStoreOperation({
    name: 'ListGroups',
    access: 'read',
    intent: { kind: 'list', type },
    input: structure({ ...inStore, ...paging, ...filters }, storeFirst),
    run: (call, input) =>
      list(deps, call, 'Group', input, (stored, authors) => toGroup(call, stored, authors)),
  }),
  defineStoreOperation({
    name: 'GetGroupId',
    access: 'read',
    intent: { kind: 'look-up', type, by: [] },
    input: structure({ ...inStore, AlternateIdentifier: alternateIdentifier }, storeFirst),
    run: (call, { AlternateIdentifier }) => getId(deps, call, 'Group', AlternateIdentifier),
  }),
]
