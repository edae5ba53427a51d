export type Cookie = {
  readonly name: string
  set(value: string): string
  clear(): string
}

export type Cookies = {
  readonly session: Cookie
  readonly attempt: Cookie
}

/** Seconds in which a sign-in has to be completed. */
export const attemptLifetime = 600

/**
 * The cookies of a console at this URL. Cookies do not depend on the port, so their names do: servers on one machine would
 * overwrite each other's. With HTTPS a prefix prevents other hosts and HTTP from setting them (RFC 6265bis, section 4.1.3).
 * `Lax`, since the browser comes back from another site.
 */
export function createCookies(console: URL): Cookies {
  const isSecure = console.protocol === 'https:'
  const port = console.port || (isSecure ? '443' : '80')
  const create = (name: string, path: string, maxAge?: number): Cookie => {
    const attributes = [`Path=${path}`, 'HttpOnly', 'SameSite=Lax', ...(isSecure ? ['Secure'] : [])]
    const lifetime = maxAge === undefined ? [] : [`Max-Age=${maxAge}`]
    return {
      name,
      set: value => [`${name}=${value}`, ...attributes, ...lifetime].join('; '),
      clear: () => [`${name}=`, ...attributes, 'Max-Age=0'].join('; '),
    }
  }
  return {
    session: create(isSecure ? '__Host-scimulator' : `scimulator-${port}`, '/'),
    attempt: create(
      isSecure ? '__Secure-scimulator-sign-in' : `scimulator-${port}-sign-in`,
      '/auth',
      attemptLifetime,
    ),
  }
}

/** More cookies of one name are ignored: another server on the host may have set them for other paths. */
const maxValues = 4

export const cookieValues = (header: string | undefined, name: string): readonly string[] =>
  (header ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${name}=`))
    .map(pair => pair.slice(name.length + 1))
    .slice(0, maxValues)
