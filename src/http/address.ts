import { errors, shown } from '../scim/error.ts'

/** What a URL on the SCIM listener names. */
export type Address = {
  /** The tenant that the URL names, if it names one. */
  readonly tenant: string | undefined
  /** `/{tenant}/scim/v2` or `/scim/v2`: what comes before the endpoint, as the client wrote it. */
  readonly root: string
  /** `v2`, or absent where the client left it out (RFC 7644 §3.13). */
  readonly version: string | undefined
  /** What follows the root: `['Users', '…id…']`. */
  readonly segments: readonly string[]
}

/** Reads `/{tenant}/scim/v2/…` and `/scim/v2/…`; undefined when the path isn't below such a root. */
export function readAddress(target: string): Address | undefined {
  // A client that takes this server for its proxy sends the whole URL (RFC 9112 §3.2.2).
  const url = target.replace(/^https?:\/\/[^/?]*/i, '')
  const end = url.indexOf('?')
  // Clients paste the endpoint with a slash at its end and add "/Users", so empty segments count for nothing.
  const parts = (end < 0 ? url : url.slice(0, end)).split('/').filter(part => part !== '')
  const at = parts[0] === 'scim' ? 0 : 1
  if (parts[at] !== 'scim') return undefined
  const tenant = at === 1 ? decoded(parts[0] ?? '') : undefined
  const version = /^v\d+$/.test(parts[at + 1] ?? '') ? parts[at + 1] : undefined
  const rootLength = at + (version ? 2 : 1)
  return {
    tenant,
    version,
    root: `/${parts.slice(0, rootLength).join('/')}`,
    segments: parts.slice(rootLength).map(decoded),
  }
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    throw errors.invalidSyntax(`"${shown(segment)}" in the URL isn't valid percent-encoding of UTF-8.`)
  }
}
