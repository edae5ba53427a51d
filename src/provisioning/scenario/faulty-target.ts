import { isObject, type Json } from '../../scim/json.ts'
import type { SendWithToken, TargetRequest, TargetResponse } from '../kit/target.ts'
import type { Fault, RequestPattern } from './scenario.ts'

/** Whether a request matches the pattern; `*` matches any text, including none. */
export function matchesPattern({ method, path }: RequestPattern, request: TargetRequest): boolean {
  if (method !== request.method) return false
  const text = path.split('*').map(part => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${text.join('.*')}$`, 's').test(request.path)
}

/** Injects the faults of a scenario on the client's side, so that any server can be the target. */
export type FaultyTarget = {
  readonly send: SendWithToken
  /** The pattern must not contain placeholders. */
  fail(fault: Fault): void
  expireToken(after: number): void
  renewToken(): void
  takeRequests(): readonly TargetRequest[]
}

export function createFaultyTarget(target: SendWithToken): FaultyTarget {
  let faults: { readonly fault: Fault; left: number }[] = []
  let accepted = Number.POSITIVE_INFINITY
  const expired = new Set<string>()
  let sent: TargetRequest[] = []
  const isExpired = (token: string) => {
    if (expired.has(token)) return true
    if (accepted-- > 0) return false
    accepted = Number.POSITIVE_INFINITY
    expired.add(token)
    return true
  }
  const send: SendWithToken = async (request, token) => {
    sent.push(request)
    if (isExpired(token)) return errorResponse(401, 'The token has expired.')
    const one = faults.find(({ fault }) => !fault.on || matchesPattern(fault.on, request))
    if (!one) return target(request, token)
    one.left--
    faults = faults.filter(({ left }) => left > 0)
    return one.fault.with === 'duplicate'
      ? duplicatedResults(await target(request, token))
      : faultResponse(one.fault.with)
  }
  return {
    send,
    fail: fault => {
      if (fault.next > 0) faults.push({ fault, left: fault.next })
    },
    expireToken: after => {
      accepted = after
    },
    renewToken: () => {
      accepted = Number.POSITIVE_INFINITY
      expired.clear()
    },
    takeRequests: () => {
      const all = sent
      sent = []
      return all
    },
  }
}

function faultResponse(fault: Exclude<Fault['with'], 'duplicate'>): TargetResponse {
  if (fault === 'timeout') return { kind: 'none', reason: 'timeout', text: 'No response in time.' }
  if (fault === 'connection')
    return { kind: 'none', reason: 'connection', text: 'The connection was refused.' }
  if (fault === 'html') {
    const text = '<html><body>It works!</body></html>'
    return { kind: 'response', status: 200, body: undefined, text, mediaType: 'text/html' }
  }
  if (fault === 429) return { ...errorResponse(429, 'Too many requests.'), retryAfter: 1 }
  return errorResponse(fault, 'The scenario injects this failure.')
}

// RFC 7644 §3.12
function errorResponse(status: number, detail: string): Extract<TargetResponse, { kind: 'response' }> {
  const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status), detail }
  return { kind: 'response', status, body, text: JSON.stringify(body), mediaType: 'application/scim+json' }
}

function duplicatedResults(response: TargetResponse): TargetResponse {
  if (response.kind === 'none' || !isObject(response.body) || !Array.isArray(response.body.Resources))
    return response
  const found: readonly Json[] = response.body.Resources
  const again = (each: Json): Json => (isObject(each) ? { ...each, id: `${String(each.id)}-again` } : each)
  const all = found.flatMap((each): readonly Json[] => [each, again(each)])
  const body = { ...response.body, totalResults: all.length, Resources: all }
  return { ...response, body, text: JSON.stringify(body) }
}
