import type {
  AccountAssignment,
  AssignmentFailure,
  AssignmentRequest,
  DanglingAssignment,
  PermissionSet,
  Principal,
} from '../../domain/ports/account-assignments.ts'
import { compact } from '../../scim/json.ts'

export type PermissionSetRow = {
  readonly id: string
  readonly name: string
  readonly content: string
  readonly created_at: number
  readonly deleted_at: number | null
}

export type AssignmentRow = {
  readonly id: string
  readonly account: string
  readonly permission_set: string
  readonly principal_type: Principal['type']
  readonly principal_id: string
  readonly principal_name: string
  readonly created_at: number
  readonly exchange: string | null
  readonly deleted_at: number | null
  readonly deletion_exchange: string | null
}

export type DanglingRow = AssignmentRow & {
  readonly last_name: string | null
  readonly principal_deleted: number | null
  readonly successor: string | null
}

export type RequestRow = {
  readonly id: string
  readonly kind: AssignmentRequest['kind']
  readonly at: number
  readonly permission_set: string
  readonly account: string | null
  readonly principal_type: Principal['type'] | null
  readonly principal_id: string | null
  readonly failure: AssignmentFailure | null
}

const orAbsent = <Value>(value: Value | null): Value | undefined => value ?? undefined

export const toPermissionSet = (row: PermissionSetRow): PermissionSet => ({
  id: row.id,
  name: row.name,
  content: JSON.parse(row.content),
  created: row.created_at,
  ...compact({ deleted: orAbsent(row.deleted_at) }),
})

export const toAssignment = (row: AssignmentRow): AccountAssignment => ({
  id: row.id,
  account: row.account,
  permissionSet: row.permission_set,
  principal: { type: row.principal_type, id: row.principal_id },
  principalName: row.principal_name,
  created: row.created_at,
  ...compact({ exchange: orAbsent(row.exchange) }),
  ...(row.deleted_at !== null && {
    deleted: { at: row.deleted_at, ...compact({ exchange: orAbsent(row.deletion_exchange) }) },
  }),
})

export const toDangling = (row: DanglingRow): DanglingAssignment => ({
  ...toAssignment(row),
  principalName: row.last_name ?? row.principal_name,
  ...compact({
    principalDeleted: orAbsent(row.principal_deleted),
    successor: orAbsent(row.successor),
  }),
})

export const toRequest = (row: RequestRow): AssignmentRequest => ({
  id: row.id,
  kind: row.kind,
  at: row.at,
  permissionSet: row.permission_set,
  ...(row.principal_type !== null &&
    row.principal_id !== null && { principal: { type: row.principal_type, id: row.principal_id } }),
  ...compact({ account: orAbsent(row.account), failure: orAbsent(row.failure) }),
})
