import type { JwtFacts } from '../../domain/tenants/credential.ts'
import { tokenPrefix } from '../../domain/tenants/tokens.ts'
import { findExcess, isObject, type Json, type JsonLimits, type JsonObject } from '../../scim/json.ts'

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
