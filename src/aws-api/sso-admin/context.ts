import type { MaybePromise } from '../../domain/event-loop/maybe-promise.ts'
import type { Intent } from '../../domain/journal/description.ts'
import type { ExchangeTarget } from '../../domain/journal/exchange.ts'
import type { Operation } from '../../domain/journal/operation.ts'
import type {
  AccountAssignments,
  PageAfter,
  PermissionSet,
  PermissionSetContent,
  Principal,
} from '../../domain/ports/account-assignments.ts'
import type { Cause, ResourceStore } from '../../domain/ports/resources.ts'
import { compact, type Json, type JsonObject } from '../../scim/json.ts'
import { toResourceId } from '../../scim/resource.ts'
import { excerpt } from '../../scim/text.ts'
import { permissionSetArn as arnOf, identityStoreId, instanceArn } from '../identifiers.ts'
import { type AnyOperation, type ApiCall, type ApiService, defineOperation } from '../operation.ts'
import type { PageTokens } from '../page-token.ts'
import type { Shape } from '../shape.ts'
import { ssoAdminErrors } from './errors.ts'

export type SsoAdminDeps = {
  readonly assignments: AccountAssignments
  readonly store: Pick<ResourceStore, 'find' | 'related'>
  readonly tokens: PageTokens
}

/** A request, the operation that it calls, and what the operation uses. */
export type SsoCall = ApiCall &
  SsoAdminDeps & {
    readonly operation: string
    /** What the journal records if the object is known. */
    readonly intentFor: (name: string) => Intent
  }

type SsoResult = {
  readonly output: JsonObject
  readonly intent?: Intent
  readonly found?: number
  readonly target?: ExchangeTarget
}

export type Does = readonly [operation: Operation, action: string]

type Declaration<Input, Found extends readonly unknown[] = []> = {
  readonly service?: ApiService
  readonly name: string
  /** What the journal records, unless the result names the object. */
  readonly does: Does
  readonly input: Shape<Input>
  readonly run: (call: SsoCall, input: Input, ...found: Found) => MaybePromise<SsoResult>
}

export type SsoOperation = (deps: SsoAdminDeps) => AnyOperation

export const intentOf = (operation: Operation, action: string): Intent => ({
  kind: 'other',
  operation,
  action,
})

/** An operation on the instance that the request names, if it names one. Only `list` and `read` need no full access. */
export const ssoOperation =
  <Input>({ does: [operation, action], run, ...declaration }: Declaration<Input>): SsoOperation =>
  deps => {
    const intent = intentOf(operation, action)
    const intentFor = (object: string) => intentOf(operation, `${action} ${named(object)}`)
    return defineOperation<Input>({
      service: 'sso',
      ...declaration,
      access: operation === 'list' || operation === 'read' ? 'read' : 'write',
      intent,
      run: async (request, input) => {
        const call: SsoCall = { ...deps, ...request, operation: declaration.name, intentFor }
        const { InstanceArn } = input as { readonly InstanceArn?: string }
        if (InstanceArn !== undefined) requireInstance(call, InstanceArn)
        const { found, intent: done = intent, ...result } = await run(call, input)
        return { ...result, intent: { ...done, ...compact({ found }) } }
      },
    })
  }

export type OnPermissionSet = { readonly InstanceArn: string; readonly PermissionSetArn: string }

/** An operation on an existing permission set. The journal records its name, unless the result has another intent. */
export const permissionSetOperation = <Input extends OnPermissionSet>({
  run,
  ...declaration
}: Declaration<Input, [PermissionSet]>): SsoOperation =>
  ssoOperation<Input>({
    ...declaration,
    run: async (call, input) => {
      const found = await findPermissionSet(call, permissionSetIdOf(call, input.PermissionSetArn))
      return { intent: call.intentFor(found.name), ...(await run(call, input, found)) }
    },
  })

export const named = (name: string): string => excerpt(name, 60)

export const causeOf = ({ now, exchange }: ApiCall): Cause => ({ now, exchange })

/** Timestamps are seconds since 1970. */
export const toSeconds = (milliseconds: number): number => milliseconds / 1000

/** Throws ApiError unless the request names the instance of its tenant. */
export function requireInstance(call: SsoCall, arn: string): void {
  if (arn !== instanceArn(call.tenant)) throw ssoAdminErrors.otherInstance(call, call.operation, arn)
}

export const permissionSetArn = ({ tenant }: ApiCall, id: string): string => arnOf(tenant, id)

/** The id of a permission set of the tenant. Throws ApiError for the ARN of another instance. */
export function permissionSetIdOf(call: ApiCall, arn: string): string {
  const id = arn.slice(arn.lastIndexOf('/') + 1)
  if (permissionSetArn(call, id) !== arn) throw ssoAdminErrors.noPermissionSet(id)
  return id
}

/** Throws ApiError if there is none. */
export async function findPermissionSet(
  { assignments, tenant }: SsoCall,
  id: string,
): Promise<PermissionSet> {
  const found = await assignments.permissionSet(tenant.key, id)
  if (!found) throw ssoAdminErrors.noPermissionSet(id)
  return found
}

/** Throws ApiError if there is none. `change` is pure. */
export async function changePermissionSet(
  { assignments, tenant, intentFor }: SsoCall,
  id: string,
  change: (content: PermissionSetContent) => PermissionSetContent,
): Promise<SsoResult> {
  const changed = await assignments.updatePermissionSet(tenant.key, id, ({ content }) => change(content))
  if (!changed) throw ssoAdminErrors.noPermissionSet(id)
  return { output: {}, intent: intentFor(changed.name) }
}

const typeOf = { USER: 'User', GROUP: 'Group' } as const

export const toPrincipalType = (type: Principal['type']): keyof typeof typeOf =>
  type === 'User' ? 'USER' : 'GROUP'

type PrincipalInput = { readonly PrincipalType: keyof typeof typeOf; readonly PrincipalId: string }

/** The principal with an id in any case, and its key in the store. One that does not exist has the id as sent. */
export async function findPrincipal(
  { store, tenant }: SsoCall,
  { PrincipalType, PrincipalId }: PrincipalInput,
): Promise<{ readonly target: Principal & { readonly label?: string }; readonly key?: number }> {
  const type = typeOf[PrincipalType]
  for (const id of new Set([PrincipalId, PrincipalId.toLowerCase()])) {
    const found = await store.find({ tenant: tenant.key, type, id: toResourceId(id) })
    if (found) return { target: { type, id, ...compact({ label: found.label }) }, key: found.key }
  }
  return { target: { type, id: PrincipalId } }
}

export const storeIdOf = ({ tenant }: ApiCall): string => identityStoreId(tenant)

export type PagedInput = { readonly MaxResults?: number; readonly NextToken?: string }

type List<Item> = {
  /** The member of the output that has the items. */
  readonly member: string
  readonly read: (page: PageAfter) => MaybePromise<readonly Item[]>
  readonly positionOf: (item: Item) => string
  readonly view: (item: Item) => Json
}

const defaultMaxResults = 100

export async function readPage<Item>(
  { tokens, tenant, operation }: SsoCall,
  input: PagedInput,
  { member, read, positionOf, view }: List<Item>,
) {
  const { MaxResults = defaultMaxResults, NextToken = '' } = input
  const request = { tenant: tenant.key, operation, input }
  const found = await read({
    limit: MaxResults + 1,
    ...(NextToken !== '' && { after: String(tokens.open(NextToken, request)) }),
  })
  const items = found.slice(0, MaxResults)
  const last = items.at(-1)
  const hasMore = found.length > MaxResults && last !== undefined
  return {
    output: {
      [member]: items.map(item => view(item)),
      ...(hasMore && { NextToken: tokens.seal(positionOf(last), request) }),
    },
    found: items.length,
  }
}
