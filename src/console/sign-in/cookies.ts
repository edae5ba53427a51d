import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Checks } from './provider.ts'

export type Attempt = Checks & {
  readonly returnPath: string
  readonly person?: { readonly issuer: string; readonly subject: string }
}

type Expiring<Value> = { readonly value: Value; readonly expires: number }

export type Attempts = {
  seal(attempt: Attempt): string
  /** The first of these values that is an attempt and has not expired. */
  open(values: readonly string[]): Attempt | undefined
  sealMove(returnPath: string): string
  openMove(text: string): string | undefined
}

const moveLifetime = 60_000

/**
 * Sign-ins in progress. The browser keeps them, encrypted, so that any instance over the database can complete them, and
 * starting many uses no memory. A code can be redeemed once only, and its verifier is in the cookie.
 */
export function createAttempts(key: () => Buffer, clock: () => number): Attempts {
  const attempts = createSeal(key, 'sign-in')
  const moves = createSeal(key, 'move')
  const expiring = <Value>(value: Value, lifetime: number): Expiring<Value> => ({
    value,
    expires: clock() + lifetime,
  })
  const valid = <Value>(opened: unknown): Value | undefined => {
    const { value, expires } = (opened ?? { expires: 0 }) as Expiring<Value>
    return expires > clock() ? value : undefined
  }
  return {
    seal: attempt => attempts.seal(expiring(attempt, attemptLifetime * 1000)),
    open: values => values.map(value => valid<Attempt>(attempts.open(value))).find(Boolean),
    sealMove: returnPath => moves.seal(expiring(returnPath, moveLifetime)),
    openMove: text => valid<string>(moves.open(text)),
  }
}

const algorithm = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16
const maxLength = 4000

export type Seal = {
  seal(value: object): string
  /** What was sealed with the present key for this purpose; undefined for anything else. */
  open(text: string): unknown
}

/** Encrypts and authenticates values. Instances over one database share the key. */
function createSeal(key: () => Buffer, purpose: string): Seal {
  const derivedKey = () => Buffer.from(hkdfSync('sha256', key(), '', `scimulator console ${purpose}`, 32))
  return {
    seal(value) {
      const iv = randomBytes(ivLength)
      const cipher = createCipheriv(algorithm, derivedKey(), iv, { authTagLength: tagLength })
      const sealed = [cipher.update(JSON.stringify(value)), cipher.final()]
      return Buffer.concat([iv, ...sealed, cipher.getAuthTag()]).toString('base64url')
    },
    open(text) {
      const bytes = Buffer.from(text.length > maxLength ? '' : text, 'base64url')
      if (bytes.length <= ivLength + tagLength) return undefined
      const decipher = createDecipheriv(algorithm, derivedKey(), bytes.subarray(0, ivLength), {
        authTagLength: tagLength,
      })
      decipher.setAuthTag(bytes.subarray(-tagLength))
      try {
        const opened = [decipher.update(bytes.subarray(ivLength, -tagLength)), decipher.final()]
        return JSON.parse(Buffer.concat(opened).toString('utf8'))
      } catch {
        return undefined
      }
    },
  }
}

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
const attemptLifetime = 600

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
