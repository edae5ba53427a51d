import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { fetch as fetchOfUndici } from 'undici'
import { hostOf } from './addresses.ts'

export type ResolveHost = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

class RefusedAddressError extends Error {}

type CheckedFetchOptions = {
  readonly refuses: (address: string, hostname: string) => boolean
  /** Milliseconds for a connection. */
  readonly timeout: number
  /** Whether the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY count. A proxy resolves names itself. */
  readonly useProxy?: boolean
  readonly resolveHost?: ResolveHost | undefined
}

type CheckedFetch = {
  /** As `fetch`. The cause of its error is a RefusedAddressError if an address of the host is refused. */
  readonly fetch: typeof fetchOfUndici
  close(): Promise<void>
}

/** Checks addresses when a connection is opened, so a second DNS response cannot differ (OWASP, SSRF prevention). */
export function createCheckedFetch(options: CheckedFetchOptions): CheckedFetch {
  const { refuses, timeout, useProxy = false, resolveHost = lookup } = options
  let client: ReturnType<typeof loadClient> | undefined
  /** Loaded for the first request: that takes 90 ms, and most servers send none. */
  const loadClient = async () => {
    const { Agent, EnvHttpProxyAgent, fetch } = await import('undici')
    const connect = { lookup: createLookup(resolveHost, refuses), timeout }
    return { fetch, agent: useProxy ? new EnvHttpProxyAgent({ connect }) : new Agent({ connect }) }
  }
  return {
    async fetch(input, init) {
      const url = URL.parse(String(input))
      const host = url ? hostOf(url) : ''
      if (isIP(host) !== 0 && refuses(host, host)) throw new RefusedAddressError()
      client ??= loadClient()
      const { fetch, agent } = await client
      return fetch(input, { ...init, dispatcher: agent })
    },
    async close() {
      const loaded = await client
      await loaded?.agent.destroy()
    },
  }
}

/** Rejects a name if any of its addresses is refused. */
function createLookup(resolveHost: ResolveHost, refuses: CheckedFetchOptions['refuses']): LookupFunction {
  return (hostname, options, callback) => {
    resolveHost(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, [])
      const [first] = addresses
      if (!first || addresses.some(({ address }) => refuses(address, hostname))) {
        return callback(new RefusedAddressError(), [])
      }
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}

/** An error and its causes, the innermost first. */
export function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = []
  let next = error
  while (next instanceof Error && causes.length < 10) {
    causes.push(next)
    if (next instanceof AggregateError) causes.push(...next.errors.filter(one => one instanceof Error))
    next = next.cause
  }
  return causes.reverse()
}

export const isRefusedAddress = (error: unknown): boolean =>
  causesOf(error).some(cause => cause instanceof RefusedAddressError)
