import { ApiError } from '../../src/aws-api/api-error.ts'
import { accountId, identityStoreId } from '../../src/aws-api/identifiers.ts'
import { identityStoreOperations } from '../../src/aws-api/identity-store/operations.ts'
import type { ApiResult } from '../../src/aws-api/operation.ts'
import { createPageTokens } from '../../src/aws-api/page-token.ts'
import type { Directory, Memberships } from '../../src/domain/ports/directory.ts'
import type { ResourceStore } from '../../src/domain/ports/resources.ts'
import type { OnDelete, Tenant } from '../../src/domain/tenants/tenant.ts'
import type { ProfileName } from '../../src/profiles/names.ts'
import type { OperationName } from '../../src/profiles/profile.ts'
import { loadProfile } from '../../src/profiles/registry.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import { typeByName } from '../../src/scim/resource-types.ts'
import type { Call } from '../../src/scim-api/provider/call.ts'
import { createProvider } from '../../src/scim-api/provider/provider.ts'
import { createKeptOrders } from '../../src/storage/common/in-memory.ts'

export type IdentityStoreParts = {
  readonly store: ResourceStore
  readonly memberships: Memberships
  readonly directory: Directory
}

export type TenantOptions = {
  readonly key?: number
  readonly id?: string
  readonly switches?: Readonly<Record<string, string>>
  readonly onDelete?: OnDelete
  readonly profile?: ProfileName
}

export const accessKey = 'SCIMAAAABBBBCCCCDDDD'

/** The tenant's two APIs over one store: SCIM and the Identity Store. Its clock shows 1,000 more at each request. */
export function openApis(parts: IdentityStoreParts, options: TenantOptions = {}) {
  const { key = 1, id = 'acme', switches = {}, onDelete = 'retain', profile = 'aws' } = options
  const tenant: Tenant = {
    key,
    id,
    profile: loadProfile(profile, switches),
    settings: { profile, onDelete, throttle: 'off', switches },
    declared: { schemas: [], resourceTypes: [] },
    clockOffset: 0,
    created: 0,
  }
  const cursorKey = () => Buffer.alloc(32, 7)
  const provider = createProvider({ store: parts.store, orders: createKeptOrders(parts.store), cursorKey })
  const operations = new Map(
    identityStoreOperations({ ...parts, provider, pageTokens: createPageTokens(cursorKey) }).map(
      operation => [operation.name, operation],
    ),
  )
  const IdentityStoreId = identityStoreId(id)
  let now = 1_700_000_000_000
  let requests = 0
  const exchange = () => `exchange-${String(++requests).padStart(6, '0')}`

  const run = async (name: string, input: JsonObject = {}, region = 'us-east-1'): Promise<ApiResult> => {
    const operation = operations.get(name)
    if (!operation) throw new Error(`There is no operation ${name}.`)
    now += 1000
    return operation.call(
      {
        tenant,
        principal: { account: accountId(id), keyId: accessKey },
        now,
        exchange: exchange(),
        region: { signed: region, own: 'us-east-1' },
      },
      { IdentityStoreId, ...input },
    )
  }

  const scimCall = (type: 'User' | 'Group', operation: OperationName): Call => {
    const found = typeByName(tenant.profile.schema.resourceTypes, type)
    if (!found) throw new Error(`There is no type ${type}.`)
    now += 1000
    return { tenant, type: found, operation, now, exchange: exchange() }
  }

  return {
    tenant,
    provider,
    operations: [...operations.values()],
    IdentityStoreId,
    account: accountId(id),
    scimCall,
    run,
    /** The output of an operation of the Identity Store API. */
    api: async (name: string, input?: JsonObject): Promise<JsonObject> =>
      (await run(name, input)).output ?? {},
    /** The error of a rejected request: type, message and members. */
    rejection: (name: string, input?: JsonObject, region?: string): Promise<JsonObject> =>
      run(name, input, region).then(
        () => ({ type: 'it was not rejected' }),
        (error: unknown) => {
          if (!(error instanceof ApiError)) throw error
          const { type, message, rule, members } = error
          return { type, message, ...members, rule: rule ?? '' }
        },
      ),
    now: () => now,
  }
}

export type Apis = ReturnType<typeof openApis>
