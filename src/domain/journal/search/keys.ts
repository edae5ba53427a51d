import { profileNames } from '../../../profiles/names.ts'
import { products } from '../../../scim/recognition/products.ts'
import type { Refusal } from '../../tenants/tenant.ts'
import { awsApis, parseAwsOperation } from '../aws-operations.ts'
import type { ClientDialect, SignatureRefusal } from '../exchange.ts'
import { operations } from '../operation.ts'
import { foldAscii, parseDurationBound, parseInstant, parseStatus } from './values.ts'

export type SearchKey = {
  readonly description: string
  readonly example: string
  readonly read?: (text: string, now: number) => string | undefined
  readonly expects?: string
  readonly choices?: readonly string[]
  readonly needsNotes?: true
}

const allNames = <Name extends string>(names: Readonly<Record<Name, true>>): readonly string[] =>
  Object.keys(names)

export const oneOf = (choices: readonly string[]) => ({
  choices,
  read: (text: string) => choices.find(choice => foldAscii(choice) === foldAscii(text)),
})

/** Any text; `any` matches every exchange that has a value. */
const orAny = { read: (text: string) => (foldAscii(text) === 'any' ? 'any' : text) }

const operation = oneOf(operations)

export const timeExpected =
  'Enter a time such as 14:00, 2026-03-01 or 2026-03-01T14:00, or a time ago such as 15m or 2h.'

const table = {
  status: {
    description: 'with this status or class of statuses',
    example: 'status:4xx',
    read: parseStatus,
    expects: 'Enter a status such as 404, or a class such as 4xx.',
  },
  method: {
    description: 'of this HTTP method',
    example: 'method:PATCH',
    ...oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY']),
  },
  operation: {
    description: 'with this operation, or of this operation of an AWS API',
    example: 'operation:disable',
    choices: operations,
    read: (text: string) =>
      operation.read(foldAscii(text) === 'refused' ? 'rejected' : text) ?? parseAwsOperation(text),
  },
  api: {
    description: 'to this API',
    example: 'api:identity-store',
    ...oneOf(['scim', ...awsApis]),
  },
  key: {
    description: 'signed with this access key; any: with any access key',
    example: 'key:SCIMA2B3C4D5E6F7G2H3',
    ...orAny,
  },
  action: { description: 'whose action contains this', example: 'action:disable' },
  user: { description: 'about a user whose name or ID contains this', example: 'user:barney' },
  group: { description: 'about a group whose name or ID contains this', example: 'group:engineers' },
  target: { description: 'about a resource whose name or ID contains this', example: 'target:barney' },
  resource: {
    description: 'about the resource with this ID',
    example: 'resource:94482488-5041-7061-1b47-c0e0b6b2a1f8',
  },
  tenant: { description: 'of this tenant', example: 'tenant:acme' },
  after: {
    description: 'at or after this time (server clock)',
    example: 'after:14:00',
    read: parseInstant,
    expects: timeExpected,
  },
  before: {
    description: 'before this time (server clock)',
    example: 'before:2026-03-01',
    read: parseInstant,
    expects: timeExpected,
  },
  'tenant-after': {
    description: "at or after this time by the tenant's clock",
    example: 'tenant-after:2026-03-01T14:00',
    read: parseInstant,
    expects: timeExpected,
  },
  'tenant-before': {
    description: "before this time by the tenant's clock",
    example: 'tenant-before:2026-03-01',
    read: parseInstant,
    expects: timeExpected,
  },
  text: { description: 'whose URL or body contains this', example: 'text:"externalId"' },
  client: {
    description: 'from this client; any: from any client that is recognized',
    example: 'client:okta',
    needsNotes: true,
    ...oneOf([...products, 'any']),
  },
  dialect: {
    description: 'from a client with this PATCH dialect',
    example: 'dialect:default',
    needsNotes: true,
    ...oneOf(allNames<ClientDialect>({ default: true, aadOptscim062020: true, other: true })),
  },
  finding: {
    description: 'with this finding; any: with any finding',
    example: 'finding:client/no-external-id',
    needsNotes: true,
    ...orAny,
  },
  cycle: {
    description: 'in this cycle of a client; any: in any cycle',
    example: 'cycle:0193a0b2-7d3c-7000-8a5e-6b1f2c3d4e5f',
    needsNotes: true,
    ...orAny,
  },
  token: {
    description:
      'with a token that ends in this, or with a JWT or client that has this issuer, audience, caller, key or ID',
    example: 'token:k3f9',
  },
  rejected: {
    description: 'whose token or signature was rejected for this reason; any: for any reason',
    example: 'rejected:expired',
    ...oneOf([
      ...allNames<Refusal | SignatureRefusal>({
        missing: true,
        unknown: true,
        expired: true,
        deleted: true,
        'other-tenant': true,
        'read-only': true,
        'not-offered': true,
        malformed: true,
        'unknown-issuer': true,
        'wrong-audience': true,
        'wrong-caller': true,
        'bad-signature': true,
        'unknown-key': true,
        'weak-algorithm': true,
        'not-yet-valid': true,
        'keys-unreachable': true,
        ambiguous: true,
        'insufficient-scope': true,
        'wrong-secret': true,
        'wrong-signature': true,
        'clock-skew': true,
        'malformed-signature': true,
        'session-token': true,
        unreadable: true,
      }),
      'any',
    ]),
  },
  rule: {
    description: 'rejected by a rule whose ID contains this; any: by any rule',
    example: 'rule:aws/email-is-primary',
    ...orAny,
  },
  profile: {
    description: 'handled by this profile',
    example: 'profile:aws',
    ...oneOf(profileNames),
  },
  fault: {
    description: 'with an injected fault whose ID or effect contains this; any: with any fault',
    example: 'fault:any',
    ...orAny,
  },
  duration: {
    description: 'that took more or less time than this',
    example: 'duration:>100ms',
    read: parseDurationBound,
    expects: 'Enter a limit such as >100ms or <2s.',
  },
  parent: {
    description: 'that are operations of this bulk request',
    example: 'parent:0193a0b2-7d3c-7000-8a5e-6b1f2c3d4e5f',
  },
  id: { description: 'with this ID', example: 'id:0193a0b2-7d3c-7000-8a5e-6b1f2c3d4e5f' },
  is: { description: 'that the console replayed', example: 'is:replay', ...oneOf(['replay']) },
} as const satisfies Readonly<Record<string, SearchKey>>

export type KeyName = keyof typeof table

export const searchKeys: Readonly<Record<KeyName, SearchKey>> = table

export const keyNames = Object.keys(table) as readonly KeyName[]

/** The key with this name, in any case, or with a name of earlier versions, which bookmarks and scripts contain. */
export function findKey(name: string): KeyName | undefined {
  const folded = foldAscii(name)
  return folded === 'refused' ? 'rejected' : keyNames.find(key => key === folded)
}
