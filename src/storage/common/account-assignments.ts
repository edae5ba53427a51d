import { randomBytes } from 'node:crypto'
import { newRequestId } from '../../domain/journal/request-id.ts'
import type {
  AccountAssignments,
  AssignmentFailure,
  AssignmentRequest,
  AssignmentTarget,
  PermissionSet,
  PermissionSetContent,
} from '../../domain/ports/account-assignments.ts'
import type { Cause } from '../../domain/ports/resources.ts'
import { errors } from '../../scim/error.ts'
import { compact } from '../../scim/json.ts'
import {
  type AssignmentDialect,
  type AssignmentRow,
  assignmentReads,
  type DanglingRow,
  type PermissionSetRow,
  type RequestRow,
  toAssignment,
  toDangling,
  toPermissionSet,
  toRequest,
} from './assignment-sql.ts'
import type { NamedStatement, Rows, StatementParams } from './dialect.ts'

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

type StatementPlan<Result> = Generator<NamedStatement, Result, Rows>

export type AssignmentPlans = {
  readonly [Name in 'nameInstance' | 'createPermissionSet' | 'updatePermissionSet' | 'deletePermissionSet']: (
    ...values: Parameters<AccountAssignments[Name]>
  ) => StatementPlan<Awaited<ReturnType<AccountAssignments[Name]>>>
} & {
  readonly [Name in 'assign' | 'unassign' | 'provision']: (
    ...values: Parameters<AccountAssignments[Name]>
  ) => StatementPlan<AssignmentRequest | undefined>
}

function createAssignmentPlans({ lockTenant }: AssignmentDialect): AssignmentPlans {
  /** Changes of the assignments of a tenant run one after another, so nothing changes between the statements of a plan. */
  function* begin(tenant: number): StatementPlan<void> {
    const found = yield { text: lockTenant, params: { tenant } }
    if (found.length === 0) throw errors.unauthorized('The tenant has been deleted.')
  }

  function* exists(text: string, params: StatementParams): StatementPlan<boolean> {
    return (yield { text: `select 1 as found where exists (select 1 from ${text})`, params }).length > 0
  }

  function* findPermissionSet(tenant: number, id: string): StatementPlan<PermissionSet | undefined> {
    const [row] = yield {
      text: 'select * from permission_sets where tenant = @tenant and id = @id and deleted_at is null',
      params: { tenant, id },
    }
    return row === undefined ? undefined : toPermissionSet(row as PermissionSetRow)
  }

  function* findAssignment(tenant: number, target: AssignmentTarget): StatementPlan<string | undefined> {
    const [row] = yield {
      text: `select id from account_assignments where tenant = @tenant and permission_set = @permissionSet
        and account = @account and principal_id = @principalId and principal_type = @principalType and deleted_at is null`,
      params: { tenant, ...toParams(target) },
    }
    return (row as { readonly id: string } | undefined)?.id
  }

  function* findPrincipalName(
    tenant: number,
    { type, id }: AssignmentTarget['principal'],
  ): StatementPlan<string | undefined> {
    const [row] = yield {
      text: 'select label from resources where tenant = @tenant and id = @id and type = @type',
      params: { tenant, id, type },
    }
    return (row as { readonly label: string } | undefined)?.label
  }

  function* record(
    tenant: number,
    kind: AssignmentRequest['kind'],
    { now }: Cause,
    about: Pick<AssignmentRequest, 'permissionSet' | 'account' | 'principal'>,
    failure?: AssignmentFailure,
  ): StatementPlan<AssignmentRequest> {
    const request = { id: newRequestId(), kind, at: now, ...about, ...compact({ failure }) }
    yield {
      text: `insert into assignment_requests (tenant, id, kind, at, permission_set, account, principal_type, principal_id, failure)
        values (@tenant, @id, @kind, @at, @permissionSet, @account, @principalType, @principalId, @failure)`,
      params: {
        tenant,
        id: request.id,
        kind,
        at: now,
        permissionSet: about.permissionSet,
        account: about.account ?? null,
        principalType: about.principal?.type ?? null,
        principalId: about.principal?.id ?? null,
        failure: failure ?? null,
      },
    }
    return request
  }

  function* addAssignment(
    tenant: number,
    { now, exchange }: Cause,
    target: AssignmentTarget,
    name: string,
  ): StatementPlan<void> {
    yield {
      text: `insert into account_assignments
          (tenant, id, account, permission_set, principal_type, principal_id, principal_name, created_at, exchange)
        values (@tenant, @id, @account, @permissionSet, @principalType, @principalId, @name, @now, @exchange)`,
      params: { tenant, id: newRequestId(), ...toParams(target), name, now, exchange: exchange ?? null },
    }
  }

  return {
    *nameInstance(tenant, name) {
      yield* begin(tenant)
      yield {
        text: `insert into identity_center_instances (tenant, name) values (@tenant, @name)
          on conflict (tenant) do update set name = excluded.name`,
        params: { tenant, name },
      }
    },

    *createPermissionSet(tenant, { now, exchange }, name, content) {
      yield* begin(tenant)
      const params = { tenant, name }
      if (
        yield* exists(
          'permission_sets where tenant = @tenant and name = @name and deleted_at is null',
          params,
        )
      ) {
        return 'name-taken'
      }
      const id = `ps-${randomBytes(8).toString('hex')}`
      yield {
        text: `insert into permission_sets (tenant, id, name, content, created_at, exchange)
          values (@tenant, @id, @name, @content, @now, @exchange)`,
        params: { tenant, id, name, content: toText(content), now, exchange: exchange ?? null },
      }
      return { id, name, content, created: now }
    },

    *updatePermissionSet(tenant, id, change) {
      yield* begin(tenant)
      const current = yield* findPermissionSet(tenant, id)
      if (!current) return undefined
      const content = change(current)
      yield {
        text: 'update permission_sets set content = @content where tenant = @tenant and id = @id',
        params: { tenant, id, content: toText(content) },
      }
      return { ...current, content }
    },

    *deletePermissionSet(tenant, { now, exchange }, id) {
      yield* begin(tenant)
      if (!(yield* findPermissionSet(tenant, id))) return 'not-found'
      const used =
        'account_assignments where tenant = @tenant and permission_set = @id and deleted_at is null'
      if (yield* exists(used, { tenant, id })) return 'in-use'
      yield {
        text: `update permission_sets set deleted_at = @now, deletion_exchange = @exchange
          where tenant = @tenant and id = @id`,
        params: { tenant, id, now, exchange: exchange ?? null },
      }
      return 'deleted'
    },

    *assign(tenant, cause, target) {
      yield* begin(tenant)
      if (!(yield* findPermissionSet(tenant, target.permissionSet))) return undefined
      const name = yield* findPrincipalName(tenant, target.principal)
      if (name === undefined) return yield* record(tenant, 'create', cause, target, 'no-principal')
      if ((yield* findAssignment(tenant, target)) === undefined) {
        yield* addAssignment(tenant, cause, target, name)
      }
      return yield* record(tenant, 'create', cause, target)
    },

    *unassign(tenant, cause, target) {
      yield* begin(tenant)
      const id = yield* findAssignment(tenant, target)
      if (id === undefined) return undefined
      yield {
        text: `update account_assignments set deleted_at = @now, deletion_exchange = @exchange
          where tenant = @tenant and id = @id`,
        params: { tenant, id, now: cause.now, exchange: cause.exchange ?? null },
      }
      return yield* record(tenant, 'delete', cause, target)
    },

    *provision(tenant, cause, permissionSet, account) {
      yield* begin(tenant)
      if (!(yield* findPermissionSet(tenant, permissionSet))) return undefined
      return yield* record(tenant, 'provision', cause, { permissionSet, ...compact({ account }) })
    },
  }
}

const toText = (content: PermissionSetContent): string => JSON.stringify(content)

const toParams = ({ account, permissionSet, principal }: AssignmentTarget) => ({
  account,
  permissionSet,
  principalType: principal.type,
  principalId: principal.id,
})
