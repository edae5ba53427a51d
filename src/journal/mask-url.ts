import { endingOf } from '../tenants/tokens.ts'
import { namesSecret, namesToken, percentDecoded, withoutUserInfo } from './credentials.ts'
import { brokenEnd, mark, type SecretText } from './secret-text.ts'

/**
 * A URL without secrets: values that a filter compares a secret attribute with, tokens in parameters named for them
 * (RFC 6750 §2.3), and user info. A URL without them stays as it was received.
 */
export function maskUrl(secret: SecretText, received: string): string {
  const url = withoutUserInfo(received)
  const start = url.search(/[?#]/) + 1
  if (start === 0) return url
  const query = url.slice(start)
  const readable = decoded(query)
  if (!secret.mayName(readable) && !mayNameToken.test(readable)) return url
  return url.slice(0, start) + maskQuery(secret, query)
}

/** Never wrongly no. */
const mayNameToken = /token|key|password|secret/i

function maskQuery(secret: SecretText, query: string): string {
  let shown = ''
  // What separates the parameters comes along.
  for (const [, separator = '', parameter = ''] of query.matchAll(/(^|[&#])([^&#]*)/g)) {
    const masked = maskParameter(secret, parameter)
    shown += separator + masked
    // A value in which a bare & stood: what follows may be the rest of the secret.
    if (masked.endsWith(encodeURIComponent(brokenEnd))) break
  }
  return shown
}

function maskParameter(secret: SecretText, parameter: string): string {
  const [written = ''] = parameter.split('=', 1)
  const name = decoded(written).toLowerCase()
  const value = decoded(parameter.slice(written.length + 1))
  if (namesToken(name)) {
    return `${written}=${encodeURIComponent(`…${endingOf(percentDecoded(parameter.slice(written.length + 1)))}`)}`
  }
  if (secret.leadsTo(name) || namesSecret(name)) return `${written}=${mark}`
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
