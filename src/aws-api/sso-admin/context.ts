import type { Intent } from '../../domain/journal/description.ts'
import type { Operation } from '../../domain/journal/operation.ts'
import type {
  AccountAssignments,
  PageAfter,
  PermissionSet,
  Principal,
} from '../../domain/ports/account-assignments.ts'
import type { Cause, ResourceStore } from '../../domain/ports/resources.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { toResourceId } from '../../scim/resource.ts'
import { excerpt } from '../../scim/text.ts'
import { identityStoreId, instanceArn } from '../identifiers.ts'
import type { ApiCall } from '../operation.ts'
import type { PageTokens } from '../page-token.ts'
import { ssoAdminErrors } from './errors.ts'

export type SsoAdminDeps = {
  readonly assignments: AccountAssignments
  readonly store: Pick<ResourceStore, 'find' | 'related'>
  readonly tokens: PageTokens
}

export const intentOf = (operation: Operation, action: string, found?: number): Intent => ({
  kind: 'other',
  operation,
  action,
  ...compact({ found }),
})

export const named = (name: string): string => excerpt(name, 60)

export const causeOf = ({ now, exchange }: ApiCall): Cause => ({ now, exchange })

/** Timestamps are seconds since 1970. */
export const toSeconds = (milliseconds: number): number => milliseconds / 1000

/** Throws ApiError unless the request names the instance of its tenant. */
export function requireInstance(call: ApiCall, operation: string, arn: string): void {
  if (arn !== instanceArn(call.tenant.id)) throw ssoAdminErrors.otherInstance(call, operation, arn)
}

export const permissionSetArn = ({ tenant }: ApiCall, id: string): string =>
  `${instanceArn(tenant.id).replace(':instance/', ':permissionSet/')}/${id}`

/** The id of a permission set of the tenant. Throws ApiError for the ARN of another instance. */
export function permissionSetIdOf(call: ApiCall, arn: string): string {
  const id = arn.slice(arn.lastIndexOf('/') + 1)
  if (permissionSetArn(call, id) !== arn) throw ssoAdminErrors.noPermissionSet(id)
  return id
}

/** Throws ApiError if there is none, or if the instance is another one. */
export async function findPermissionSet(
  { assignments }: Pick<SsoAdminDeps, 'assignments'>,
  call: ApiCall,
  operation: string,
  { InstanceArn, PermissionSetArn }: { readonly InstanceArn: string; readonly PermissionSetArn: string },
): Promise<PermissionSet> {
  requireInstance(call, operation, InstanceArn)
  const id = permissionSetIdOf(call, PermissionSetArn)
  const found = await assignments.permissionSet(call.tenant.key, id)
  if (!found) throw ssoAdminErrors.noPermissionSet(id)
  return found
}

const typeOf = { USER: 'User', GROUP: 'Group' } as const

export type ApiPrincipalType = keyof typeof typeOf

export const toPrincipalType = (type: Principal['type']): ApiPrincipalType =>
  type === 'User' ? 'USER' : 'GROUP'

/** The principal with an id in any case. One that does not exist has the id as sent. */
export async function findPrincipal(
  { store }: Pick<SsoAdminDeps, 'store'>,
  { tenant }: ApiCall,
  type: ApiPrincipalType,
  id: string,
): Promise<Principal & { readonly key?: number; readonly label?: string }> {
  for (const candidate of new Set([id, id.toLowerCase()])) {
    const found = await store.find({
      tenant: tenant.key,
      type: typeOf[type],
      id: toResourceId(candidate),
    })
    if (found) return { type: typeOf[type], id: candidate, key: found.key, label: found.label }
  }
  return { type: typeOf[type], id }
}

export const storeIdOf = ({ tenant }: ApiCall): string => identityStoreId(tenant.id)

type PagedInput = { readonly MaxResults?: number; readonly NextToken?: string }

const defaultMaxResults = 100

export async function readPage<Item>(
  { tokens }: Pick<SsoAdminDeps, 'tokens'>,
  { tenant }: ApiCall,
  operation: string,
  input: PagedInput,
  read: (page: PageAfter) => Promise<readonly Item[]>,
  positionOf: (item: Item) => string,
): Promise<{ readonly items: readonly Item[]; readonly rest: JsonObject; readonly continued: boolean }> {
  const { MaxResults = defaultMaxResults, NextToken = '' } = input
  const request = { tenant: tenant.key, operation, input }
  const continued = NextToken !== ''
  const found = await read({
    limit: MaxResults + 1,
    ...(continued && { after: String(tokens.open(NextToken, request)) }),
  })
  const items = found.slice(0, MaxResults)
  const last = items.at(-1)
  const hasMore = found.length > MaxResults && last !== undefined
  return {
    items,
    rest: hasMore ? { NextToken: tokens.seal(positionOf(last), request) } : {},
    continued,
  }
}
