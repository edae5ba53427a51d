import { isObject, type Json, type JsonObject } from '../scim/json.ts'
import { mark, type SecretText } from './secret-text.ts'

export const withheld = '(Withheld: it names a secret attribute and could not be read as JSON.)'

/** Members whose text may name a secret and go on with its value, by rights or by mistake. */
const expressions = new Set(['path', 'filter', 'op'])

/**
 * A body without the values of secrets, wherever they stand: in resources, in the values and paths of PATCH
 * operations, in the filter of a search, in bulk operations. A body without secrets stays as it was received.
 */
export function maskBody(secret: SecretText, text: string): string {
  // A name may be written with escapes: "p\u0061ssword".
  const escapes = text.includes('\\u')
  if (!escapes && !secret.mayName(text)) return text
  try {
    const masking = createMasking(secret)
    const masked = masking.mask(JSON.parse(text))
    return masking.found() ? JSON.stringify(masked) : text
  } catch {
    // Not JSON, or nested too deeply to be walked through.
    return secret.mayName(escapes ? unescaped(text) : text) ? withheld : text
  }
}

const unescaped = (text: string) =>
  text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

function createMasking(secret: SecretText) {
  let found = false
  const hide = (): Json => {
    found = true
    return mark
  }
  const noted = (text: string, masked: string): Json => {
    if (masked !== text) found = true
    return masked
  }
  // Some clients send the value of a PATCH operation as JSON within a string.
  const maskedText = (text: string): Json => {
    if (!/^\s*[[{]/.test(text)) return text
    return noted(text, maskBody(secret, text))
  }
  const maskMember = (name: string, value: Json, targetIsSecret: boolean): Json => {
    const folded = name.toLowerCase()
    if (secret.leadsTo(name) || (targetIsSecret && folded === 'value')) return hide()
    if (typeof value === 'string' && expressions.has(folded)) {
      return noted(value, secret.maskFilter(value))
    }
    // What is wrong with a request, which may be said in words of the request.
    if (typeof value === 'string' && folded === 'detail') return noted(value, secret.maskQuoted(value))
    return mask(value)
  }
  const maskObject = (object: JsonObject): Json => {
    const targetIsSecret = Object.entries(object).some(
      ([name, value]) => name.toLowerCase() === 'path' && typeof value === 'string' && secret.leadsTo(value),
    )
    // From entries, because a member may be called __proto__.
    return Object.fromEntries(
      Object.entries(object).map(([name, value]) => [
        // A broken path as a name: a value may follow in it.
        secret.leadsTo(name) ? secret.maskFilter(name) : name,
        maskMember(name, value, targetIsSecret),
      ]),
    )
  }
  const mask = (json: Json): Json => {
    if (Array.isArray(json)) return json.map(mask)
    if (typeof json === 'string') return maskedText(json)
    return isObject(json) ? maskObject(json) : json
  }
  return { mask, found: () => found }
}
