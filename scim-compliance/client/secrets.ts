const stars = '***'

/** Names and passwords in addresses. */
const userInfo = /(\bhttps?:\/\/)[^/?#\s"<>@]*@/gi

export type Mask = (text: string) => string

/** A function that hides secrets in any text, as they are and as URLs and JSON write them. */
export function maskOf(secrets: readonly string[]): Mask {
  const forms = secrets
    .filter(secret => secret !== '')
    .flatMap(secret => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
  // The longest first, or a secret that begins with another would leave its rest.
  const unique = [...new Set(forms)].sort((a, b) => b.length - a.length)
  return text =>
    unique.reduce((masked, secret) => masked.replaceAll(secret, stars), text).replace(userInfo, `$1${stars}@`)
}

// Sessions that a server hands out are as good as a token.
const hidden = /^((proxy-)?authorization|(set-)?cookie|x-api-key)$/i

/** Headers with their secrets hidden. */
export const maskedHeaders = (
  headers: Readonly<Record<string, string>>,
  mask: Mask,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [mask(name), hidden.test(name) ? stars : mask(value)]),
  )

/** A value with the secrets hidden in all its texts and names, for a server may say a token back anywhere. */
export function masked<T>(value: T, mask: Mask): T
export function masked(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map(item => masked(item, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [mask(name), masked(item, mask)]))
}
