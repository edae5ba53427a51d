import type {
  AccountAssignment,
  AssignmentFailure,
  AssignmentQuery,
  AssignmentRequest,
  DanglingAssignment,
  PageAfter,
  PermissionSet,
  Principal,
} from '../../domain/ports/account-assignments.ts'
import { compact } from '../../scim/json.ts'
import type { Dialect, NamedStatement } from './dialect.ts'

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

export type AssignmentDialect = Pick<Dialect, 'isListed'> & {
  /** Finds the tenant `@tenant`. Changes of its assignments run one after another until the end of the transaction. */
  readonly lockTenant: string
}

const isPresent = (alias: string, at: number | undefined): string =>
  at === undefined
    ? `${alias}.deleted_at is null`
    : `${alias}.created_at <= @at and (${alias}.deleted_at is null or ${alias}.deleted_at > @at)`

const columnOf = { account: 'account', permissionSet: 'permission_set' } as const

function conditions(tenant: number, query: AssignmentQuery, { isListed }: AssignmentDialect) {
  const { account, permissionSet, principals, principalType, at } = query
  const parts = [
    'a.tenant = @tenant',
    isPresent('a', at),
    ...(account === undefined ? [] : ['a.account = @account']),
    ...(permissionSet === undefined ? [] : ['a.permission_set = @permissionSet']),
    ...(principals === undefined ? [] : [isListed('a.principal_id', '@principals')]),
    ...(principalType === undefined ? [] : ['a.principal_type = @principalType']),
  ]
  return {
    text: parts.join(' and '),
    params: {
      tenant,
      ...(at !== undefined && { at }),
      ...(account !== undefined && { account }),
      ...(permissionSet !== undefined && { permissionSet }),
      ...(principals && { principals }),
      ...(principalType !== undefined && { principalType }),
    },
  }
}

export const assignmentReads = (dialect: AssignmentDialect) => ({
  instanceName: (tenant: number): NamedStatement => ({
    text: 'select name from identity_center_instances where tenant = @tenant',
    params: { tenant },
  }),

  permissionSet: (tenant: number, id: string): NamedStatement => ({
    text: 'select * from permission_sets where tenant = @tenant and id = @id and deleted_at is null',
    params: { tenant, id },
  }),

  permissionSets: (
    tenant: number,
    { limit, after = '', at }: PageAfter & { readonly at?: number },
  ): NamedStatement => ({
    text: `select p.* from permission_sets p where p.tenant = @tenant and ${isPresent('p', at)}
      and p.name > @after order by p.name limit @limit`,
    params: { tenant, after, limit, ...(at !== undefined && { at }) },
  }),

  permissionSetsById: (tenant: number, ids: readonly string[]): NamedStatement => ({
    text: `select * from permission_sets where tenant = @tenant and ${dialect.isListed('id', '@ids')}`,
    params: { tenant, ids },
  }),

  request: (tenant: number, kind: string, id: string): NamedStatement => ({
    text: 'select * from assignment_requests where tenant = @tenant and id = @id and kind = @kind',
    params: { tenant, id, kind },
  }),

  requests: (
    tenant: number,
    kind: string,
    { limit, after = '', failed }: PageAfter & { readonly failed?: boolean },
  ): NamedStatement => ({
    text: `select * from assignment_requests where tenant = @tenant and kind = @kind and id > @after
      ${failed === undefined ? '' : `and failure is ${failed ? 'not ' : ''}null`} order by id limit @limit`,
    params: { tenant, kind, after, limit },
  }),

  assignments(tenant: number, { limit, after = '', ...query }: AssignmentQuery & PageAfter): NamedStatement {
    const { text, params } = conditions(tenant, query, dialect)
    return {
      text: `select a.* from account_assignments a where ${text} and a.id > @after order by a.id limit @limit`,
      params: { ...params, after, limit },
    }
  },

  assigned(
    tenant: number,
    of: keyof typeof columnOf,
    { limit, after = '', ...query }: AssignmentQuery & PageAfter,
  ): NamedStatement {
    const { text, params } = conditions(tenant, query, dialect)
    const column = `a.${columnOf[of]}`
    return {
      text: `select distinct ${column} as value from account_assignments a where ${text} and ${column} > @after
        order by 1 limit @limit`,
      params: { ...params, after, limit },
    }
  },

  dangling: (tenant: number, { limit, after = '' }: PageAfter): NamedStatement => ({
    // A later principal with the name of a deleted one is its successor.
    text: `select a.*, d.label as last_name, d.deleted_at as principal_deleted, d.successor from account_assignments a
      left join deleted_resources d on d.tenant = a.tenant and d.key = (
        select max(l.key) from deleted_resources l
        where l.tenant = a.tenant and l.id = a.principal_id and l.type = a.principal_type)
      where a.tenant = @tenant and a.deleted_at is null and a.id > @after and not exists (
        select 1 from resources r where r.tenant = a.tenant and r.id = a.principal_id and r.type = a.principal_type)
      order by a.id limit @limit`,
    params: { tenant, after, limit },
  }),

  leftBehind: (tenant: number, id: string, at: number): NamedStatement => ({
    text: `select a.* from (
        select predecessor, type, key from resources where tenant = @tenant and id = @id
        union all
        select predecessor, type, key from deleted_resources where tenant = @tenant and id = @id
        order by key desc limit 1) p
      join account_assignments a
        on a.tenant = @tenant and a.principal_id = p.predecessor and a.principal_type = p.type and ${isPresent('a', at)}
      order by a.id`,
    params: { tenant, id, at },
  }),
})
