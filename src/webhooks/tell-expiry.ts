import type { ExpiryWarning } from '../tenants/expiry.ts'
import type { Notify } from './notice.ts'

/** Tells that a token is about to expire, or has expired. */
export const tellExpiry =
  (notify: Notify) =>
  ({ tenant, token, words }: ExpiryWarning): void =>
    notify({
      type: 'token-expiry',
      tenant: tenant.id,
      text: `The ${words}.`,
      page: `/tenants/${tenant.id}/tokens`,
      facts: { token: token.id, ending: token.ending, expires: new Date(token.expires).toISOString() },
    })
