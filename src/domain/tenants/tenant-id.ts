import { randomInt, randomUUID } from 'node:crypto'
import { TenantError } from './tenant.ts'

const alphanumerics = '0123456789abcdefghijklmnopqrstuvwxyz'
const anyAlphanumeric = () => alphanumerics.charAt(randomInt(alphanumerics.length))

/** Like AWS's, `f3vd2aa29dc-…`: three characters before a UUID, so its first group has eleven. */
export const newTenantId = (): string =>
  anyAlphanumeric() + anyAlphanumeric() + anyAlphanumeric() + randomUUID()

// Clients that resolve URLs remove `.` and `..`.
const isOneSegment = (id: string) => /^[A-Za-z0-9._-]{1,64}$/.test(id) && id !== '.' && id !== '..'

/** Throws `TenantError` for an ID that cannot be the first segment of a SCIM URL. */
export function checkTenantId(id: string): void {
  if (!isOneSegment(id)) {
    throw new TenantError(
      'invalid',
      'A tenant ID must have 1 to 64 characters: letters, digits, "-", "_" and ".".',
    )
  }
  if (id.toLowerCase() === 'scim') {
    throw new TenantError(
      'invalid',
      `"${id}" is not a valid tenant ID: /scim/v2 is the URL of the tenant that the token belongs to.`,
    )
  }
}

/** Throws `TenantError` for a name that would be unreadable in a list. */
export function checkName(what: string, name: string): void {
  if (/^[\p{L}\p{N}\p{P}\p{S}]([\p{L}\p{M}\p{N}\p{P}\p{S} ]{0,62}[\p{L}\p{M}\p{N}\p{P}\p{S}])?$/u.test(name))
    return
  throw new TenantError(
    'invalid',
    `The name of ${what} must have 1 to 64 characters: letters, digits, punctuation, and spaces between them.`,
  )
}

/** The stem, or else the stem with the lowest number that makes it free: `acme`, `acme-2`. */
export function freeTenantId(stem: string, taken: readonly string[]): string {
  for (let nth = 1; ; nth++) {
    const id = nth === 1 ? stem : `${stem}-${nth}`
    if (!taken.includes(id)) return id
  }
}
