import type { AssignmentRequest } from '../../domain/ports/account-assignments.ts'
import type { JsonObject } from '../../scim/json.ts'
import { type AnyOperation, type ApiCall, defineOperation } from '../operation.ts'
import { oneOf, optional, required, structure } from '../shape.ts'
import {
  causeOf,
  findPermissionSet,
  intentOf,
  named,
  permissionSetArn,
  readPage,
  requireInstance,
  type SsoAdminDeps,
  storeIdOf,
  toPrincipalType,
  toSeconds,
} from './context.ts'
import { noPrincipalReason, ssoAdminErrors } from './errors.ts'
import { accountShape, onInstance, onPermissionSet, paging, requestIdShape, statusFilter } from './shapes.ts'

const service = 'sso'

type Status = 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED'

const statusOf = ({ failure }: AssignmentRequest): Status => (failure === undefined ? 'SUCCEEDED' : 'FAILED')

export function viewAssignmentRequest(
  call: ApiCall,
  request: AssignmentRequest,
  status: Status = statusOf(request),
): JsonObject {
  const { id, at, account, permissionSet, principal } = request
  const failure =
    status === 'FAILED' && principal
      ? {
          FailureReason: noPrincipalReason(toPrincipalType(principal.type), principal.id, storeIdOf(call)),
        }
      : {}
  return {
    Status: status,
    RequestId: id,
    ...failure,
    ...(account !== undefined && { TargetId: account, TargetType: 'AWS_ACCOUNT' }),
    PermissionSetArn: permissionSetArn(call, permissionSet),
    ...(principal && { PrincipalType: toPrincipalType(principal.type), PrincipalId: principal.id }),
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

type RequestKind = {
  readonly kind: AssignmentRequest['kind']
  readonly describe: string
  readonly idMember: string
  readonly statusMember: string
  readonly list: string
  readonly listMember: string
  readonly label: string
  readonly view: (call: ApiCall, request: AssignmentRequest) => JsonObject
}

const kinds: readonly RequestKind[] = [
  {
    kind: 'create',
    describe: 'DescribeAccountAssignmentCreationStatus',
    idMember: 'AccountAssignmentCreationRequestId',
    statusMember: 'AccountAssignmentCreationStatus',
    list: 'ListAccountAssignmentCreationStatus',
    listMember: 'AccountAssignmentsCreationStatus',
    label: 'created assignment',
    view: viewAssignmentRequest,
  },
  {
    kind: 'delete',
    describe: 'DescribeAccountAssignmentDeletionStatus',
    idMember: 'AccountAssignmentDeletionRequestId',
    statusMember: 'AccountAssignmentDeletionStatus',
    list: 'ListAccountAssignmentDeletionStatus',
    listMember: 'AccountAssignmentsDeletionStatus',
    label: 'deleted assignment',
    view: viewAssignmentRequest,
  },
  {
    kind: 'provision',
    describe: 'DescribePermissionSetProvisioningStatus',
    idMember: 'ProvisionPermissionSetRequestId',
    statusMember: 'PermissionSetProvisioningStatus',
    list: 'ListPermissionSetProvisioningStatus',
    listMember: 'PermissionSetsProvisioningStatus',
    label: 'provisioned permission set',
    view: viewProvisioning,
  },
]

export function requestOperations(deps: SsoAdminDeps): readonly AnyOperation[] {
  const { assignments } = deps

  const describing = ({ kind, describe, idMember, statusMember, label, view }: RequestKind): AnyOperation => {
    const intent = intentOf('read', `read status of ${label}`)
    return defineOperation({
      service,
      name: describe,
      access: 'read',
      intent,
      input: structure({ ...onInstance, [idMember]: required(requestIdShape) }),
      run: async (call, input) => {
        requireInstance(call, describe, input.InstanceArn)
        const id = String((input as JsonObject)[idMember])
        const found = await assignments.request(call.tenant.key, kind, id)
        if (!found) throw ssoAdminErrors.noRequest(id)
        return { output: { [statusMember]: view(call, found) }, intent }
      },
    })
  }

  const listing = ({ kind, list, listMember, label }: RequestKind): AnyOperation =>
    defineOperation({
      service,
      name: list,
      access: 'read',
      intent: intentOf('list', `list statuses of ${label}s`),
      input: structure({ ...onInstance, ...statusFilter, ...paging }),
      run: async (call, input) => {
        requireInstance(call, list, input.InstanceArn)
        const status = input.Filter?.Status
        const { items, rest } = await readPage(
          deps,
          call,
          list,
          input,
          async page =>
            status === 'IN_PROGRESS'
              ? []
              : assignments.requests(call.tenant.key, kind, {
                  ...page,
                  ...(status !== undefined && { failed: status === 'FAILED' }),
                }),
          ({ id }) => id,
        )
        return {
          output: { [listMember]: items.map(viewSummary), ...rest },
          intent: intentOf('list', `list statuses of ${label}s`, items.length),
        }
      },
    })

  return [
    ...kinds.map(describing),
    ...kinds.map(listing),

    defineOperation({
      service,
      name: 'ProvisionPermissionSet',
      access: 'write',
      intent: intentOf('update', 'provision permission set'),
      input: structure({
        ...onPermissionSet,
        TargetType: required(oneOf('AWS_ACCOUNT', 'ALL_PROVISIONED_ACCOUNTS')),
        TargetId: optional(accountShape),
      }),
      run: async (call, input) => {
        const { id, name } = await findPermissionSet(deps, call, 'ProvisionPermissionSet', input)
        const intent = intentOf('update', `provision permission set ${named(name)}`)
        const isOne = input.TargetType === 'AWS_ACCOUNT'
        if (isOne && input.TargetId === undefined) throw ssoAdminErrors.noTarget().about({ intent })
        const request = await assignments.provision(
          call.tenant.key,
          causeOf(call),
          id,
          isOne ? input.TargetId : undefined,
        )
        if (!request) throw ssoAdminErrors.noPermissionSet(id).about({ intent })
        return {
          output: { PermissionSetProvisioningStatus: viewProvisioning(call, request, 'IN_PROGRESS') },
          intent,
        }
      },
    }),
  ]
}
