import type { TenantStore } from '../../../domain/tenants/tenant.ts'
import type { HeldTables } from '../held-tables.ts'
import type { Seal } from '../seal.ts'
import { createAccessKeyStore } from './access-keys.ts'
import type { AccessTokenRows } from './access-tokens.ts'
import { createConsoleTokenStore } from './console-tokens.ts'
import { createFindingMuteStore } from './finding-mutes.ts'
import { createIssuerStore } from './issuers.ts'
import { createOAuthClientStore } from './oauth-clients.ts'

type Deps = {
  readonly tables: HeldTables
  readonly tenants: Pick<TenantStore, 'find' | 'findByKey'>
  /** Absent without a key to seal with: then there are no access keys. */
  readonly seal: Seal | undefined
  readonly accessTokens: AccessTokenRows
}

/** The stores of nouns with few rows, the same on both engines. */
export const createHeldStores = ({ tables, tenants, seal, accessTokens }: Deps) => ({
  accessKeys: createAccessKeyStore(tables, tenants, seal),
  consoleTokens: createConsoleTokenStore(tables),
  oauthClients: createOAuthClientStore(tables, tenants, accessTokens),
  issuers: createIssuerStore(tables, tenants),
  findingMutes: createFindingMuteStore(tables),
})
