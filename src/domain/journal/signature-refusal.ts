import type { TokenRefusal } from '../tenants/tenant.ts'

/**
 * Why a signed request was rejected, in addition to the reasons that access keys and access tokens share. `unreadable`: the secret of
 * the key was encrypted with another key than the server has. `session-token`: a session token beside a long-term access key, as
 * from environment variables of two profiles.
 */
export type SignatureRefusal =
  | 'wrong-signature'
  | 'clock-skew'
  | 'malformed-signature'
  | 'unreadable'
  | 'session-token'

export type SignedPart = 'host' | 'path' | 'headers' | 'body' | 'service' | 'time' | 'secret'

export const keyRefusalLabels: Readonly<Record<TokenRefusal | SignatureRefusal, string>> = {
  missing: 'not signed',
  unknown: 'unknown access key',
  expired: 'access key expired',
  deleted: 'access key deleted',
  'other-tenant': 'access key of another tenant',
  'read-only': 'read-only access key',
  'wrong-signature': 'wrong signature',
  'clock-skew': 'signed for another time',
  'malformed-signature': 'malformed signature',
  'session-token': 'session token with a long-term access key',
  unreadable: 'secret of the access key encrypted with another key',
}
