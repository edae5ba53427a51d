import { oneOf, type SearchKey, timeExpected } from '../journal/search/keys.ts'
import { parseTerms, type SearchLanguage, type TermOf } from '../journal/search/parse.ts'
import { foldAscii, parseInstant, parseStatus } from '../journal/search/values.ts'

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

const callerKinds = [
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

const table = {
  who: {
    description: 'whose caller has a name, an ID or a subject that contains this',
    example: 'who:anna',
  },
  caller: { description: 'from this kind of caller', example: 'caller:person', ...oneOf(callerKinds) },
  operation: {
    description: 'whose operation contains this',
    example: 'operation:purge',
  },
  tenant: { description: 'of this tenant', example: 'tenant:acme' },
  object: {
    description: 'about the object with this ID',
    example: 'object:94482488-5041-7061-1b47-c0e0b6b2a1f8',
  },
  status: {
    description: 'with this status or class of statuses; none: without one',
    example: 'status:4xx',
    read: (text: string) => (foldAscii(text) === 'none' ? 'none' : parseStatus(text)),
    expects: 'Enter a status such as 404, a class such as 4xx, or none.',
  },
  after: {
    description: 'at or after this time (server clock)',
    example: 'after:7d',
    read: parseInstant,
    expects: timeExpected,
  },
  before: {
    description: 'before this time (server clock)',
    example: 'before:2026-03-01',
    read: parseInstant,
    expects: timeExpected,
  },
} as const satisfies Readonly<Record<string, SearchKey>>

export type AuditKey = keyof typeof table

export const auditKeys: Readonly<Record<AuditKey, SearchKey>> = table

const names = Object.keys(table) as readonly AuditKey[]

const language: SearchLanguage<AuditKey> = {
  keys: auditKeys,
  names,
  find: name => names.find(key => key === foldAscii(name)),
}

/** `words`: text without a key, in the caller, the operation, the tenant or the objects. */
export type AuditTerm = TermOf<AuditKey | 'words'>

export type AuditSearch = readonly AuditTerm[]

/** Parses a search of the audit log, with times relative to `now`. Returns all errors. */
export const parseAuditSearch = (text: string, now: number) => parseTerms(text, now, language)

type AuditQuery = {
  readonly search: AuditSearch
  readonly limit: number
  readonly cursor?: string
}

/**
 * The audit log: changes at the console by people and scripts, newest first. Resetting data, restoring snapshots and deleting
 * tenants leave it unchanged.
 */
export interface Audit {
  /** The entry is on disk when the promise resolves. Returns its ID. IDs are in the order of the calls on one instance. */
  add(entry: AuditBeginning & { readonly outcome?: AuditOutcome }): Promise<string>
  complete(id: string, outcome: AuditOutcome): Promise<void>
  /** `total` is set if there is a next page of all entries, and there are at most 10,000. Throws `AuditCursorError`. */
  page(
    query: AuditQuery,
  ): Promise<{ readonly items: readonly AuditEntry[]; readonly next?: string; readonly total?: number }>
  batches(search: AuditSearch): AsyncIterable<readonly AuditEntry[]>
  /** Deletes the entries from before this time, in milliseconds since 1970. */
  prune(before: number): Promise<void>
}

export class AuditCursorError extends Error {
  constructor() {
    super('The cursor was not issued by the audit log. Omit it to start with the newest entry.')
    this.name = 'AuditCursorError'
  }
}
