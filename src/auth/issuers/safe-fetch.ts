import type { fetch as fetchOfUndici } from 'undici'
import {
  causesOf,
  createCheckedFetch,
  isRefusedAddress,
  type ResolveHost,
} from '../../domain/outbound/addresses.ts'
import {
  isLoopbackAddress,
  isLoopbackHost,
  isRefusedIssuerAddress,
  urlProblem,
} from '../../domain/tenants/issuers.ts'
import type { Json } from '../../scim/json.ts'

/** A fetch that failed. The message contains the reason, but nothing of the response and no URL. */
export class IssuerFetchError extends Error {
  readonly reached: boolean
  constructor(message: string, reached: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = 'IssuerFetchError'
    this.reached = reached
  }
}

type FetchOptions = {
  readonly method?: string
  readonly headers?: Headers | Readonly<Record<string, string>>
  readonly body?: string | URLSearchParams | Uint8Array | null
  readonly signal?: AbortSignal
}

export type SafeFetch = {
  /**
   * Fetches from a URL of an issuer, without redirects; the body is read. Rejects with `IssuerFetchError`, also if the URL, or an
   * address of its host, is not allowed.
   */
  fetch(url: string, options?: FetchOptions): Promise<Response>
  /** Rejects with `IssuerFetchError`. */
  json(url: string): Promise<Json>
  close(): Promise<void>
}

export type SafeFetchOptions = {
  readonly userAgent: string
  /** Milliseconds for the whole response. */
  readonly timeout?: number
  readonly resolveHost?: ResolveHost
}

const maxBytes = 512 * 1024
const defaultTimeout = 5_000

/** Rejects a name that is this machine without saying so, too. */
const refuses = (address: string, hostname: string): boolean =>
  isRefusedIssuerAddress(address) || isLoopbackAddress(address) !== isLoopbackHost(hostname)

/** URLs come from operators and metadata documents: no request may reach what only this machine can reach. */
export function createSafeFetch({
  userAgent,
  timeout = defaultTimeout,
  resolveHost,
}: SafeFetchOptions): SafeFetch {
  const client = createCheckedFetch({ refuses, timeout, resolveHost })

  const safeFetch = async (url: string, options: FetchOptions = {}): Promise<Response> => {
    const problem = urlProblem(url)
    if (problem) throw new IssuerFetchError(problem, false)
    const { method = 'GET', body } = options
    const headers = new Headers(options.headers)
    headers.set('user-agent', userAgent)
    const timeLimit = AbortSignal.timeout(timeout)
    const signal = options.signal ? AbortSignal.any([options.signal, timeLimit]) : timeLimit
    try {
      const response = await client.fetch(url, {
        method,
        headers: Object.fromEntries(headers),
        ...(body != null && { body }),
        redirect: 'manual',
        signal,
      })
      return await readWhole(response)
    } catch (error) {
      throw error instanceof IssuerFetchError ? error : toFetchError(error, timeout)
    }
  }

  return {
    fetch: safeFetch,

    async json(url) {
      const response = await safeFetch(url, { headers: { accept: 'application/json' } })
      if (response.status !== 200) {
        throw new IssuerFetchError(`The server responded with status ${response.status}; expected 200.`, true)
      }
      if (!isJsonType(response.headers.get('content-type'))) {
        throw new IssuerFetchError('The response is not application/json.', true)
      }
      try {
        return (await response.json()) as Json
      } catch (cause) {
        throw new IssuerFetchError('The response is not JSON.', true, { cause })
      }
    },

    close: client.close,
  }
}

const isJsonType = (type: string | null) => /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type ?? '')

const bodiless = [101, 103, 204, 205, 304]

type RawResponse = Awaited<ReturnType<typeof fetchOfUndici>>

async function readWhole(response: RawResponse): Promise<Response> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new IssuerFetchError('The response has more than 512 KiB.', true)
    chunks.push(chunk)
  }
  const { status } = response
  return new Response(bodiless.includes(status) ? null : Buffer.concat(chunks), {
    status,
    headers: [...response.headers],
  })
}

function toFetchError(error: unknown, timeout: number): IssuerFetchError {
  const causes = causesOf(error)
  const failed = (message: string) => new IssuerFetchError(message, false, { cause: error })
  if (isRefusedAddress(error)) {
    return failed(
      'The host has an address that is not allowed: link-local, multicast, unspecified, that of a metadata service, or loopback under another name than localhost.',
    )
  }
  if (causes.some(({ name }) => name === 'TimeoutError' || name === 'ConnectTimeoutError')) {
    return failed(`The server did not respond within ${timeout / 1000} seconds.`)
  }
  const code = causes.map(cause => ('code' in cause ? cause.code : undefined)).find(isSystemCode)
  return failed(`The server cannot be reached${code === undefined ? '' : ` (${code})`}.`)
}

const isSystemCode = (code: unknown): code is string =>
  typeof code === 'string' && /^[A-Z][A-Z\d_]*$/.test(code)
