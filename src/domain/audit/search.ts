import { oneOf, type SearchKey, timeExpected } from '../journal/search/keys.ts'
import { parseTerms, type SearchLanguage, type TermOf } from '../journal/search/parse.ts'
import { foldAscii, parseInstant, parseStatus } from '../journal/search/values.ts'
import { callerKinds } from './entry.ts'

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
