import { BlockList, isIP } from 'node:net'

const refused = new BlockList()
refused.addSubnet('0.0.0.0', 8)
refused.addSubnet('169.254.0.0', 16)
refused.addSubnet('224.0.0.0', 4)
refused.addAddress('255.255.255.255')
refused.addAddress('::', 'ipv6')
refused.addSubnet('fe80::', 10, 'ipv6')
refused.addSubnet('ff00::', 8, 'ipv6')
// Link-local and loopback IPv4 in other forms of IPv6: IPv4-compatible, translated, NAT64 and 6to4.
for (const prefix of ['::', '::ffff:0:', '64:ff9b::']) {
  refused.addSubnet(`${prefix}a9fe:0`, 112, 'ipv6')
  refused.addSubnet(`${prefix}7f00:0`, 104, 'ipv6')
}
refused.addSubnet('2002:a9fe::', 32, 'ipv6')
refused.addSubnet('2002:7f00::', 24, 'ipv6')
// The metadata service of AWS.
refused.addAddress('fd00:ec2::254', 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

// A block list matches IPv4 addresses that are mapped to IPv6, too.
const isIn = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Whether an address is link-local, multicast or unspecified: there, metadata services and routers listen. */
export const isRefusedAddress = (address: string): boolean => isIn(refused, address)

export const isLoopbackAddress = (address: string): boolean => isIn(loopback, address)

/** Without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

/** Whether a host is this machine by its name. Other names must not resolve to it. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && isLoopbackAddress(host))

/** Whether a URL names this machine; false for other texts. */
export function isLoopbackUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && isLoopbackHost(hostOf(url))
}

/**
 * Why the server does not fetch from a URL; undefined if it does. A name is checked again when it is resolved. The sentence does not
 * repeat the URL.
 */
export function urlProblem(text: string): string | undefined {
  // Well-formed, so that `127.1` is an address already.
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return 'Expected a URL that begins with https://.'
  const host = hostOf(url)
  if (url.username !== '' || url.password !== '') return 'The URL must not contain a user name or a password.'
  if (text.includes('#')) return 'The URL must not have a fragment (#).'
  if (isIP(host) !== 0 && isRefusedAddress(host)) {
    return 'The URL must not have a link-local, multicast or unspecified address.'
  }
  if (url.protocol === 'http:' && !isLoopbackHost(host)) {
    return 'The URL must begin with https://; http:// is for localhost, 127.0.0.1 and [::1] only.'
  }
  return undefined
}
