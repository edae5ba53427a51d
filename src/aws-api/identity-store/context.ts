import type { ExchangeTarget } from '../../domain/journal/exchange.ts'
import type { Directory, MembershipScope, Memberships } from '../../domain/ports/directory.ts'
import type { Cause, Place, ResourceStore, Via } from '../../domain/ports/resources.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { ScimError } from '../../scim/error.ts'
import { type StoredResource, toResourceId } from '../../scim/resource.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import type { Provider } from '../../scim-api/provider/provider.ts'
import { ApiError } from '../api-error.ts'
import { identityStoreId } from '../identifiers.ts'
import { type AnyOperation, type ApiCall, type ApiOperation, defineOperation } from '../operation.ts'
import type { PageTokens } from '../page-token.ts'
import { errors } from './errors.ts'

export type IdentityStoreDeps = {
  readonly store: ResourceStore
  readonly memberships: Memberships
  readonly directory: Pick<Directory, 'authors'>
  readonly provider: Pick<Provider, 'remove'>
  readonly pageTokens: PageTokens
}

export type TypeName = 'User' | 'Group'

/** Tenants of the profile "aws" have both types. */
export function typeOf({ profile }: Tenant, name: TypeName): ResourceType {
  const type = typeByName(profile.schema.resourceTypes, name)
  if (!type) throw new Error(`The profile ${profile.name} has no type ${name}.`)
  return type
}

export const scopeOf = ({ tenant }: ApiCall): MembershipScope => ({
  tenant: tenant.key,
  groupType: 'Group',
  memberType: 'User',
})

export const viaOf = ({ principal }: ApiCall): Via => ({ api: 'identity-store', accessKey: principal.keyId })

export const causeOf = (call: ApiCall): Cause => ({
  now: call.now,
  exchange: call.exchange,
  via: viaOf(call),
})

export const placeOf = ({ tenant }: ApiCall, type: TypeName, id: string): Place => ({
  tenant: tenant.key,
  type,
  id: toResourceId(id),
})

/** Clients may change the letter case of ids: looked up as sent, then in lower case. */
export async function findById(
  { store }: Pick<IdentityStoreDeps, 'store'>,
  call: ApiCall,
  type: TypeName,
  id: string,
): Promise<StoredResource | undefined> {
  const found = await store.find(placeOf(call, type, id))
  const lower = id.toLowerCase()
  return found || lower === id ? found : store.find(placeOf(call, type, lower))
}

type StoreOperation<Input> = Omit<ApiOperation<Input>, 'service'> & {
  readonly target?: (input: Input) => ExchangeTarget
}

export const defineStoreOperation = <Input extends { readonly IdentityStoreId: string }>({
  run,
  target,
  ...operation
}: StoreOperation<Input>): AnyOperation =>
  defineOperation<Input>({
    ...operation,
    service: 'identitystore',
    run: async (call, input) => {
      checkStore(call, input.IdentityStoreId)
      try {
        return await run(call, input)
      } catch (error) {
        const failure = toApiError(error, input.IdentityStoreId)
        if (!target || !(failure instanceof ApiError) || failure.subject.target) throw failure
        throw failure.about({ ...failure.subject, target: target(input) })
      }
    },
  })

function checkStore({ tenant, region }: ApiCall, id: string): void {
  const isHere = region.signed === region.own || tenant.profile.awsApis?.otherRegion !== 'empty'
  if (id !== identityStoreId(tenant) || !isHere) throw errors.noStore(id)
}

function toApiError(error: unknown, store: string): unknown {
  if (!(error instanceof ScimError)) return error
  switch (error.reason) {
    case 'uniqueness':
      return duplicate(error)
    case 'quotaExceeded':
      return errors.quotaExceeded(error.detail)
    case 'tooMany':
      return errors.tooLarge(error.detail)
    // The tenant was deleted meanwhile.
    case 'unauthorized':
      return errors.noStore(store)
    default:
      return error
  }
}

function duplicate({ type, attribute }: ScimError): ApiError {
  if (type === 'Group') return errors.duplicateGroupName()
  return attribute === 'emails.value' ? errors.duplicateEmail() : errors.duplicateUserName()
}
