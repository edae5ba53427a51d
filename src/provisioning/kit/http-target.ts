import { setTimeout } from 'node:timers/promises'
import type { RecognizableRequest } from '../../scim/recognition/fingerprint.ts'
import { createRedactor, minSecretLength, type Redactor, type Secret } from '../../scim/redaction/redactor.ts'
import {
  type Dialect,
  noTarget,
  parseJsonOrUndefined,
  type SendWithToken,
  type Target,
  type TargetRequest,
  type TargetResponse,
} from './target.ts'

const mebibyte = 1024 * 1024

/** Maximum size of a response in bytes, decompressed. */
export const maxResponseSize = 16 * mebibyte

export class ResponseTooLarge extends Error {
  constructor(limit: number) {
    super(`The response exceeds ${limit / mebibyte} MiB; reading stopped.`)
    this.name = 'ResponseTooLarge'
  }
}

/**
 * The body of a response as text. Rejects with `ResponseTooLarge` and closes the connection if the decompressed body
 * exceeds the limit, in bytes.
 */
export async function readResponseText({ body }: Response, limit = maxResponseSize): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    // Ending the loop cancels the body, and with it the request.
    if (size > limit) throw new ResponseTooLarge(limit)
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

type HttpEndpointOptions = {
  readonly tenantUrl: string
  /** Milliseconds; `defaultTimeout` by default. */
  readonly timeout?: number
  /** Empty by default: the service is reported to send none. */
  readonly userAgent?: string
  readonly accept?: string
  readonly headers?: (request: TargetRequest, token: string) => Readonly<Record<string, string>>
  readonly keepFlagInQuery?: boolean
  readonly observe?: ObserveRequest
  readonly fetch?: typeof globalThis.fetch
}

/** Is called with each request before it is sent, without the query of the endpoint's URL. Names of headers are in lower case. */
export type ObserveRequest = (request: RecognizableRequest) => void

const flag = 'aadOptscim062020'

export const dialectOf = (tenantUrl: string): Dialect =>
  [...new URL(tenantUrl).searchParams.keys()].some(key => key.toLowerCase() === flag.toLowerCase())
    ? flag
    : 'default'

/** Milliseconds to wait for a response, as in .NET's HttpClient. */
export const defaultTimeout = 100_000

/** A SCIM endpoint over HTTP, with the same token in each request. Throws a TypeError for an invalid URL. */
export function httpTarget({ token, ...options }: HttpEndpointOptions & { readonly token: string }): Target {
  const send = httpEndpoint(options)
  return request => send(request, token)
}

/** Throws a TypeError for an invalid URL. The returned function never rejects, and masks the token in texts. */
export function httpEndpoint(options: HttpEndpointOptions): SendWithToken {
  const { timeout = defaultTimeout, keepFlagInQuery = false, fetch = globalThis.fetch } = options
  const url = new URL(options.tenantUrl)
  const base = url.origin + url.pathname.replace(/\/+$/, '')
  const query = keepFlagInQuery ? url.search.slice(1) : ''
  const maskOf = memoizeLast((token: string) => createRedactor(secretsOf(token)).redact)
  return async (request, token) => {
    const masked = maskOf(token)
    try {
      const { method, path } = request
      const headers = options.headers?.(request, token) ?? headersOf(request, token, options)
      const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) }
      options.observe?.({ method, url: path, request: { headers: lowerCaseNames(headers), ...body } })
      const response = await fetch(base + withQuery(path, query), {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
        ...body,
      })
      return toResponse(response, await readResponseText(response), masked)
    } catch (error) {
      return noResponse(error, timeout, masked)
    }
  }
}

/** Tokens change rarely, and a redactor is not built for each request. */
function memoizeLast<Value>(compute: (key: string) => Value): (key: string) => Value {
  let last: { readonly key: string; readonly value: Value } | undefined
  return key => {
    if (last?.key !== key) last = { key, value: compute(key) }
    return last.value
  }
}

// A short token can occur in ids and words by chance: it is masked only as part of the whole header.
const secretsOf = (token: string): readonly Secret[] => [
  { text: `Bearer ${token}`, placeholder: 'Bearer ***' },
  ...(token.length < minSecretLength ? [] : [{ text: token, placeholder: '***' }]),
]

const withQuery = (path: string, query: string) =>
  query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`

const lowerCaseNames = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

function headersOf(
  { body }: TargetRequest,
  token: string,
  { userAgent, accept }: HttpEndpointOptions,
): Record<string, string> {
  return {
    Authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'Content-Type': 'application/scim+json; charset=utf-8' }),
    // fetch always sends both headers; an empty one and `*/*` come closest to none.
    'User-Agent': userAgent ?? '',
    Accept: accept ?? '*/*',
  }
}

function toResponse(response: Response, text: string, masked: Redactor['redact']): TargetResponse {
  const mediaType = (response.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? ''
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return {
    kind: 'response',
    status: response.status,
    body: parseJsonOrUndefined(response.ok ? text : masked(text)),
    text: masked(text),
    mediaType,
    ...(Number.isFinite(seconds) && { retryAfter: seconds }),
  }
}

function noResponse(error: unknown, timeout: number, masked: (text: string) => string): TargetResponse {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return { kind: 'none', reason: 'timeout', text: `No response within ${timeout} milliseconds.` }
  }
  if (error instanceof ResponseTooLarge) return { kind: 'none', reason: 'too large', text: error.message }
  return { kind: 'none', reason: 'connection', text: masked(reasonOf(error)) }
}

/** fetch rejects with "fetch failed"; the reason is in its cause. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  const reason =
    cause instanceof Error ? cause.message || String((cause as { code?: string }).code ?? '') : ''
  return reason === '' ? error.message : `${error.message}: ${reason}`
}

type RateLimitOptions = {
  /** Requests per second; Microsoft requires targets to support 25. Infinity for no limit. */
  readonly maxRps: number
  /** Retries after the Retry-After of a 429 or 503. Entra isn't known to do this. */
  readonly honorRetryAfter: boolean
  readonly sleep?: (milliseconds: number) => Promise<unknown>
  /** Real time, not the job's. */
  readonly now?: () => number
}

const attempts = 5

export function withRateLimit(target: Target, options: RateLimitOptions): Target {
  const { maxRps, honorRetryAfter, sleep = setTimeout, now = () => performance.now() } = options
  const interval = 1000 / maxRps
  let nextFree = now()
  const waitForSlot = async () => {
    const at = Math.max(now(), nextFree)
    nextFree = at + interval
    const wait = at - now()
    if (wait > 0) await sleep(wait)
  }
  return async request => {
    for (let attempt = 1; ; attempt++) {
      await waitForSlot()
      const response = await target(request)
      const seconds = retryAfterOf(response)
      if (!honorRetryAfter || seconds === undefined || attempt === attempts) return response
      // Concurrent requests wait as well.
      nextFree = Math.max(nextFree, now() + seconds * 1000)
    }
  }
}

type Connection = {
  readonly url: string | undefined
  readonly token: string | undefined
  readonly timeout: number
  readonly maxRps: number
}

type OpenEndpoint = {
  readonly url: string
  readonly token: string
  readonly timeout: number
  readonly observe: ObserveRequest
}

export const limitedTarget = (
  { url, token, timeout, maxRps }: Connection,
  observe: ObserveRequest,
  open: (endpoint: OpenEndpoint) => Target,
): Target =>
  url === undefined || token === undefined
    ? noTarget
    : withRateLimit(open({ url, token, timeout, observe }), { maxRps, honorRetryAfter: false })

const retryAfterOf = (response: TargetResponse): number | undefined =>
  response.kind === 'response' && (response.status === 429 || response.status === 503)
    ? response.retryAfter
    : undefined
