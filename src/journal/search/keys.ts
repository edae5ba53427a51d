import { profileNames } from '../../profiles/names.ts'
import type { Refusal } from '../../tenants/tenant.ts'
import type { ClientDialect } from '../exchange.ts'
import { operations } from '../operation.ts'
import { foldAscii, parseDurationBound, parseInstant, parseStatus } from './values.ts'

/** A field that a search can name. */
export type SearchKey = {
  readonly example: string
  /** Returns the canonical value, or undefined for an invalid one. Without it, any text is valid. */
  readonly read?: (text: string, now: number) => string | undefined
  /** The expected form of the value, in a sentence for an error. */
  readonly expects?: string
  /** All valid values. */
  readonly choices?: readonly string[]
  /** Matches only analyzed exchanges. */
  readonly needsNotes?: true
}

// The compiler requires every name of the union.
const allNames = <Name extends string>(names: Readonly<Record<Name, true>>): readonly string[] =>
  Object.keys(names)

const oneOf = (choices: readonly string[]) => ({
  choices,
  read: (text: string) => choices.find(choice => foldAscii(choice) === foldAscii(text)),
})

/** Any text; `any` matches every exchange that has a value. */
const orAny = { read: (text: string) => (foldAscii(text) === 'any' ? 'any' : text) }

const timeExpected =
  'Expected a time such as 14:00, 2026-03-01 or 2026-03-01T14:00, or an age such as 15m or 2h.'

const table = {
  status: {
    example: 'status:4xx',
    read: parseStatus,
    expects: 'Expected a status such as 404, or a class such as 4xx.',
  },
  method: {
    example: 'method:PATCH',
    ...oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY']),
  },
  operation: {
    example: 'operation:disable',
    ...oneOf(operations),
  },
  action: { example: 'action:disable' },
  user: { example: 'user:barney' },
  group: { example: 'group:engineers' },
  target: { example: 'target:barney' },
  resource: {
    example: 'resource:94482488-5041-7061-1b47-c0e0b6b2a1f8',
  },
  tenant: { example: 'tenant:acme' },
  after: {
    example: 'after:14:00',
    read: parseInstant,
    expects: timeExpected,
  },
  before: {
    example: 'before:2026-03-01',
    read: parseInstant,
    expects: timeExpected,
  },
  text: { example: 'text:"externalId"' },
  dialect: {
    example: 'dialect:default',
    needsNotes: true,
    ...oneOf(allNames<ClientDialect>({ default: true, aadOptscim062020: true, other: true })),
  },
  finding: {
    example: 'finding:client/no-external-id',
    needsNotes: true,
    ...orAny,
  },
  cycle: {
    example: 'cycle:0193a0b2-7d3c-7000-8a5e-6b1f2c3d4e5f',
    needsNotes: true,
  },
  token: { example: 'token:k3f9' },
  refused: {
    example: 'refused:expired',
    ...oneOf([
      ...allNames<Refusal>({
        missing: true,
        unknown: true,
        expired: true,
        deleted: true,
        'other-tenant': true,
        'read-only': true,
      }),
      'any',
    ]),
  },
  rule: {
    example: 'rule:aws/one-email',
    ...orAny,
  },
  profile: {
    example: 'profile:aws',
    ...oneOf(profileNames),
  },
  fault: {
    example: 'fault:any',
    ...orAny,
  },
  duration: {
    example: 'duration:>100ms',
    read: parseDurationBound,
    expects: 'Expected a bound such as >100ms or <2s.',
  },
  parent: {
    example: 'parent:0193a0b2-7d3c-7000-8a5e-6b1f2c3d4e5f',
  },
  id: { example: 'id:0193a0b2-7d3c-7000-8a5e-6b1f2c3d4e5f' },
  is: { example: 'is:replay', ...oneOf(['replay']) },
} as const satisfies Readonly<Record<string, SearchKey>>

export type KeyName = keyof typeof table

/** All fields that a search can name. */
export const searchKeys: Readonly<Record<KeyName, SearchKey>> = table

export const keyNames = Object.keys(table) as readonly KeyName[]
