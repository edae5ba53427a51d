import { endingOf } from '../tenants/tokens.ts'
import { brokenEnd, mark, type SecretText } from './secret-text.ts'

/**
 * A URL without secrets: values that a filter compares a secret attribute with, and an access token
 * (RFC 6750 §2.3). A URL without them stays as it was received.
 */
export function maskUrl(secret: SecretText, url: string): string {
  const start = url.indexOf('?') + 1
  if (start === 0) return url
  const query = url.slice(start)
  const readable = decoded(query)
  if (!secret.mayName(readable) && !/access_token/i.test(readable)) return url
  return url.slice(0, start) + maskQuery(secret, query)
}

function maskQuery(secret: SecretText, query: string): string {
  const shown: string[] = []
  for (const parameter of query.split('&')) {
    const masked = maskParameter(secret, parameter)
    shown.push(masked)
    // A value in which a bare & stood: what follows may be the rest of the secret.
    if (masked.endsWith(encodeURIComponent(brokenEnd))) break
  }
  return shown.join('&')
}

function maskParameter(secret: SecretText, parameter: string): string {
  const [written = ''] = parameter.split('=', 1)
  const name = decoded(written).toLowerCase()
  const value = decoded(parameter.slice(written.length + 1))
  if (name === 'access_token') return `${written}=${encodeURIComponent(`…${endingOf(value)}`)}`
  if (secret.leadsTo(name)) return `${written}=${mark}`
  // Lists of names tell no values.
  if (/^(excluded)?attributes$|^sortby$/.test(name)) return parameter
  const masked = secret.maskFilter(value)
  return masked === value ? parameter : `${written}=${encodeURIComponent(masked.toWellFormed())}`
}

function decoded(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced.replace(/%([0-7][0-9a-f])/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
  }
}
