import { setTimeout } from 'node:timers/promises'
import { createRedactor, minSecretLength, type Redactor, type Secret } from '../redaction/redactor.ts'
import { ResponseTooLarge, readResponseText } from './response-text.ts'
import {
  type Dialect,
  parseJsonOrUndefined,
  type Target,
  type TargetRequest,
  type TargetResponse,
} from './target.ts'

export type HttpTargetOptions = {
  /** `https://host/scim`, with `?aadOptscim062020` for the other dialect. */
  readonly tenantUrl: string
  /** Is sent and never kept: errors that repeat it are masked. */
  readonly token: string
  /** Milliseconds; 100 seconds unless told otherwise, as .NET's HttpClient waits. */
  readonly timeout?: number
  /** The service is said to send none; then fetch's own is empty. */
  readonly userAgent?: string
  readonly accept?: string
  /** Leaves the tenant URL's query on each request. */
  readonly keepFlagInQuery?: boolean
  readonly fetch?: typeof globalThis.fetch
}

const flag = 'aadOptscim062020'

/** The dialect that a tenant URL asks for, whatever the case of its flag. */
export const dialectOf = (tenantUrl: string): Dialect =>
  [...new URL(tenantUrl).searchParams.keys()].some(key => key.toLowerCase() === flag.toLowerCase())
    ? flag
    : 'default'

/** A SCIM endpoint reached over HTTP. Throws a TypeError for what is no URL; after that it never rejects. */
export function httpTarget(options: HttpTargetOptions): Target {
  const { token, timeout = 100_000, keepFlagInQuery = false, fetch = globalThis.fetch } = options
  const url = new URL(options.tenantUrl)
  const base = url.origin + url.pathname.replace(/\/+$/, '')
  const query = keepFlagInQuery ? url.search.slice(1) : ''
  const masked = createRedactor(secretsOf(token)).redact
  return async request => {
    try {
      const response = await fetch(base + withQuery(request.path, query), {
        method: request.method,
        headers: headersOf(request, options),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      })
      return toResponse(response, await readResponseText(response), masked)
    } catch (error) {
      return noResponse(error, timeout, masked)
    }
  }
}

// A short token occurs by chance in ids and words: it is masked as a whole header alone.
const secretsOf = (token: string): readonly Secret[] => [
  { text: `Bearer ${token}`, placeholder: 'Bearer ***' },
  ...(token.length < minSecretLength ? [] : [{ text: token, placeholder: '***' }]),
]

const withQuery = (path: string, query: string) =>
  query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`

function headersOf(
  { body }: TargetRequest,
  { token, userAgent, accept }: HttpTargetOptions,
): Record<string, string> {
  return {
    Authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'Content-Type': 'application/scim+json; charset=utf-8' }),
    // fetch cannot send none at all; an empty one and `*/*` come closest.
    'User-Agent': userAgent ?? '',
    Accept: accept ?? '*/*',
  }
}

/** The text is for the log, where no secret may be; what succeeded is kept, and read as it came. */
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
    return { kind: 'none', reason: 'timeout', text: `Nothing came within ${timeout} milliseconds.` }
  }
  if (error instanceof ResponseTooLarge) return { kind: 'none', reason: 'too large', text: error.message }
  return { kind: 'none', reason: 'connection', text: masked(reasonOf(error)) }
}

/** fetch says "fetch failed", and what failed in its cause. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  const why = cause instanceof Error ? cause.message || String((cause as { code?: string }).code ?? '') : ''
  return why === '' ? error.message : `${error.message}: ${why}`
}

export type RateLimitOptions = {
  /** Requests a second; Microsoft wants targets to stand 25. Infinity for no limit. */
  readonly maxRps: number
  /** Waits as long as a 429 or 503 tells, and sends again. Entra isn't known to. */
  readonly honourRetryAfter: boolean
  readonly sleep?: (milliseconds: number) => Promise<unknown>
  /** Real time, not the job's. */
  readonly now?: () => number
}

const attempts = 5

/** A target that is asked no faster than it should be. */
export function withRateLimit(target: Target, options: RateLimitOptions): Target {
  const { maxRps, honourRetryAfter, sleep = setTimeout, now = () => performance.now() } = options
  const gap = 1000 / maxRps
  let free = now()
  const turn = async () => {
    const at = Math.max(now(), free)
    free = at + gap
    const wait = at - now()
    if (wait > 0) await sleep(wait)
  }
  return async request => {
    for (let attempt = 1; ; attempt++) {
      await turn()
      const response = await target(request)
      const seconds = retryAfterOf(response)
      if (!honourRetryAfter || seconds === undefined || attempt === attempts) return response
      // Nobody else sends meanwhile either.
      free = Math.max(free, now() + seconds * 1000)
    }
  }
}

const retryAfterOf = (response: TargetResponse): number | undefined =>
  response.kind === 'response' && (response.status === 429 || response.status === 503)
    ? response.retryAfter
    : undefined
