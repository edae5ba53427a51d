export type AuditCaller =
  /** A caller of a console that requires neither a token nor a sign-in. */
  | { readonly kind: 'open' }
  | { readonly kind: 'token'; readonly id: string; readonly name: string }
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

export type AuditAuthentication = {
  /** Seconds since the authentication. */
  readonly age?: number
  readonly acr?: string
}

export type AuditObjects = { readonly ids: readonly string[]; readonly count: number }

export const maxAuditIds = 20

export const toAuditObjects = (ids: readonly string[]): AuditObjects => ({
  ids: ids.slice(0, maxAuditIds),
  count: ids.length,
})

export type AuditBeginning = {
  /** Milliseconds since 1970, by the clock of the database. */
  readonly at: number
  readonly caller: AuditCaller
  readonly authentication?: AuditAuthentication
  readonly operation: string
  readonly tenant?: string
  readonly address: string
}

export type AuditOutcome = {
  readonly status: number
  readonly problem?: string
  readonly objects: AuditObjects
}

/** One line of the audit log. Without an outcome, the server stopped before the operation was complete. */
export type AuditEntry = AuditBeginning & { readonly id: string; readonly outcome?: AuditOutcome }
