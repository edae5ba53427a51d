const stars = '***'

/** A function that hides secrets in any text, as they are and as URLs and JSON write them. */
export function maskOf(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter(secret => secret !== '')
    .flatMap(secret => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
  // The longest first, or a secret that begins with another would leave its rest.
  const unique = [...new Set(forms)].sort((a, b) => b.length - a.length)
  return text => unique.reduce((masked, secret) => masked.replaceAll(secret, stars), text)
}

// Sessions that a server hands out are as good as a token.
const hidden = /^(set-)?cookie$/i

/** Headers with their secrets hidden. */
export const maskedHeaders = (
  headers: Readonly<Record<string, string>>,
  mask: (text: string) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, hidden.test(name) ? stars : mask(value)]),
  )
