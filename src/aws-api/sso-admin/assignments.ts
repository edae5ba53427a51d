import type { ExchangeTarget } from '../../domain/journal/exchange.ts'
import type {
  AccountAssignment,
  AssignmentRequest,
  AssignmentTarget,
} from '../../domain/ports/account-assignments.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { type AnyOperation, type ApiCall, defineOperation } from '../operation.ts'
import { type InputOf, oneOf, optional, required, structure } from '../shape.ts'
import {
  causeOf,
  findPermissionSet,
  findPrincipal,
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

const service = 'sso'

const assignmentInput = structure({
  ...onPermissionSet,
  TargetId: required(accountShape),
  TargetType: required(oneOf('AWS_ACCOUNT')),
  PrincipalType: required(principalTypeShape),
  PrincipalId: required(principalIdShape),
})

type AssignmentInput = InputOf<typeof assignmentInput>

const viewAssignment = (call: ApiCall, { account, permissionSet, principal }: AccountAssignment) => ({
  AccountId: account,
  PermissionSetArn: permissionSetArn(call, permissionSet),
  PrincipalType: toPrincipalType(principal.type),
  PrincipalId: principal.id,
})

export function assignmentOperations(deps: SsoAdminDeps): readonly AnyOperation[] {
  const { assignments, store } = deps

  const readTarget = async (call: ApiCall, operation: string, input: AssignmentInput) => {
    const permissionSet = await findPermissionSet(deps, call, operation, input)
    const { type, id, label } = await findPrincipal(deps, call, input.PrincipalType, input.PrincipalId)
    const about: AssignmentTarget = {
      account: input.TargetId,
      permissionSet: permissionSet.id,
      principal: { type, id },
    }
    const target: ExchangeTarget = { type, id, ...compact({ label }) }
    return { about, target, label: label ?? id, permissionSet }
  }

  return [
    defineOperation({
      service,
      name: 'CreateAccountAssignment',
      access: 'write',
      intent: intentOf('create', 'assign account'),
      input: assignmentInput,
      run: async (call, input) => {
        const { about, target, label, permissionSet } = await readTarget(
          call,
          'CreateAccountAssignment',
          input,
        )
        const intent = intentOf(
          'create',
          `assign account ${about.account} to ${named(label)} with ${named(permissionSet.name)}`,
        )
        const request = await assignments.assign(call.tenant.key, causeOf(call), about)
        if (!request) throw ssoAdminErrors.noPermissionSet(permissionSet.id).about({ intent, target })
        return {
          output: { AccountAssignmentCreationStatus: viewAssignmentRequest(call, request, 'IN_PROGRESS') },
          intent,
          target,
        }
      },
    }),

    defineOperation({
      service,
      name: 'DeleteAccountAssignment',
      access: 'write',
      intent: intentOf('delete', 'delete account assignment'),
      input: assignmentInput,
      run: async (call, input) => {
        const { about, target, label, permissionSet } = await readTarget(
          call,
          'DeleteAccountAssignment',
          input,
        )
        const intent = intentOf(
          'delete',
          `delete assignment of account ${about.account} to ${named(label)} with ${named(permissionSet.name)}`,
        )
        const request = await assignments.unassign(call.tenant.key, causeOf(call), about)
        if (!request) throw ssoAdminErrors.noAssignment().about({ intent, target })
        return {
          output: { AccountAssignmentDeletionStatus: viewAssignmentRequest(call, request, 'IN_PROGRESS') },
          intent,
          target,
        }
      },
    }),

    defineOperation({
      service,
      name: 'ListAccountAssignments',
      access: 'read',
      intent: intentOf('list', 'list assignments of account'),
      input: structure({ ...onPermissionSet, AccountId: required(accountShape), ...paging }),
      run: async (call, input) => {
        const { id, name } = await findPermissionSet(deps, call, 'ListAccountAssignments', input)
        const { items, rest } = await readPage(
          deps,
          call,
          'ListAccountAssignments',
          input,
          page =>
            assignments.assignments(call.tenant.key, {
              account: input.AccountId,
              permissionSet: id,
              ...page,
            }),
          assignment => assignment.id,
        )
        return {
          output: { AccountAssignments: items.map(item => viewAssignment(call, item)), ...rest },
          intent: intentOf(
            'list',
            `list assignments of account ${input.AccountId} with ${named(name)}`,
            items.length,
          ),
        }
      },
    }),

    defineOperation({
      service,
      name: 'ListAccountAssignmentsForPrincipal',
      access: 'read',
      intent: intentOf('list', 'list assignments of principal'),
      input: structure({
        ...onInstance,
        PrincipalType: required(principalTypeShape),
        PrincipalId: required(principalIdShape),
        Filter: optional(structure({ AccountId: optional(accountShape) })),
        ...paging,
      }),
      run: async (call, input) => {
        requireInstance(call, 'ListAccountAssignmentsForPrincipal', input.InstanceArn)
        const { key, type, id, label } = await findPrincipal(
          deps,
          call,
          input.PrincipalType,
          input.PrincipalId,
        )
        const groups =
          type === 'User' && key !== undefined
            ? ((await store.related('groups', [key])).get(key) ?? []).map(group => group.id)
            : []
        const account = input.Filter?.AccountId
        const { items, rest } = await readPage(
          deps,
          call,
          'ListAccountAssignmentsForPrincipal',
          input,
          page =>
            assignments.assignments(call.tenant.key, {
              principals: [id, ...groups],
              ...(groups.length === 0 && { principalType: type }),
              ...compact({ account }),
              ...page,
            }),
          assignment => assignment.id,
        )
        return {
          output: { AccountAssignments: items.map(item => viewAssignment(call, item)), ...rest },
          intent: intentOf(
            'list',
            `list assignments of ${type.toLowerCase()} ${named(label ?? id)}`,
            items.length,
          ),
          target: { type, id, ...compact({ label }) },
        }
      },
    }),
  ]
}

type Status = 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED'

const statusOf = ({ failure }: AssignmentRequest): Status => (failure === undefined ? 'SUCCEEDED' : 'FAILED')

function viewAssignmentRequest(
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
