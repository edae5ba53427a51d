import type { ExchangeTarget } from '../../domain/journal/exchange.ts'
import type { AccountAssignment, AssignmentTarget } from '../../domain/ports/account-assignments.ts'
import { compact } from '../../scim/json.ts'
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
  toPrincipalType,
} from './context.ts'
import { ssoAdminErrors } from './errors.ts'
import { viewAssignmentRequest } from './requests.ts'
import {
  accountShape,
  onInstance,
  onPermissionSet,
  paging,
  principalIdShape,
  principalTypeShape,
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
