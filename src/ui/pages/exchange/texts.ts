import { escapeHidden } from '../../../domain/client-text.ts'
import type { Cycle } from '../../../domain/contract/cycles.ts'
import type { Exchange } from '../../../domain/contract/exchanges.ts'
import type { Outcome } from '../../../domain/contract/explanation.ts'
import { formatClient } from '../../../scim/recognition/products.ts'
import { formatValue } from '../../components/json.tsx'

/** A path without the URN of its schema. */
export const shortPath = (path: string): string =>
  escapeHidden(path.startsWith('urn:') ? path.slice(path.lastIndexOf(':') + 1) : path)

/** What a request changed, a text for each attribute and member. `target`: the resource that it addressed. */
export const changeTexts = (
  { differences, memberships }: Pick<Outcome, 'differences' | 'memberships'>,
  names: Readonly<Record<string, string>>,
  target: string | undefined,
): readonly string[] => [
  ...differences.map(({ path, before, after }) => {
    const named = (value: unknown) =>
      value === undefined ? 'none' : formatValue(typeof value === 'string' ? (names[value] ?? value) : value)
    return `${shortPath(path)} ${before === undefined ? '' : `${named(before)} → `}${named(after)}`
  }),
  ...memberships.map(({ event, group, member }) => {
    const isGroup = group.id === target
    const other = isGroup ? member : group
    const verb = isGroup ? event : event === 'added' ? 'joined' : 'left'
    const name = escapeHidden(other.display ?? other.id)
    return isGroup ? `${name} ${verb}` : `${verb} ${name}`
  }),
]

type Refusal = NonNullable<Exchange['refusal']>

const refusalLabels: Readonly<Record<Refusal, string>> = {
  missing: 'No token in the request.',
  unknown: 'Unknown token.',
  expired: 'The token has expired.',
  deleted: 'The token was deleted.',
  'other-tenant': 'The token belongs to another tenant.',
  'read-only': 'The token is read-only.',
  'not-offered': 'The client sent a JWT. AWS accepts its own access tokens only.',
  malformed: 'The JWT cannot be read, lacks a required claim, or is an ID token.',
  'unknown-issuer': 'The tenant does not trust the issuer of the JWT.',
  'wrong-audience': 'The JWT is for another audience.',
  'wrong-caller': 'The JWT was issued to another client.',
  'bad-signature': 'The signature of the JWT is wrong.',
  'unknown-key': 'The JWT is signed with a key that its issuer does not publish.',
  'weak-algorithm': 'The JWT is signed with an algorithm or a key that is not accepted.',
  'not-yet-valid': 'The JWT is not valid yet.',
  'keys-unreachable': 'The keys of the issuer could not be fetched.',
  ambiguous: 'Issuers of several tenants fit the JWT, and the URL names no tenant.',
  'insufficient-scope': 'The JWT has none of the required scopes.',
  'wrong-secret': 'The client secret is wrong.',
  'wrong-signature': 'The signature does not match the request.',
  'clock-skew': 'The request was signed more than 5 minutes before or after the server’s time.',
  'malformed-signature': 'The Authorization header is malformed.',
  'session-token':
    'The request has a session token, which belongs to temporary credentials, beside a long-term access key.',
  unreadable:
    'The secret of the access key was encrypted with another key than this server has (SCIMULATOR_SEAL_KEY).',
}

const keyRefusalLabels: Readonly<Record<Refusal, string>> = {
  ...refusalLabels,
  missing: 'The request is not signed.',
  unknown: 'Unknown access key.',
  expired: 'The access key has expired.',
  deleted: 'The access key was deleted.',
  'other-tenant': 'The access key belongs to another tenant.',
  'read-only': 'The access key is read-only.',
}

export const refusalLabel = ({ api, refusal }: Exchange): string | undefined =>
  refusal && (api === undefined ? refusalLabels : keyRefusalLabels)[refusal]

export const kinds: Readonly<Record<Cycle['kind'], string>> = {
  cycle: 'Cycle',
  'on-demand': 'On demand',
  'test-connection': 'Connection test',
  compliance: 'Compliance run',
  'ad-hoc': 'Ad-hoc requests',
}

/** Undefined for Entra ID, which is expected, and for clients without a name. */
export const senderOf = ({ client, recognized, userAgent }: Cycle): string | undefined =>
  recognized && client !== 'entra' ? formatClient(recognized) : userAgent

export const idle = 'nothing to do'

/** "10 created, 2 failed": what is not zero. */
export function sumsOf({ created, modified, disabled, deleted, failed }: Cycle): string {
  const sums = Object.entries({ created, modified, disabled, deleted, failed })
    .filter(([, count]) => count > 0)
    .map(([label, count]) => `${count.toLocaleString('en')} ${label}`)
  return sums.length === 0 ? idle : sums.join(', ')
}
