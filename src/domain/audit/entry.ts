/** Who changed something at the console. */
export type AuditCaller =
  /** A caller of a console that requires neither a token nor a sign-in. */
  | { readonly kind: 'open' }
  | { readonly kind: 'token'; readonly id: string; readonly name: string }
  /** A person whose sign-in failed before the identity provider named them. */
  | { readonly kind: 'unknown' }
  /** `person`: signed in; `identity`: a token of the identity provider. The name is for display only. */
  | {
      readonly kind: 'person' | 'identity'
      readonly issuer: string
      readonly subject: string
      readonly name?: string
    }

export const callerKinds = [
  'open',
  'token',
  'person',
  'identity',
  'unknown',
] as const satisfies readonly AuditCaller['kind'][]

/** How the caller had authenticated. */
export type AuditAuthentication = {
  /** Seconds since the authentication. */
  readonly age?: number
  /** The authentication context class of the ID token. */
  readonly acr?: string
}

/** The objects that an operation concerned: the IDs of the first ones, and how many there were. */
export type AuditObjects = { readonly ids: readonly string[]; readonly count: number }

/** The maximum number of IDs in an entry. */
export const maxAuditIds = 20

export const toAuditObjects = (ids: readonly string[]): AuditObjects => ({
  ids: ids.slice(0, maxAuditIds),
  count: ids.length,
})

/** What is known before an operation runs. */
export type AuditBeginning = {
  /** Milliseconds since 1970, by the clock of the database. */
  readonly at: number
  readonly caller: AuditCaller
  readonly authentication?: AuditAuthentication
  /** The operation of the console's API, or an event of a sign-in. */
  readonly operation: string
  /** The ID of the tenant that the request names. */
  readonly tenant?: string
  /** The address from which the request came. */
  readonly address: string
}

/** What is known after an operation. */
export type AuditOutcome = {
  readonly status: number
  /** The kind of the problem, for a request that failed. */
  readonly problem?: string
  readonly objects: AuditObjects
}

/** One line of the audit log. Without an outcome, the server stopped before the operation was complete. */
export type AuditEntry = AuditBeginning & { readonly id: string; readonly outcome?: AuditOutcome }
