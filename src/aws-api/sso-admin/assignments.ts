import type {
  AccountAssignment,
  AssignmentQuery,
  AssignmentRequest,
  Principal,
} from '../../domain/ports/account-assignments.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import type { ApiError } from '../api-error.ts'
import type { ApiCall } from '../operation.ts'
import { oneOf, optional, required, structure } from '../shape.ts'
import {
  causeOf,
  type Does,
  findPrincipal,
  intentOf,
  named,
  type PagedInput,
  permissionSetArn,
  permissionSetOperation,
  readPage,
  type SsoCall,
  type SsoOperation,
  ssoOperation,
  storeIdOf,
  toPrincipalType,
  toSeconds,
} from './context.ts'
import { noPrincipalReason, ssoAdminErrors } from './errors.ts'
import {
  accountShape,
  onInstance,
  onPermissionSet,
  paging,
  principalIdShape,
  principalTypeShape,
  requestIdShape,
  statusFilter,
} from './shapes.ts'

const onPrincipal = { PrincipalType: required(principalTypeShape), PrincipalId: required(principalIdShape) }

const viewPrincipal = ({ type, id }: Principal) => ({ PrincipalType: toPrincipalType(type), PrincipalId: id })

const viewAssignment = (call: ApiCall, { account, permissionSet, principal }: AccountAssignment) => ({
  AccountId: account,
  PermissionSetArn: permissionSetArn(call, permissionSet),
  ...viewPrincipal(principal),
})

type Status = 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED'

const statusOf = ({ failure }: AssignmentRequest): Status => (failure === undefined ? 'SUCCEEDED' : 'FAILED')

function viewAssignmentRequest(
  call: ApiCall,
  request: AssignmentRequest,
  status: Status = statusOf(request),
): JsonObject {
  const { id, at, account, permissionSet, principal } = request
  const reason = ({ type, id }: Principal) => noPrincipalReason(toPrincipalType(type), id, storeIdOf(call))
  return {
    Status: status,
    RequestId: id,
    ...(status === 'FAILED' && principal && { FailureReason: reason(principal) }),
    ...(account !== undefined && { TargetId: account, TargetType: 'AWS_ACCOUNT' }),
    PermissionSetArn: permissionSetArn(call, permissionSet),
    ...(principal && viewPrincipal(principal)),
    CreatedDate: toSeconds(at),
  }
}

const viewProvisioning = (
  call: ApiCall,
  request: AssignmentRequest,
  status: Status = statusOf(request),
): JsonObject => ({
  Status: status,
  RequestId: request.id,
  ...(request.account !== undefined && { AccountId: request.account }),
  PermissionSetArn: permissionSetArn(call, request.permissionSet),
  CreatedDate: toSeconds(request.at),
})

const viewSummary = (request: AssignmentRequest): JsonObject => ({
  Status: statusOf(request),
  RequestId: request.id,
  CreatedDate: toSeconds(request.at),
})

type AssignmentChange = {
  readonly name: string
  readonly does: Does
  readonly change: 'assign' | 'unassign'
  /** Begins the action that names the account. */
  readonly verb: string
  readonly member: string
  readonly missing: (permissionSet: string) => ApiError
}

const changing = ({ name, does, change, verb, member, missing }: AssignmentChange): SsoOperation =>
  permissionSetOperation({
    name,
    does,
    input: structure({
      ...onPermissionSet,
      TargetId: required(accountShape),
      TargetType: required(oneOf('AWS_ACCOUNT')),
      ...onPrincipal,
    }),
    run: async (call, { TargetId: account, ...input }, permissionSet) => {
      const { target } = await findPrincipal(call, input)
      const { type, id, label = id } = target
      const intent = intentOf(
        does[0],
        `${verb} account ${account} to ${named(label)} with ${named(permissionSet.name)}`,
      )
      const request = await call.assignments[change](call.tenant.key, causeOf(call), {
        account,
        permissionSet: permissionSet.id,
        principal: { type, id },
      })
      if (!request) throw missing(permissionSet.id).about({ intent, target })
      return { output: { [member]: viewAssignmentRequest(call, request, 'IN_PROGRESS') }, intent, target }
    },
  })

type RequestKind = {
  readonly kind: AssignmentRequest['kind']
  /** What the names of both operations contain, and the member with the status. */
  readonly status: string
  readonly idMember: string
  readonly listMember: string
  readonly label: string
  readonly view: (call: ApiCall, request: AssignmentRequest) => JsonObject
}

const kinds: readonly RequestKind[] = [
  {
    kind: 'create',
    status: 'AccountAssignmentCreationStatus',
    idMember: 'AccountAssignmentCreationRequestId',
    listMember: 'AccountAssignmentsCreationStatus',
    label: 'created assignment',
    view: viewAssignmentRequest,
  },
  {
    kind: 'delete',
    status: 'AccountAssignmentDeletionStatus',
    idMember: 'AccountAssignmentDeletionRequestId',
    listMember: 'AccountAssignmentsDeletionStatus',
    label: 'deleted assignment',
    view: viewAssignmentRequest,
  },
  {
    kind: 'provision',
    status: 'PermissionSetProvisioningStatus',
    idMember: 'ProvisionPermissionSetRequestId',
    listMember: 'PermissionSetsProvisioningStatus',
    label: 'provisioned permission set',
    view: viewProvisioning,
  },
]

const describing = ({ kind, status, idMember, label, view }: RequestKind): SsoOperation =>
  ssoOperation({
    name: `Describe${status}`,
    does: ['read', `read status of ${label}`],
    input: structure({ ...onInstance, [idMember]: required(requestIdShape) }),
    run: async (call, input) => {
      const id = String((input as JsonObject)[idMember])
      const found = await call.assignments.request(call.tenant.key, kind, id)
      if (!found) throw ssoAdminErrors.noRequest(id)
      return { output: { [status]: view(call, found) } }
    },
  })

const listing = ({ kind, status, listMember, label }: RequestKind): SsoOperation =>
  ssoOperation({
    name: `List${status}`,
    does: ['list', `list statuses of ${label}s`],
    input: structure({ ...onInstance, ...statusFilter, ...paging }),
    run: (call, input) =>
      readPage(call, input, {
        member: listMember,
        read: page => {
          const wanted = input.Filter?.Status
          if (wanted === 'IN_PROGRESS') return []
          const failed = wanted && { failed: wanted === 'FAILED' }
          return call.assignments.requests(call.tenant.key, kind, { ...page, ...failed })
        },
        positionOf: ({ id }) => id,
        view: viewSummary,
      }),
  })

/** A page of the assignments that a query finds. */
const readAssignments = (call: SsoCall, input: PagedInput, query: AssignmentQuery) =>
  readPage(call, input, {
    member: 'AccountAssignments',
    read: page => call.assignments.assignments(call.tenant.key, { ...query, ...page }),
    positionOf: assignment => assignment.id,
    view: assignment => viewAssignment(call, assignment),
  })

export const assignmentOperations: readonly SsoOperation[] = [
  changing({
    name: 'CreateAccountAssignment',
    does: ['create', 'assign account'],
    change: 'assign',
    verb: 'assign',
    member: 'AccountAssignmentCreationStatus',
    missing: ssoAdminErrors.noPermissionSet,
  }),
  changing({
    name: 'DeleteAccountAssignment',
    does: ['delete', 'delete account assignment'],
    change: 'unassign',
    verb: 'delete assignment of',
    member: 'AccountAssignmentDeletionStatus',
    missing: ssoAdminErrors.noAssignment,
  }),
  permissionSetOperation({
    name: 'ListAccountAssignments',
    does: ['list', 'list assignments of account'],
    input: structure({ ...onPermissionSet, AccountId: required(accountShape), ...paging }),
    run: async (call, input, { id, name }) => ({
      ...(await readAssignments(call, input, { account: input.AccountId, permissionSet: id })),
      intent: intentOf('list', `list assignments of account ${input.AccountId} with ${named(name)}`),
    }),
  }),
  ssoOperation({
    name: 'ListAccountAssignmentsForPrincipal',
    does: ['list', 'list assignments of principal'],
    input: structure({
      ...onInstance,
      ...onPrincipal,
      Filter: optional(structure({ AccountId: optional(accountShape) })),
      ...paging,
    }),
    run: async (call, input) => {
      const { target, key } = await findPrincipal(call, input)
      const { type, id, label = id } = target
      const groups =
        type === 'User' && key !== undefined
          ? ((await call.store.related(call.tenant.key, 'groups', [key])).get(key) ?? []).map(
              group => group.id,
            )
          : []
      const page = await readAssignments(call, input, {
        principals: [id, ...groups],
        ...(groups.length === 0 && { principalType: type }),
        ...compact({ account: input.Filter?.AccountId }),
      })
      const intent = intentOf('list', `list assignments of ${type.toLowerCase()} ${named(label)}`)
      return { ...page, intent, target }
    },
  }),

  ...kinds.map(describing),
  ...kinds.map(listing),

  permissionSetOperation({
    name: 'ProvisionPermissionSet',
    does: ['update', 'provision permission set'],
    input: structure({
      ...onPermissionSet,
      TargetType: required(oneOf('AWS_ACCOUNT', 'ALL_PROVISIONED_ACCOUNTS')),
      TargetId: optional(accountShape),
    }),
    run: async (call, { TargetType, TargetId }, { id, name }) => {
      const intent = call.intentFor(name)
      const isOne = TargetType === 'AWS_ACCOUNT'
      if (isOne && TargetId === undefined) throw ssoAdminErrors.noTarget().about({ intent })
      const account = isOne ? TargetId : undefined
      const request = await call.assignments.provision(call.tenant.key, causeOf(call), id, account)
      if (!request) throw ssoAdminErrors.noPermissionSet(id).about({ intent })
      return { output: { PermissionSetProvisioningStatus: viewProvisioning(call, request, 'IN_PROGRESS') } }
    },
  }),
]
