import type { errors as JoseErrors, JWTHeaderParameters } from 'jose'
import { callerClaim, type JwtFacts } from '../../domain/tenants/credential.ts'
import type { JwtAlgorithm } from '../../domain/tenants/issuers.ts'
import type { Access, CredentialRefusal } from '../../domain/tenants/tenant.ts'
import { tokenPrefix } from '../../domain/tenants/tokens.ts'
import { findExcess, isObject, type Json, type JsonLimits, type JsonObject } from '../../scim/json.ts'
import type { IssuerKey, KeySet, KeySets } from './key-sets.ts'
import type { JwtRules } from './rules.ts'

export type JwtRefusal = CredentialRefusal | 'expired'

export type RefusedJwt = {
  readonly refusal: JwtRefusal
  /** The requirement that it does not meet, for operators. Repeats nothing of the token. */
  readonly detail: string
  readonly jwt?: JwtFacts
}

export type VerifiedJwt = {
  readonly jwt: JwtFacts
  readonly access: Access
  readonly key: IssuerKey
  readonly keySet: KeySet
  /** Its `exp`, in seconds since 1970. */
  readonly expires: number
}

export type JwtVerifier = {
  readonly keySets: KeySets
  /**
   * Verifies a JWT by rules, at the machine's time: the clock of a tenant does not count for tokens of others. The same for trusted
   * issuers, client assertions and callers of the console.
   */
  verify(text: string, rules: JwtRules, machine: number): Promise<VerifiedJwt | RefusedJwt>
}

/** Microsoft's usual allowance for clocks that differ, in seconds. */
const clockTolerance = 300

/** Verifies JWTs by RFC 8725 and RFC 9068 §4. */
export function createJwtVerifier(keySets: KeySets): JwtVerifier {
  const verifySignature = async (
    text: string,
    header: JsonObject & { readonly alg: JwtAlgorithm },
    { algorithms, keys }: JwtRules,
    machine: number,
  ): Promise<{ readonly key: IssuerKey; readonly keySet: KeySet } | Refusal> => {
    const keySet = keySets.of(keys)
    const found = await keySet.find(header as JWTHeaderParameters & { readonly alg: JwtAlgorithm })
    if ('refusal' in found) return refuse(found.refusal)
    const key = await found.key.import(header.alg).catch(() => undefined)
    if (!key) return refuse('unknown-key', 'The published key cannot be read.')
    const { errors, jwtVerify } = await import('jose')
    try {
      await jwtVerify(text, key, {
        algorithms: [...algorithms],
        requiredClaims: ['iss', 'aud', 'exp'],
        currentDate: new Date(machine),
        clockTolerance,
      })
      return { key: found.key, keySet }
    } catch (error) {
      return refuseBy(error, errors)
    }
  }

  return {
    keySets,
    async verify(text, rules, machine) {
      const jwt = decodeJwt(text)
      if (!jwt) return refuse('malformed', 'The token is not a JWT of at most 8192 characters.')
      const { header, claims } = jwt
      const wrongHeader = checkHeader(header, claims, rules)
      if (wrongHeader) return { ...wrongHeader, jwt }
      const verified = await verifySignature(text, header as { alg: JwtAlgorithm }, rules, machine)
      if ('refusal' in verified) return { ...verified, jwt }
      const wrongClaim = checkClaims(jwt, rules, machine)
      if (wrongClaim) return { ...wrongClaim, jwt }
      const access = accessOf(claims, rules)
      if (!access) return { ...refuse('insufficient-scope'), jwt }
      return { ...verified, jwt, access, expires: Number(claims.exp) }
    },
  }
}

/**
 * The access that the rules of today give to a JWT that was verified earlier; undefined for none. Neither its signature nor its
 * expiry is checked again.
 */
export function accessAgain(jwt: JwtFacts, rules: JwtRules, machine: number): Access | undefined {
  const wrong = checkHeader(jwt.header, jwt.claims, rules) ?? checkClaims(jwt, rules, machine)
  return wrong ? undefined : accessOf(jwt.claims, rules)
}

type Refusal = Omit<RefusedJwt, 'jwt'>

const details: Readonly<Record<JwtRefusal, string>> = {
  'not-offered': 'AWS accepts its own access tokens only.',
  malformed: 'The JWT is malformed.',
  'unknown-issuer': 'Its issuer (iss) is not exactly the expected one.',
  'wrong-audience': 'No audience (aud) of it is one of the expected ones.',
  'wrong-caller': 'Its client (client_id, azp or appid) is not one of the accepted ones.',
  'bad-signature': 'Its signature does not match the key.',
  'unknown-key': 'The issuer does not publish its key (kid), or several keys fit.',
  'weak-algorithm': 'Its algorithm (alg) is not accepted, or the RSA key has less than 2048 bits.',
  'not-yet-valid': 'It becomes valid (nbf, iat) more than 5 minutes after the server’s time.',
  'keys-unreachable': 'The keys of the issuer could not be fetched.',
  ambiguous: 'Issuers of several tenants accept it.',
  'insufficient-scope': 'It has none of the scopes that grant access.',
  expired: 'It has expired (exp).',
}

const refuse = (refusal: JwtRefusal, detail = details[refusal]): Refusal => ({ refusal, detail })

/** What is checked before a key is looked up. RFC 8725 §3.1: the algorithms are the verifier's, not the token's. */
function checkHeader(header: JsonObject, { iss }: JsonObject, rules: JwtRules): Refusal | undefined {
  const { alg, kid, typ } = header
  if (typeof iss !== 'string' || !rules.issuers.includes(iss)) return refuse('unknown-issuer')
  if (!rules.algorithms.some(accepted => accepted === alg)) return refuse('weak-algorithm')
  if (kid !== undefined && typeof kid !== 'string') return refuse('malformed', 'Its kid is not a text.')
  return checkType(typ, rules)
}

// RFC 7515 §4.1.9: the prefix `application/` may be omitted, and media types have no case.
const accessTokenTypes = ['at+jwt', 'application/at+jwt']

function checkType(typ: unknown, { accessTokensOnly = false }: JwtRules): Refusal | undefined {
  const type = typeof typ === 'string' ? typ.toLowerCase() : typ
  const accepted: readonly unknown[] = accessTokensOnly
    ? accessTokenTypes
    : [...accessTokenTypes, 'jwt', undefined]
  if (accepted.includes(type)) return undefined
  return refuse('malformed', `Its typ must be ${accessTokensOnly ? 'at+jwt' : 'at+jwt or JWT, or absent'}.`)
}

function refuseBy(error: unknown, errors: typeof JoseErrors): Refusal {
  if (error instanceof errors.JWTExpired) return refuse('expired')
  if (error instanceof errors.JWSSignatureVerificationFailed) return refuse('bad-signature')
  if (error instanceof errors.JOSEAlgNotAllowed) return refuse('weak-algorithm')
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf' && error.reason === 'check_failed') return refuse('not-yet-valid')
    return refuse('malformed', `Its claim ${error.claim} is missing or invalid.`)
  }
  if (error instanceof errors.JOSENotSupported) {
    return refuse('malformed', 'Its header requires an extension (crit) that is not supported.')
  }
  if (error instanceof errors.JOSEError) return refuse('malformed')
  throw error
}

function checkClaims(jwt: JwtFacts, rules: JwtRules, machine: number): Refusal | undefined {
  const { claims } = jwt
  const { iat, sub, tid, ver, iss } = claims
  const caller = callerClaim(jwt)
  if (typeof iat === 'number' && iat > Math.floor(machine / 1000) + clockTolerance)
    return refuse('not-yet-valid')
  if (caller === undefined && typeof sub !== 'string') {
    return refuse('malformed', 'It names no caller: sub, client_id, azp or appid.')
  }
  if (claims.nonce !== undefined || claims.at_hash !== undefined) {
    return refuse('malformed', 'It is an ID token (it has nonce or at_hash), which is for the client itself.')
  }
  if (!hasAudience(claims.aud, rules.audiences)) return refuse('wrong-audience')
  if (rules.directory !== undefined) {
    const version = String(iss).endsWith('/v2.0') ? '2.0' : '1.0'
    if (ver !== version) return refuse('malformed', 'Its version (ver) does not fit its issuer (iss).')
    if (tid !== undefined && String(tid).toLowerCase() !== rules.directory) {
      return refuse('wrong-caller', 'It is of another directory (tid).')
    }
  }
  if (rules.clients && (caller === undefined || !rules.clients.includes(caller)))
    return refuse('wrong-caller')
  if (rules.subjects && !(typeof sub === 'string' && rules.subjects.includes(sub))) {
    return refuse('wrong-caller', 'Its subject (sub) is not one of the accepted ones.')
  }
  return undefined
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** RFC 8725 §3.9: compared exactly, except for GUIDs, which Entra does not always write in the same case. */
function hasAudience(aud: unknown, expected: readonly string[]): boolean {
  const toComparable = (text: unknown) =>
    typeof text === 'string' && guid.test(text) ? text.toLowerCase() : text
  const accepted = new Set<unknown>(expected.map(toComparable))
  return (Array.isArray(aud) ? aud : [aud]).some(one => accepted.has(toComparable(one)))
}

/** RFC 9068 §2.2.3: scopes in a text; Entra has `scp` and `roles`. */
function accessOf(claims: JsonObject, { scopes, access }: JwtRules): Access | undefined {
  if (!scopes) return access
  const granted = new Set(
    [claims.scope, claims.scp, claims.roles].flatMap(value =>
      typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [],
    ),
  )
  if (scopes.write !== undefined && granted.has(scopes.write)) return access
  return scopes.read !== undefined && granted.has(scopes.read) ? 'read' : undefined
}

/** Characters. */
export const maxJwtLength = 8192

/** Does not check the signature. Undefined if the JWT cannot be read. */
export function decodeJwt(text: string): JwtFacts | undefined {
  if (text.length > maxJwtLength) return undefined
  const [header, claims] = text.split('.').map(readPart)
  return header && claims && { header, claims }
}

function readPart(part: string): JsonObject | undefined {
  try {
    const text = Buffer.from(part, 'base64url').toString('utf8')
    if (findExcess(text, limits) !== undefined) return undefined
    const value = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Limits the nesting of claims, because they are stored, and deep nesting would exhaust the stack of programs that read them. Their length is limited already. */
const limits: JsonLimits = { levels: 20, bytes: Number.POSITIVE_INFINITY }

const ownTokens = new RegExp(`${tokenPrefix}[\\w+/=-]{16,}`, 'g')
/** JWTs in a text, after the letters before them: only the first `eyJ` of each run of letters is tried. */
const jwts = /(?<![\w-])((?:(?!eyJ)[\w-])*)eyJ[\w-]+\.[\w-]+\.[\w-]*/g

/** Without the tokens that claims may contain: nothing from which one could be put together is kept. */
export const withoutTokens = ({ header, claims }: JwtFacts): JwtFacts => ({
  header: redactMembers(header),
  claims: redactMembers(claims),
})

const redactMembers = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [redactText(name), redact(value)]))

const redactText = (text: string): string => text.replace(ownTokens, '***').replace(jwts, '$1***')

function redact(value: Json): Json {
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(redact)
  return isObject(value) ? redactMembers(value) : value
}
