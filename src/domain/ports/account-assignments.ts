import type { JsonObject } from '../../scim/json.ts'
import type { Cause } from './resources.ts'

/** The part of a permission set that can be changed. Policies are stored as sent: nothing evaluates them. */
export type PermissionSetContent = {
  readonly description?: string
  /** ISO 8601: `PT8H`. */
  readonly sessionDuration?: string
  readonly relayState?: string
  readonly tags?: readonly { readonly key: string; readonly value: string }[]
  readonly inlinePolicy?: string
  readonly managedPolicies?: readonly string[]
  readonly customerPolicies?: readonly { readonly name: string; readonly path: string }[]
  readonly permissionsBoundary?: JsonObject
}

export type PermissionSet = {
  /** `ps-` and 16 hexadecimal digits. */
  readonly id: string
  /** Unique among the present permission sets of the tenant; it never changes. */
  readonly name: string
  readonly content: PermissionSetContent
  /** Milliseconds since 1970, by the tenant's clock. */
  readonly created: number
  readonly deleted?: number
}

export type Principal = { readonly type: 'User' | 'Group'; readonly id: string }

/** What an assignment is about. There is one assignment at most for an account, a permission set and a principal. */
export type AssignmentTarget = {
  /** 12 digits. */
  readonly account: string
  readonly permissionSet: string
  readonly principal: Principal
}

export type AccountAssignment = AssignmentTarget & {
  /** Rises in order of creation. */
  readonly id: string
  readonly principalName: string
  /** Milliseconds since 1970, by the tenant's clock, and the exchange that created it. */
  readonly created: number
  readonly exchange?: string
  readonly deleted?: { readonly at: number; readonly exchange?: string }
}

export type DanglingAssignment = AccountAssignment & {
  readonly principalDeleted?: number
  readonly successor?: string
}

export type AssignmentQuery = {
  readonly account?: string
  readonly permissionSet?: string
  readonly principals?: readonly string[]
  readonly principalType?: Principal['type']
  /** Those of this moment, by the tenant's clock; present ones if omitted. */
  readonly at?: number
}

export type PageAfter = { readonly limit: number; readonly after?: string }

export type AssignmentFailure = 'no-principal'

/** A request to SSO Admin. Clients read its status by another request. */
export type AssignmentRequest = {
  /** A UUID that rises in order of creation. */
  readonly id: string
  readonly kind: 'create' | 'delete' | 'provision'
  readonly at: number
  readonly permissionSet: string
  /** Absent if a permission set was provisioned to all accounts. */
  readonly account?: string
  readonly principal?: Principal
  readonly failure?: AssignmentFailure
}

/**
 * Permission sets and account assignments. Deleted ones are kept, so that access at any earlier moment is known. Each change
 * is one transaction, and is acknowledged once it is on disk. They are deleted with the data of their tenant, and snapshots
 * include them. Every adapter passes test/contract/account-assignments.ts.
 */
export interface AccountAssignments {
  /** Undefined until the instance is named. */
  instanceName(tenant: number): Promise<string | undefined>
  nameInstance(tenant: number, name: string): Promise<void>

  /** `name-taken` if a present permission set of the tenant has the name. */
  createPermissionSet(
    tenant: number,
    cause: Cause,
    name: string,
    content: PermissionSetContent,
  ): Promise<PermissionSet | 'name-taken'>
  /** Undefined if there is none. `change` is pure; if it throws, nothing is written and the error is passed on. */
  updatePermissionSet(
    tenant: number,
    id: string,
    change: (current: PermissionSet) => PermissionSetContent,
  ): Promise<PermissionSet | undefined>
  deletePermissionSet(tenant: number, cause: Cause, id: string): Promise<'deleted' | 'in-use' | 'not-found'>
  permissionSet(tenant: number, id: string): Promise<PermissionSet | undefined>
  /** In order of their names; `after` is a name. With `at`, those of that moment. */
  permissionSets(
    tenant: number,
    page: PageAfter & { readonly at?: number },
  ): Promise<readonly PermissionSet[]>
  /** Includes deleted permission sets. */
  permissionSetsById(tenant: number, ids: readonly string[]): Promise<ReadonlyMap<string, PermissionSet>>

  /**
   * Assigns an account and stores the request. Does nothing more if it is assigned already. Without the principal, the stored
   * request has failed. Undefined, and nothing is stored, if there is no such permission set.
   */
  assign(tenant: number, cause: Cause, target: AssignmentTarget): Promise<AssignmentRequest | undefined>
  /** Deletes an assignment and stores the request, whether the principal exists or not. Undefined if there is none. */
  unassign(tenant: number, cause: Cause, target: AssignmentTarget): Promise<AssignmentRequest | undefined>
  /** Stores a request to provision a permission set; undefined if there is none. */
  provision(
    tenant: number,
    cause: Cause,
    permissionSet: string,
    account: string | undefined,
  ): Promise<AssignmentRequest | undefined>
  request(tenant: number, kind: AssignmentRequest['kind'], id: string): Promise<AssignmentRequest | undefined>
  /** Oldest first; `after` is an id. `failed` selects those that failed, or those that did not. */
  requests(
    tenant: number,
    kind: AssignmentRequest['kind'],
    page: PageAfter & { readonly failed?: boolean },
  ): Promise<readonly AssignmentRequest[]>

  /** In order of creation; `after` is an id. */
  assignments(tenant: number, query: AssignmentQuery & PageAfter): Promise<readonly AccountAssignment[]>
  /** In ascending order; `after` is an account or a permission set. */
  assigned(
    tenant: number,
    of: 'account' | 'permissionSet',
    query: AssignmentQuery & PageAfter,
  ): Promise<readonly string[]>
  /** Present assignments whose principal does not exist, in order of creation. Reads all: for administrators, not for clients. */
  dangling(tenant: number, page: PageAfter): Promise<readonly DanglingAssignment[]>
  /**
   * The assignments that an earlier user or group with the same name as this one had at a moment. A principal that is created
   * again has a new id and no assignments.
   */
  leftBehind(tenant: number, id: string, at: number): Promise<readonly AccountAssignment[]>
}
