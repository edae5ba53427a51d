import type { Intent } from '../../domain/journal/description.ts'
import type { Membership } from '../../domain/ports/directory.ts'
import type { MembershipRemoval, Written } from '../../domain/ports/resources.ts'
import { prepareResource, resourceWithSecrets } from '../../scim/document.ts'
import { ScimError } from '../../scim/error.ts'
import type { MembershipEdit } from '../../scim/patch/elements.ts'
import { identityStoreId } from '../identifiers.ts'
import type { AnyOperation, ApiCall, ApiResult } from '../operation.ts'
import { list, required, structure } from '../shape.ts'
import {
  causeOf,
  defineStoreOperation,
  findById,
  type IdentityStoreDeps,
  placeOf,
  scopeOf,
  typeOf,
} from './context.ts'
import { errors } from './errors.ts'
import { isSameMembership, membershipIdOf, readMembershipId, toGroupMembership } from './records.ts'
import { defaultPageSize, inEitherCase, type ListInput, readPosition } from './resources.ts'
import { inStore, memberId, paging, resourceId, storeFirst } from './shapes.ts'

const target = ({ GroupId: id }: { readonly GroupId: string }) => ({ type: 'Group', id })
const userOf = ({ UserId: id = '' }: { readonly UserId?: string }) => ({ type: 'User', id })

export const membershipOperations = (deps: IdentityStoreDeps): readonly AnyOperation[] => [
  defineStoreOperation({
    name: 'CreateGroupMembership',
    access: 'write',
    intent: { kind: 'membership', change: 'add' },
    input: structure({ ...inStore, GroupId: required(resourceId), MemberId: memberId }, storeFirst),
    target,
    run: (call, { GroupId, MemberId }) => createMembership(deps, call, GroupId, MemberId.UserId ?? ''),
  }),
  defineStoreOperation({
    name: 'DescribeGroupMembership',
    access: 'read',
    intent: other('read', 'read membership'),
    input: structure({ ...inStore, MembershipId: required(resourceId) }, storeFirst),
    run: async (call, { MembershipId }) => {
      const membership = await findMembership(deps, call, MembershipId)
      if (!membership) throw errors.noResource('GROUP_MEMBERSHIP', MembershipId)
      return {
        output: toGroupMembership(call, membership),
        intent: other('read', 'read membership'),
        target: groupOf(membership),
      }
    },
  }),
  defineStoreOperation({
    name: 'DeleteGroupMembership',
    access: 'write',
    intent: { kind: 'membership', change: 'remove' },
    input: structure({ ...inStore, MembershipId: required(resourceId) }, storeFirst),
    run: (call, { MembershipId }) => deleteMembership(deps, call, MembershipId),
  }),
  defineStoreOperation({
    name: 'ListGroupMemberships',
    access: 'read',
    intent: other('list', 'list memberships of group'),
    input: structure({ ...inStore, GroupId: required(resourceId), ...paging }, storeFirst),
    target,
    run: async (call, input) => {
      const group = await findById(deps, call, 'Group', input.GroupId)
      if (!group) throw errors.noResource('GROUP', input.GroupId)
      const page = { operation: 'ListGroupMemberships', input, side: 'group', of: group.key } as const
      const { id, label } = group
      return {
        ...(await listMemberships(deps, call, page)),
        target: { type: 'Group', id, label },
      }
    },
  }),
  defineStoreOperation({
    name: 'ListGroupMembershipsForMember',
    access: 'read',
    intent: other('list', 'list memberships of user'),
    input: structure({ ...inStore, MemberId: memberId, ...paging }, storeFirst),
    target: ({ MemberId }) => userOf(MemberId),
    run: async (call, input) => {
      const member = input.MemberId.UserId ?? ''
      const user = await findById(deps, call, 'User', member)
      if (!user) throw errors.noResource('USER', member)
      const page = {
        operation: 'ListGroupMembershipsForMember',
        input,
        side: 'member',
        of: user.key,
      } as const
      const { id, label } = user
      return {
        ...(await listMemberships(deps, call, page)),
        target: { type: 'User', id, label },
      }
    },
  }),
  defineStoreOperation({
    name: 'GetGroupMembershipId',
    access: 'read',
    intent: other('look-up', 'look up membership'),
    input: structure({ ...inStore, GroupId: required(resourceId), MemberId: memberId }, storeFirst),
    target,
    run: async (call, { GroupId, MemberId }) => {
      const [membership] = await findBetween(deps, call, [GroupId], MemberId.UserId ?? '')
      if (!membership) throw errors.noMembership()
      return {
        output: identifiers(call, membership),
        intent: other('look-up', 'look up membership'),
        target: groupOf(membership),
      }
    },
  }),
  defineStoreOperation({
    name: 'IsMemberInGroups',
    access: 'read',
    intent: other('look-up', 'check memberships of user'),
    input: structure(
      { ...inStore, MemberId: memberId, GroupIds: required(list(resourceId, { min: 1, max: 100 })) },
      storeFirst,
    ),
    target: ({ MemberId }) => userOf(MemberId),
    run: async (call, { MemberId, GroupIds }) => {
      const found = await findBetween(deps, call, GroupIds, MemberId.UserId ?? '')
      const Results = GroupIds.map((GroupId, at) => ({
        GroupId,
        MemberId,
        MembershipExists: found[at] !== undefined,
      }))
      return {
        output: { Results },
        intent: other('look-up', 'check memberships of user', found.filter(Boolean).length),
        target: userOf(MemberId),
      }
    },
  }),
]

type OtherIntent = Extract<Intent, { readonly kind: 'other' }>

function other(operation: OtherIntent['operation'], action: string, found?: number): OtherIntent {
  return { kind: 'other', operation, action, ...(found !== undefined && { found }) }
}

const groupOf = ({ group }: Membership) => ({ type: 'Group', id: group })

const identifiers = ({ tenant }: ApiCall, membership: Membership) => ({
  MembershipId: membershipIdOf(tenant, membership),
  IdentityStoreId: identityStoreId(tenant),
})

async function createMembership(
  deps: IdentityStoreDeps,
  call: ApiCall,
  group: string,
  member: string,
): Promise<ApiResult> {
  const user = await findById(deps, call, 'User', member)
  // A group that does not exist is reported first.
  const id = user?.id ?? member
  const written = await changeMembers(deps, call, group, { kind: 'add', members: [id] })
  if (!written) throw errors.noGroupToJoin(group)
  const target = { type: 'Group', id: written.id, label: written.label }
  const intent = { kind: 'membership', change: 'add', ...(user && { member: user.label }) } as const
  if (!written.changed) throw errors.duplicateMembership().about({ intent, target })
  const [membership] = await deps.memberships.between(scopeOf(call), [{ group: written.id, member: id }])
  if (!membership) throw errors.endedMeanwhile().about({ intent, target })
  return { output: identifiers(call, membership), intent, target }
}

const changeMembers = (
  { store }: IdentityStoreDeps,
  call: ApiCall,
  group: string,
  edit: Extract<MembershipEdit, { readonly kind: 'add' }> | MembershipRemoval,
): Promise<Written | undefined> => {
  const type = typeOf(call.tenant, 'Group')
  return inEitherCase(group, id =>
    store
      .update(placeOf(call, 'Group', id), causeOf(call), current => ({
        next: prepareResource(type, current.id, resourceWithSecrets(type, current)),
        memberships: [edit],
        members: { types: ['User'], unknown: 'refuse' },
      }))
      .catch(error => {
        if (!(error instanceof ScimError) || error.reason !== 'noSuchMember') throw error
        throw errors.noMember(edit.kind === 'add' ? (edit.members[0] ?? '') : edit.member)
      }),
  )
}

async function deleteMembership(deps: IdentityStoreDeps, call: ApiCall, id: string): Promise<ApiResult> {
  const membership = await findMembership(deps, call, id)
  if (!membership) {
    if (call.tenant.profile.awsApis?.deleteMissing === 'notFound') {
      throw errors.nothingToDelete('GROUP_MEMBERSHIP', id)
    }
    return { output: undefined, intent: { kind: 'membership', change: 'remove' } }
  }
  const { group, member, key } = membership
  const user = await findById(deps, call, 'User', member)
  const written = await changeMembers(deps, call, group, { kind: 'remove-membership', member, key })
  return {
    output: undefined,
    intent: { kind: 'membership', change: 'remove', ...(user && { member: user.label }) },
    target: { type: 'Group', id: group, ...(written && { label: written.label }) },
  }
}

async function findMembership(
  { memberships }: IdentityStoreDeps,
  call: ApiCall,
  id: string,
): Promise<Membership | undefined> {
  const scope = scopeOf(call)
  const parts = readMembershipId(call.tenant.id, id)
  const found = parts ? await memberships.withKey(scope, parts.groupPrefix, parts.key) : []
  const named = found.find(membership => parts && isSameMembership(membership, parts))
  return named || !call.tenant.imported ? named : memberships.withImportedId(scope, id)
}

async function findBetween(
  { memberships }: IdentityStoreDeps,
  call: ApiCall,
  groups: readonly string[],
  member: string,
): Promise<readonly (Membership | undefined)[]> {
  const scope = scopeOf(call)
  const found = await memberships.between(
    scope,
    groups.map(group => ({ group, member })),
  )
  const lower = groups.map(group => ({ group: group.toLowerCase(), member: member.toLowerCase() }))
  const isLower = lower.every((pair, at) => pair.group === groups[at] && pair.member === member)
  if (isLower) return found
  const alternatives = await memberships.between(scope, lower)
  return found.map((membership, at) => membership ?? alternatives[at])
}

type MembershipPage = {
  readonly operation: string
  readonly input: ListInput
  readonly side: 'group' | 'member'
  readonly of: number
}

/** In order of joining. */
async function listMemberships(
  deps: IdentityStoreDeps,
  call: ApiCall,
  { operation, input, side, of }: MembershipPage,
): Promise<ApiResult> {
  const request = { tenant: call.tenant.key, operation, input }
  const after = readPosition(deps, request)
  const count = input.MaxResults ?? defaultPageSize
  const found = await deps.memberships.page(scopeOf(call), side, of, after, count + 1)
  const page = found.slice(0, count)
  const last = page.at(-1)
  const what = `list memberships of ${side === 'group' ? 'group' : 'user'}`
  return {
    output: {
      GroupMemberships: page.map(membership => toGroupMembership(call, membership)),
      ...(found.length > count && last && { NextToken: deps.pageTokens.seal(last.key, request) }),
    },
    intent: other('list', after > 0 ? `${what}, continued` : what, page.length),
  }
}
