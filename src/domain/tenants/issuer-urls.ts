import { isIP } from 'node:net'
import { type AddressKind, classifyAddress, hostOf } from '../outbound/addresses.ts'

const refused: readonly (AddressKind | undefined)[] = ['metadata', 'link-local', 'reserved', 'translated']

/** Whether no issuer may have an address: there, metadata services and routers listen. */
export const isRefusedIssuerAddress = (address: string): boolean => refused.includes(classifyAddress(address))

export const isLoopbackAddress = (address: string): boolean => classifyAddress(address) === 'loopback'

export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && isLoopbackAddress(host))

export function isLoopbackUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && isLoopbackHost(hostOf(url))
}

/** Undefined if the server fetches from it; a name is checked again when resolved. Does not repeat the URL. */
export function urlProblem(text: string): string | undefined {
  // Well-formed, so that `127.1` is an address already.
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return 'Expected a URL that begins with https://.'
  const host = hostOf(url)
  if (url.username !== '' || url.password !== '') return 'The URL must not contain a user name or a password.'
  if (text.includes('#')) return 'The URL must not have a fragment (#).'
  if (isIP(host) !== 0 && isRefusedIssuerAddress(host)) {
    return 'The URL must not have a link-local, multicast or unspecified address, or that of a metadata service.'
  }
  if (url.protocol === 'http:' && !isLoopbackHost(host)) {
    return 'The URL must begin with https://; http:// is for localhost, 127.0.0.1 and [::1] only.'
  }
  return undefined
}
