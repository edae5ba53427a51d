import { profileNames } from '../../profiles/names.ts'
import type { Refusal } from '../../tenants/tenant.ts'
import type { ClientDialect } from '../exchange.ts'
import { operations } from '../operation.ts'
import { foldAscii, parseDurationBound, parseInstant, parseStatus } from './values.ts'

/** A field that a search can name. */
export type SearchKey = {
  /** What it finds, as the end of "requests …". */
  readonly description: string
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
  'Give a time such as 14:00, 2026-03-01 or 2026-03-01T14:00, or how long ago it was, such as 15m or 2h.'

const table = {
  status: {
    description: 'answered with this status, or with one of this class',
    example: 'status:4xx',
    read: parseStatus,
    expects: 'Give a status such as 404, or a class such as 4xx.',
  },
  method: {
    description: 'of this HTTP method',
    example: 'method:PATCH',
    ...oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY']),
  },
  operation: {
    description: 'that did this',
    example: 'operation:disable',
    ...oneOf(operations),
  },
  action: { description: 'with this in their action', example: 'action:disable' },
  user: { description: 'about a user with this in its name or id', example: 'user:barney' },
  group: { description: 'about a group with this in its name or id', example: 'group:engineers' },
  target: { description: 'about a resource with this in its name or id', example: 'target:barney' },
  resource: {
    description: 'about the resource with this id',
    example: 'resource:94482488-5041-7061-1b47-c0e0b6b2a1f8',
  },
  tenant: { description: 'of this tenant', example: 'tenant:acme' },
  after: {
    description: 'at or after this time of the server',
    example: 'after:14:00',
    read: parseInstant,
    expects: timeExpected,
  },
  before: {
    description: 'before this time of the server',
    example: 'before:2026-03-01',
    read: parseInstant,
    expects: timeExpected,
  },
  text: { description: 'with this in the URL or a body', example: 'text:"externalId"' },
  dialect: {
    description: 'of a client that writes PATCH in this way',
    example: 'dialect:default',
    needsNotes: true,
    ...oneOf(allNames<ClientDialect>({ default: true, aadOptscim062020: true, other: true })),
  },
  finding: {
    description: 'about which this was found; any for whatever was found',
    example: 'finding:client/no-external-id',
    needsNotes: true,
    ...orAny,
  },
  cycle: {
    description: 'of this cycle of a client',
    example: 'cycle:0193a0b2-7d3c-7000-8a5e-6b1f2c3d4e5f',
    needsNotes: true,
  },
  token: { description: 'with a token that ends in this', example: 'token:k3f9' },
  refused: {
    description: 'whose token was refused for this reason; any for whatever reason',
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
    description: 'refused by a rule with this in its id; any for whatever rule',
    example: 'rule:aws/one-email',
    ...orAny,
  },
  profile: {
    description: 'answered as this profile does',
    example: 'profile:aws',
    ...oneOf(profileNames),
  },
  fault: {
    description: 'spoiled by a fault with this in its id or words; any for whatever fault',
    example: 'fault:any',
    ...orAny,
  },
  duration: {
    description: 'answered in more or less time than this',
    example: 'duration:>100ms',
    read: parseDurationBound,
    expects: 'Give a bound such as >100ms or <2s.',
  },
  parent: {
    description: 'that were operations of this bulk request',
    example: 'parent:0193a0b2-7d3c-7000-8a5e-6b1f2c3d4e5f',
  },
  id: { description: 'with this id', example: 'id:0193a0b2-7d3c-7000-8a5e-6b1f2c3d4e5f' },
  is: { description: 'that the console sent again', example: 'is:replay', ...oneOf(['replay']) },
} as const satisfies Readonly<Record<string, SearchKey>>

export type KeyName = keyof typeof table

/** All fields that a search can name. */
export const searchKeys: Readonly<Record<KeyName, SearchKey>> = table

export const keyNames = Object.keys(table) as readonly KeyName[]
