import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import {
  type AssignmentRow,
  type DanglingRow,
  type PermissionSetRow,
  type RequestRow,
  toAssignment,
  toDangling,
  toPermissionSet,
  toRequest,
} from './assignment-rows.ts'
import { type AssignmentDialect, assignmentReads } from './assignment-sql.ts'
import { createAssignmentPlans, type StatementPlan } from './plans/assignments.ts'
import type { NamedStatement, Rows } from './statement.ts'

export type AssignmentRunners = {
  readonly change: <Result>(plan: StatementPlan<Result>) => Promise<Result>
  readonly read: (statement: NamedStatement) => Rows | Promise<Rows>
  readonly readLong: (statement: NamedStatement) => Rows | Promise<Rows>
}

export function createAssignmentStore(
  dialect: AssignmentDialect,
  { change, read, readLong }: AssignmentRunners,
): AccountAssignments {
  const plans = createAssignmentPlans(dialect)
  const reads = assignmentReads(dialect)
  const permissionSetsOf = async (statement: NamedStatement) =>
    ((await read(statement)) as readonly PermissionSetRow[]).map(toPermissionSet)
  const requestsOf = async (statement: NamedStatement) =>
    ((await read(statement)) as readonly RequestRow[]).map(toRequest)
  const assignmentsOf = async (statement: NamedStatement) =>
    ((await read(statement)) as readonly AssignmentRow[]).map(toAssignment)

  return {
    async instanceName(...values) {
      const [row] = (await read(reads.instanceName(...values))) as readonly { readonly name: string }[]
      return row?.name
    },
    nameInstance: (...values) => change(plans.nameInstance(...values)),
    createPermissionSet: (...values) => change(plans.createPermissionSet(...values)),
    updatePermissionSet: (...values) => change(plans.updatePermissionSet(...values)),
    deletePermissionSet: (...values) => change(plans.deletePermissionSet(...values)),
    permissionSet: async (...values) => (await permissionSetsOf(reads.permissionSet(...values)))[0],
    permissionSets: (...values) => permissionSetsOf(reads.permissionSets(...values)),
    permissionSetsById: async (...values) =>
      new Map((await permissionSetsOf(reads.permissionSetsById(...values))).map(set => [set.id, set])),

    assign: (...values) => change(plans.assign(...values)),
    unassign: (...values) => change(plans.unassign(...values)),
    provision: (...values) => change(plans.provision(...values)),
    request: async (...values) => (await requestsOf(reads.request(...values)))[0],
    requests: (...values) => requestsOf(reads.requests(...values)),

    assignments: (...values) => assignmentsOf(reads.assignments(...values)),
    async assigned(...values) {
      const rows = (await read(reads.assigned(...values))) as readonly { readonly value: string }[]
      return rows.map(({ value }) => value)
    },
    dangling: async (...values) =>
      ((await readLong(reads.dangling(...values))) as readonly DanglingRow[]).map(toDangling),
    leftBehind: (...values) => assignmentsOf(reads.leftBehind(...values)),
  }
}
