import type { Role } from '../../domain/contract/console-access.ts'
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

/** The claim is this text, or contains it. */
export type RoleCondition = { readonly claim: string; readonly value: string }

export type RoleConditions = {
  readonly readers: readonly RoleCondition[]
  readonly writers: readonly RoleCondition[]
}

export type Claims = Readonly<Record<string, unknown>>

/** Users can change these, or somebody else can get them later (OpenID Connect Core, section 5.7). */
const unstableClaims = ['email', 'upn', 'preferred_username', 'name']

/** Any of the conditions suffices. Throws an error with the mistake. */
export function readRoleConditions(text: string): readonly RoleCondition[] {
  const conditions = text.split(/\s+/).filter(Boolean).map(readCondition)
  if (conditions.length === 0) throw new Error('must have a condition such as roles=Scimulator.Write')
  return conditions
}

function readCondition(text: string): RoleCondition {
  const at = text.indexOf('=')
  const [claim, value] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 1 || value === '') {
    throw new Error(`has an invalid condition "${text}": use claim=value, such as roles=Scimulator.Write`)
  }
  if (unstableClaims.includes(claim)) {
    throw new Error(
      `must not use the claim ${claim}, which does not identify a person permanently: use roles, groups or sub`,
    )
  }
  return { claim, value }
}

export function roleOf(claims: Claims, { readers, writers }: RoleConditions): Role | undefined {
  const meets = ({ claim, value }: RoleCondition) => claimValues(claims, claim).includes(value)
  if (writers.some(meets)) return 'write'
  return readers.some(meets) ? 'read' : undefined
}

/** The texts of a claim. Scopes are separated by spaces (RFC 8693, section 4.2). */
export function claimValues(claims: Claims, name: string): readonly string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (typeof value === 'string') return name === 'scp' || name === 'scope' ? value.split(' ') : [value]
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

/**
 * Whether Entra ID left the groups out of the token because there are too many: more than 200.
 * https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
 */
export function hasGroupOverage({ groups, hasgroups, _claim_names: elsewhere }: Claims): boolean {
  if (groups !== undefined) return false
  const isElsewhere = typeof elsewhere === 'object' && elsewhere !== null && 'groups' in elsewhere
  return hasgroups === true || hasgroups === 'true' || isElsewhere
}
