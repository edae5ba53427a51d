export const levels = ['metrics', 'read', 'write', 'destroy'] as const
export type Level = (typeof levels)[number]

/** A named token for scripts that use the console, without its text. Times are the server's, in milliseconds since 1970. */
export type ConsoleToken = {
  readonly id: string
  readonly name: string
  readonly level: Level
  readonly ending: string
  readonly created: number
  readonly expires: number
  readonly lastUsed?: number
  readonly uses: number
}

export type ConsoleTokenOptions = {
  readonly name: string
  readonly level: Level
  /** Milliseconds from now until it expires. */
  readonly validity: number
}

export type IssuedConsoleToken = { readonly token: ConsoleToken; readonly text: string }

/**
 * The named tokens of the console. All are held in memory; changes are on disk, and known to all instances over the database,
 * before they are acknowledged. Of their texts, only hashes are stored.
 */
export interface ConsoleTokenStore {
  /** Newest first, including expired ones. */
  list(): readonly ConsoleToken[]
  /** The token with this text, unless it has expired. Counts no use. */
  find(text: string): ConsoleToken | undefined
  /** Throws `TenantError` for an invalid name or validity, if a token has the name, or if there is the maximum number of tokens. */
  create(options: ConsoleTokenOptions): Promise<IssuedConsoleToken>
  remove(id: string): Promise<boolean>
  noteUse(id: string): void
}

/** A session of a person who signed in to the console. Times are milliseconds since 1970, by the clock of the database. */
export type ConsoleSession = {
  /** For people and the API; the value of the cookie cannot be derived from it. */
  readonly id: string
  readonly issuer: string
  readonly subject: string
  readonly name?: string
  readonly role: 'read' | 'write'
  readonly authenticated?: number
  readonly acr?: string
  readonly created: number
  readonly lastUsed: number
  readonly expires: number
}

/** The most sessions of one person, by issuer and subject, and of all. */
export type SessionLimits = { readonly person: number; readonly total: number }

/**
 * The sessions of the console, by the SHA-256 of the secret in their cookie. Instances over one database share them; a database
 * of one process keeps them in memory, so that they end with it.
 */
export interface ConsoleSessionStore {
  /**
   * Beyond the limits, ends the least recently used sessions: of the same person, as long as the person has another one; only a
   * person's first session ends one of another person, beyond the limit of all.
   */
  save(hash: Buffer, session: ConsoleSession, limits: SessionLimits): Promise<void>
  find(hash: Buffer): Promise<ConsoleSession | undefined>
  get(id: string): Promise<ConsoleSession | undefined>
  touch(hash: Buffer, lastUsed: number): Promise<void>
  list(): Promise<readonly ConsoleSession[]>
  end(id: string): Promise<boolean>
  endAll(): Promise<number>
  prune(times: { readonly expired: number; readonly idle: number }): Promise<void>
}
