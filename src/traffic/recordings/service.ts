import { type Captured, pathOf } from './captured.ts'
import { UnusableRecording } from './errors.ts'
import { isFormMessage } from './secrets.ts'

const endpoint =
  /^(.*?)\/(Users|Groups|Me|Bulk|Schemas|ResourceTypes|ServiceProviderConfig|\.search)(?=[/?#]|$)/

export type Service = { readonly base: string; readonly requests: readonly Captured[] }

/**
 * The requests to the one SCIM service of a file, with the path of its base. Other requests are left out. Throws
 * `UnusableRecording` if there is no service, or several: the requests of two servers are not one recording.
 */
export function findService(captured: readonly Captured[]): Service {
  const addresses = new Map<string, Captured[]>()
  for (const one of captured) {
    const [, base] = endpoint.exec(pathOf(one.url).split('?', 1)[0] ?? '') ?? []
    if (base === undefined) continue
    const address = originOf(one.url) + base
    const known = addresses.get(address)
    if (known) known.push(one)
    else addresses.set(address, [one])
  }
  const [only, ...others] = addresses
  if (only === undefined) {
    throw new UnusableRecording(
      'It has no SCIM request: no path has a segment such as /Users, /Groups or /ServiceProviderConfig.',
    )
  }
  if (others.length > 0) {
    throw new UnusableRecording(
      `It has requests to ${addresses.size} services: ${[...addresses.keys()].slice(0, 5).join(', ')}. Export the requests to one of them.`,
    )
  }
  const [address] = only
  const base = address.slice(originOf(address).length)
  // Requests below the base to endpoints of declared types belong to it, too, but those to a token endpoint don't.
  const isBelow = ({ url, request }: Captured) =>
    originOf(url) === originOf(address) && pathOf(url).startsWith(`${base}/`) && !isFormMessage(request)
  return { base, requests: captured.filter(isBelow) }
}

const originOf = (url: string): string => url.slice(0, url.length - pathOf(url).length)
