import { type Claims, claimValues } from './roles.ts'
import type { Person } from './sessions.ts'

const maxNameLength = 200

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/**
 * Who the claims identify: `iss` and `sub`. Entra ID has another `sub` for each application, so `oid` is used, which is
 * unique in the directory `tid` that `iss` names.
 * https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
 */
export function identify(claims: Claims): { readonly issuer: string; readonly subject: string } {
  const { iss, sub, tid, oid } = claims
  const issuer = textOf(iss) ?? ''
  const directory = textOf(tid)
  const isEntra = directory !== undefined && issuer.split('/').includes(directory)
  return { issuer, subject: (isEntra ? textOf(oid) : undefined) ?? textOf(sub) ?? '' }
}

/** `required` is the authentication context of the settings. */
export function authenticationOf(
  claims: Claims,
  required: string | undefined,
): { readonly authenticated?: number; readonly acr?: string } {
  const { auth_time: time } = claims
  const acr = acrOf(claims, required)
  return {
    ...(typeof time === 'number' && { authenticated: time * 1000 }),
    ...(acr !== undefined && { acr }),
  }
}

function acrOf(claims: Claims, required: string | undefined): string | undefined {
  if (required !== undefined && claimValues(claims, 'acrs').includes(required)) return required
  const acr = textOf(claims.acr)
  return acr === undefined ? undefined : printable(acr).slice(0, maxNameLength)
}

/** Without control characters, which would act on a terminal. */
const printable = (text: string) => text.replace(/\p{Cc}/gu, ' ')

/** A person as the ID token describes them. Name and user name are for display only. */
export function describePerson(claims: Claims, requiredAcr: string | undefined): Omit<Person, 'role'> {
  const name = textOf(claims.name) ?? textOf(claims.preferred_username)
  return {
    ...identify(claims),
    ...(name !== undefined && { name: printable(name).slice(0, maxNameLength).toWellFormed() }),
    ...authenticationOf(claims, requiredAcr),
  }
}
