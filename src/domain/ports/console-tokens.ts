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
