import type { KnownClient, KnownSecret } from '../../domain/ports/oauth-clients.ts'
import type { ClientSecret, OAuthClient } from '../../domain/tenants/oauth-clients.ts'
import type { Access, Tenant } from '../../domain/tenants/tenant.ts'
import { hashKey, hashToken, sameHash, tokenEnding, tokenKey } from '../../domain/tenants/tokens.ts'

/** A row of the table `oauth_clients`. */
export type ClientRow = {
  readonly id: string
  readonly tenant: number
  readonly client_id: string
  readonly name: string
  readonly access: Access
  /** Seconds. */
  readonly token_lifetime: number
  /** JSON. */
  readonly assertion: string | null
  readonly created: number
  readonly last_used: number | null
  readonly uses: number
  readonly deleted_at: number | null
}

/** A row of the table `client_secrets`. */
export type SecretRow = {
  readonly id: string
  readonly tenant: number
  /** The id of the row of the client. */
  readonly client: string
  readonly hash: Buffer
  readonly ending: string
  readonly created: number
  readonly expires: number
  readonly last_used: number | null
  readonly uses: number
  readonly deleted_at: number | null
}

/** The access tokens that were issued to a client, or for a secret. `id` is that of the row. */
export type Issues = { readonly id: string; readonly uses: number; readonly lastUsed?: number }

type HeldSecret = { row: SecretRow; issues: Issues }
type HeldClient = { row: ClientRow; issues: Issues; readonly secrets: Map<string, HeldSecret> }

const issuesOf = ({ id, uses, last_used }: ClientRow | SecretRow): Issues => ({
  id,
  uses,
  ...(last_used !== null && { lastUsed: last_used }),
})

const toSecret = ({ row, issues }: HeldSecret): ClientSecret => ({
  id: row.id,
  ending: row.ending,
  created: row.created,
  expires: row.expires,
  ...(issues.lastUsed !== undefined && { lastUsed: issues.lastUsed }),
  uses: issues.uses,
})

const isLive = ({ row }: HeldClient | HeldSecret): boolean => row.deleted_at === null

const toClient = ({ row, issues, secrets }: HeldClient): OAuthClient => ({
  id: row.client_id,
  tenant: row.tenant,
  name: row.name,
  access: row.access,
  tokenLifetime: row.token_lifetime,
  created: row.created,
  ...(issues.lastUsed !== undefined && { lastUsed: issues.lastUsed }),
  uses: issues.uses,
  secrets: [...secrets.values()].filter(isLive).map(toSecret).reverse(),
  ...(row.assertion !== null && { assertion: JSON.parse(row.assertion) }),
})

/** Compared with the secrets of a client that has none, so that all comparisons take as long. */
const noHash = Buffer.alloc(32)

/** Holds the clients of the database and their secrets in memory. */
export function createClientRegister() {
  const clients = new Map<string, HeldClient>()
  const byClientId = new Map<string, HeldClient>()
  const keyOf = (tenant: number, clientId: string) => `${tenant} ${clientId}`
  const heldClient = ({ key }: Tenant, clientId: string) => byClientId.get(keyOf(key, clientId))
  const heldSecret = (id: string) => {
    const client = secretOwners.get(id)
    return client === undefined ? undefined : clients.get(client)?.secrets.get(id)
  }
  const secretOwners = new Map<string, string>()
  const secretHashes = new Set<string>()
  /** Few texts have to be hashed. */
  const endings = new Set<string>()

  return {
    setClient(row: ClientRow, issues: Issues = issuesOf(row)): void {
      const known = clients.get(row.id)
      const held = { row, issues, secrets: known?.secrets ?? new Map<string, HeldSecret>() }
      clients.set(row.id, held)
      byClientId.set(keyOf(row.tenant, row.client_id), held)
    },
    /** After its client. */
    setSecret(row: SecretRow, issues: Issues = issuesOf(row)): void {
      clients.get(row.client)?.secrets.set(row.id, { row, issues })
      secretOwners.set(row.id, row.client)
      secretHashes.add(hashKey(row.hash))
      endings.add(row.ending)
    },
    clear(): void {
      clients.clear()
      byClientId.clear()
      secretOwners.clear()
      secretHashes.clear()
      endings.clear()
    },

    issuesOfClient: (id: string): Issues | undefined => clients.get(id)?.issues,
    issuesOfSecret: (id: string): Issues | undefined => heldSecret(id)?.issues,
    setIssuesOfClient(issues: Issues): void {
      const held = clients.get(issues.id)
      if (held) held.issues = issues
    },
    setIssuesOfSecret(issues: Issues): void {
      const held = heldSecret(issues.id)
      if (held) held.issues = issues
    },
    /** Counts an access token. Returns the new numbers of the client and of the secret. */
    noteIssue(client: string, secret: string | null, at: number) {
      const counted = (held: HeldClient | HeldSecret | undefined): Issues | undefined => {
        if (held) held.issues = { ...held.issues, uses: held.issues.uses + 1, lastUsed: at }
        return held?.issues
      }
      return {
        client: counted(clients.get(client)),
        secret: secret === null ? undefined : counted(heldSecret(secret)),
      }
    },

    list: (tenant: Tenant): readonly OAuthClient[] =>
      [...clients.values()]
        .filter(held => held.row.tenant === tenant.key && isLive(held))
        .map(toClient)
        .reverse(),

    known(tenant: Tenant, clientId: string): KnownClient | undefined {
      const held = heldClient(tenant, clientId)
      return held && { client: toClient(held), isDeleted: !isLive(held) }
    },

    find(tenant: Tenant, clientId: string): OAuthClient | undefined {
      const held = heldClient(tenant, clientId)
      return held && isLive(held) ? toClient(held) : undefined
    },
    /** A client that was just written. */
    written(tenant: Tenant, clientId: string): OAuthClient {
      const held = heldClient(tenant, clientId)
      if (!held) throw new Error(`The client "${clientId}" is not held.`)
      return toClient(held)
    },

    knownSecret(tenant: Tenant, clientId: string, text: string): KnownSecret | undefined {
      const hash = hashToken(text)
      const secrets = [...(heldClient(tenant, clientId)?.secrets.values() ?? [])]
      if (secrets.length === 0) sameHash(noHash, hash)
      const found = secrets.filter(({ row }) => sameHash(row.hash, hash)).at(-1)
      return found && { secret: toSecret(found), isDeleted: !isLive(found) }
    },

    /** Whether the text is the value of a secret of any client, deleted ones included. */
    isSecret: (text: string): boolean => endings.has(tokenEnding(text)) && secretHashes.has(tokenKey(text)),

    /** The id of the row of a client, also of a deleted one. */
    rowIdOf: (tenant: Tenant, clientId: string): string | undefined => heldClient(tenant, clientId)?.row.id,
    /** The row of a client that isn't deleted. */
    liveRow(tenant: Tenant, clientId: string): ClientRow | undefined {
      const held = heldClient(tenant, clientId)
      return held && isLive(held) ? held.row : undefined
    },
    /** The client of a row, and whether it is deleted. */
    clientOfRow(id: string): KnownClient | undefined {
      const held = clients.get(id)
      return held && { client: toClient(held), isDeleted: !isLive(held) }
    },
    /** Whether a secret exists and isn't deleted. */
    hasLiveSecret(id: string): boolean {
      const held = heldSecret(id)
      return held !== undefined && isLive(held)
    },
  }
}

export type ClientRegister = ReturnType<typeof createClientRegister>
