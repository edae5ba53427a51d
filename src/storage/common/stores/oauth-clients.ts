import { randomUUID } from 'node:crypto'
import { requireOtherCredentials } from '../../../domain/tenants/credential.ts'
import {
  type ClientChange,
  type ClientOptions,
  type ClientSecret,
  type ClientSecretOptions,
  checkClientId,
  checkClientName,
  checkSecretLifetime,
  checkSecretText,
  checkTokenLifetime,
  defaultSecretLifetime,
  defaultTokenLifetime,
  type IssuedSecret,
  type KnownClient,
  maxLiveSecrets,
  newClientId,
  newSecretText,
  normalizeAssertion,
  type OAuthClient,
  type OAuthClientStore,
} from '../../../domain/tenants/oauth-clients.ts'
import { type Tenant, TenantError, type TenantStore, tenantNow } from '../../../domain/tenants/tenant.ts'
import { hashToken, sameHash, tokenEnding } from '../../../domain/tenants/tokens.ts'
import { type HeldTables, heldTable, json, type Plan } from '../held-tables.ts'
import { requireTenant } from '../tenant-rules.ts'
import { type AccessTokenRows, createAccessTokens } from './access-tokens.ts'
import { hashKey, tokenKey } from './tenants.ts'

type ClientRow = Omit<OAuthClient, 'secrets'> & {
  readonly clientId: string
  readonly deletedAt?: number
}

const clientTable = heldTable<ClientRow>('oauth_clients', {
  id: 'id',
  tenant: 'tenant',
  clientId: 'client_id',
  name: 'name',
  access: 'access',
  tokenLifetime: 'token_lifetime',
  assertion: json('assertion'),
  created: 'created',
  lastUsed: 'last_used',
  uses: 'uses',
  deletedAt: 'deleted_at',
})

type SecretRow = ClientSecret & {
  readonly tenant: number
  readonly client: string
  readonly hash: Buffer
  readonly deletedAt?: number
}

const secretTable = heldTable<SecretRow>('client_secrets', {
  id: 'id',
  tenant: 'tenant',
  client: 'client',
  hash: 'hash',
  ending: 'ending',
  created: 'created',
  expires: 'expires',
  lastUsed: 'last_used',
  uses: 'uses',
  deletedAt: 'deleted_at',
})

const isLive = ({ deletedAt }: ClientRow | SecretRow): boolean => deletedAt === undefined

/** Each request with an access token calls this; the rest of a pattern takes several times as long. */
const toSecret = ({ id, ending, created, expires, lastUsed, uses }: SecretRow): ClientSecret => ({
  id,
  ending,
  created,
  expires,
  ...(lastUsed !== undefined && { lastUsed }),
  uses,
})

/** Compared with the secrets of a client that has none, so that all comparisons take as long. */
const noHash = Buffer.alloc(32)

function holdClients(tables: HeldTables) {
  const rowIds = new Map<string, string>()
  const idKey = (tenant: number, clientId: string) => `${tenant} ${clientId}`
  const clients = tables.holdUsed(clientTable, {
    set: ({ id, tenant, clientId }) => void rowIds.set(idKey(tenant, clientId), id),
    clear: () => rowIds.clear(),
  })

  const secretIds = new Map<string, Set<string>>()
  const secretHashes = new Set<string>()
  const endings = new Set<string>()
  const secrets = tables.holdUsed(secretTable, {
    set({ id, client, hash, ending }) {
      secretIds.set(client, (secretIds.get(client) ?? new Set()).add(id))
      secretHashes.add(hashKey(hash))
      endings.add(ending)
    },
    clear() {
      for (const index of [secretIds, secretHashes, endings]) index.clear()
    },
  })
  const secretsOf = (client: string): readonly SecretRow[] => {
    const found: SecretRow[] = []
    for (const id of secretIds.get(client) ?? []) {
      const row = secrets.get(id)
      if (row) found.push(row)
    }
    return found
  }

  return {
    clients,
    secrets,
    secretsOf,
    row: ({ key }: Tenant, clientId: string) => clients.get(rowIds.get(idKey(key, clientId)) ?? ''),
    isSecret: (text: string): boolean => endings.has(tokenEnding(text)) && secretHashes.has(tokenKey(text)),
    toClient: (row: ClientRow): OAuthClient => ({
      id: row.clientId,
      tenant: row.tenant,
      name: row.name,
      access: row.access,
      tokenLifetime: row.tokenLifetime,
      created: row.created,
      ...(row.lastUsed !== undefined && { lastUsed: row.lastUsed }),
      uses: row.uses,
      secrets: secretsOf(row.id).filter(isLive).map(toSecret).reverse(),
      ...(row.assertion && { assertion: row.assertion }),
    }),
  }
}

export function createOAuthClientStore(
  tables: HeldTables,
  tenants: Pick<TenantStore, 'find' | 'findByKey'>,
  tokenRows: AccessTokenRows,
): OAuthClientStore {
  const { clients, secrets, secretsOf, row, isSecret, toClient } = holdClients(tables)
  const toKnown = (row: ClientRow): KnownClient => ({ client: toClient(row), isDeleted: !isLive(row) })
  const liveRow = (tenant: Tenant, clientId: string) => {
    const found = row(tenant, clientId)
    return found && isLive(found) ? found : undefined
  }
  const tokens = createAccessTokens(tables, tokenRows, {
    tenants,
    clients: {
      withRow(id) {
        const found = clients.get(id)
        return found && toKnown(found)
      },
      hasLiveSecret(id) {
        const secret = secrets.get(id)
        return secret !== undefined && isLive(secret)
      },
    },
  })
  // The clock may have been moved since the caller received the tenant.
  const nowOf = (tenant: Tenant) => tenantNow(tenants.find(tenant.id) ?? tenant, tables.now())

  return {
    list: tenant =>
      clients
        .all()
        .filter(client => client.tenant === tenant.key && isLive(client))
        .map(toClient)
        .reverse(),
    find(tenant, id) {
      const found = liveRow(tenant, id)
      return found && toClient(found)
    },
    known(tenant, id) {
      const found = row(tenant, id)
      return found && toKnown(found)
    },
    knownSecret(tenant, id, text) {
      const hash = hashToken(text)
      const own = secretsOf(row(tenant, id)?.id ?? '')
      if (own.length === 0) sameHash(noHash, hash)
      const found = own.filter(secret => sameHash(secret.hash, hash)).at(-1)
      return found && { secret: toSecret(found), isDeleted: !isLive(found) }
    },
    isSecret,

    async create(tenant, options = {}) {
      requireOtherCredentials(tenants.find(tenant.id) ?? tenant)
      const now = nowOf(tenant)
      const client = newClient(tenant, options, now)
      const secret = client.assertion ? undefined : newSecret(client, options.secret ?? {}, now)
      const issued = await tables.change(function* () {
        yield* requireTenant(tenant)
        if (yield* clientTable.find({ tenant: tenant.key, clientId: client.clientId })) {
          throw clientTaken(client.clientId)
        }
        yield* clientTable.insert(client)
        return secret && (yield* insertSecret(secret))
      })
      return { client: toClient(clients.get(client.id) ?? client), ...(issued && { secret: issued }) }
    },

    async update(tenant, id, change) {
      const held = liveRow(tenant, id)
      if (!held) return undefined
      const changed = await tables.change(function* () {
        const current = yield* clientTable.find({ id: held.id, deletedAt: undefined })
        return current && (yield* clientTable.update({ id: held.id }, changedProperties(current, change)))
      })
      return changed && toClient(clients.get(changed.id) ?? changed)
    },

    async remove(tenant, id) {
      const held = liveRow(tenant, id)
      if (!held) return false
      const isPresent = { id: held.id, deletedAt: undefined }
      const deletedAt = nowOf(tenant)
      return (await tables.change(() => clientTable.update(isPresent, { deletedAt }))) !== undefined
    },

    async createSecret(tenant, id, options = {}) {
      const client = liveRow(tenant, id)
      if (!client) return undefined
      const now = nowOf(tenant)
      const secret = newSecret(client, options, now)
      return tables.change(function* () {
        const current = yield* clientTable.find({ id: client.id, deletedAt: undefined })
        if (!current) return undefined
        yield* requireRoomForSecret(current, now)
        return yield* insertSecret(secret)
      })
    },

    async removeSecret(tenant, id, secret) {
      const client = liveRow(tenant, id)
      if (!client) return false
      const isPresent = { id: secret, client: client.id, deletedAt: undefined }
      const deletedAt = nowOf(tenant)
      return (await tables.change(() => secretTable.update(isPresent, { deletedAt }))) !== undefined
    },

    async issue(tenant, grant) {
      const client = liveRow(tenant, grant.client)
      if (!client) return undefined
      const now = nowOf(tenant)
      const issued = await tokens.issue(client, grant, now)
      if (!issued) return undefined
      clients.noteUse(client.id, now)
      if (grant.secret !== undefined) secrets.noteUse(grant.secret, now)
      return issued
    },
    findAccessToken: tokens.find,
    noteUse: tokens.noteUse,
    async accessTokens(tenant, id) {
      const client = id === undefined ? undefined : row(tenant, id)?.id
      return id !== undefined && client === undefined ? [] : tokens.list(tenant, client, nowOf(tenant))
    },
    revoke: (tenant, id) => tokens.revoke(tenant, id, nowOf(tenant)),
  }
}

type NewSecret = { readonly row: SecretRow; readonly text: string }

/** `now` is the tenant's time. Throws `TenantError`. */
function newClient(
  tenant: Tenant,
  { id = newClientId(), name = id, access = 'full', tokenLifetime, secret, assertion }: ClientOptions,
  now: number,
): ClientRow {
  checkClientId(id)
  checkClientName(name)
  const lifetime = tokenLifetime ?? defaultTokenLifetime
  checkTokenLifetime(lifetime)
  if (assertion && secret) {
    throw new TenantError(
      'invalid',
      'A client has either secrets or an assertion. Omit "secret", or omit "assertion".',
    )
  }
  return {
    ...{ id: randomUUID(), tenant: tenant.key, clientId: id, name, access, tokenLifetime: lifetime },
    ...(assertion && { assertion: normalizeAssertion(assertion) }),
    ...{ created: now, uses: 0 },
  }
}

/** Throws `TenantError`. */
function changedProperties(
  row: ClientRow,
  { name = row.name, access = row.access, tokenLifetime = row.tokenLifetime, assertion }: ClientChange,
) {
  checkClientName(name)
  checkTokenLifetime(tokenLifetime)
  if (assertion && !row.assertion) {
    throw new TenantError(
      'invalid',
      `The client "${row.clientId}" authenticates with secrets. Create another client for assertions.`,
    )
  }
  return { name, access, tokenLifetime, assertion: assertion ? normalizeAssertion(assertion) : row.assertion }
}

/** Throws `TenantError`. */
function newSecret(
  { id, tenant }: ClientRow,
  { text = newSecretText(), lifetime = defaultSecretLifetime }: ClientSecretOptions,
  now: number,
): NewSecret {
  checkSecretText(text)
  checkSecretLifetime(lifetime)
  const row = {
    ...{ id: randomUUID(), tenant, client: id, hash: hashToken(text), ending: tokenEnding(text) },
    ...{ created: now, expires: now + lifetime, uses: 0 },
  }
  return { row, text }
}

function* insertSecret({ row, text }: NewSecret): Plan<IssuedSecret> {
  return { secret: toSecret(yield* secretTable.insert(row)), text }
}

/** Throws `TenantError`. */
function* requireRoomForSecret({ id, clientId, assertion }: ClientRow, now: number): Plan<void> {
  if (assertion) {
    throw new TenantError(
      'invalid',
      `The client "${clientId}" authenticates with assertions, and has no secrets.`,
    )
  }
  const live = yield {
    text: 'select 1 from client_secrets where client = @client and deleted_at is null and expires > @now',
    params: { client: id, now },
  }
  if (live.length < maxLiveSecrets) return
  throw new TenantError(
    'limit',
    `The client "${clientId}" has ${live.length} secrets that have not expired, which is the maximum. Delete the one that is no longer used first.`,
  )
}

const clientTaken = (id: string) =>
  new TenantError(
    'taken',
    `"${id}" is or was the ID of a client of this tenant. Choose another one: the IDs of deleted clients cannot be reused.`,
  )
