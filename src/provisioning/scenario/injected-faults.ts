import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { NoToken, RequestToken } from '../entra/credentials/credentials.ts'
import type { ProblemList, UncheckedFields } from '../entra/mapping/fields.ts'
import type { SendWithToken, TargetRequest, TargetResponse } from '../kit/target.ts'
import { readRequestPattern } from './read-expectation.ts'
import type { RequestPattern } from './scenario.ts'

/** The next matching requests fail in this way and don't reach the target, except with `duplicate`. */
export type Fault = {
  readonly with: number | 'timeout' | 'connection' | 'html' | 'duplicate'
  readonly next: number
  readonly on?: RequestPattern
}

/** The next token requests fail in this way and don't reach the token endpoint. */
export type TokenFault = { readonly with: number | 'timeout' | 'connection'; readonly next: number }

export class StepFields {
  readonly fields: UncheckedFields
  readonly place: string
  readonly problems: ProblemList

  constructor(fields: UncheckedFields, place: string, problems: ProblemList) {
    this.fields = fields
    this.place = place
    this.problems = problems
  }

  wrong(name: string, text: string): void {
    this.problems.add(`${this.place}.${name}`, text)
  }

  text(name: string): string {
    return this.problems.text(this.fields, name, this.place, 'required') ?? ''
  }

  object(name: string): JsonObject {
    const value = this.fields[name]
    if (isObject(value)) return value
    this.wrong(name, 'must be an object.')
    return {}
  }

  count(name: string, defaultValue: number): number {
    const value = this.fields[name] ?? defaultValue
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
    this.wrong(name, 'must be a whole number of at least 0.')
    return defaultValue
  }
}

const faultKinds = ['timeout', 'connection', 'html', 'duplicate'] as const

export function readFaultKind<Word extends string>(step: StepFields, words: readonly Word[]): number | Word {
  const { with: given = 500 } = step.fields
  const word = words.find(each => each === given)
  if (word !== undefined) return word
  if (typeof given === 'number' && Number.isInteger(given) && given >= 300 && given < 600) return given
  step.wrong('with', `must be a status such as 500, or one of ${words.join(', ')}.`)
  return 500
}

export function readFault(step: StepFields): Fault {
  const { on } = step.fields
  const kind = readFaultKind(step, faultKinds)
  const pattern = on === undefined ? undefined : readRequestPattern(on, `${step.place}.on`, step.problems)
  return {
    with: kind,
    next: step.count('next', 1),
    ...compact({ on: pattern }),
  }
}

export function describeFault({ with: fault, next, on }: Fault, noun = 'request'): string {
  const one = on ? `${on.method} ${on.path}` : noun
  const requests = next === 1 ? `The next ${one}` : `The next ${next} ${on ? `${one} request` : noun}s`
  const verb = (singular: string, plural: string) => `${requests} ${next === 1 ? singular : plural}`
  switch (fault) {
    case 'timeout':
      return `${verb('times', 'time')} out.`
    case 'connection':
      return `${verb('fails', 'fail')}: connection refused.`
    case 'html':
      return `${verb('returns', 'return')} a web page.`
    case 'duplicate':
      return `${verb('returns', 'return')} each resource twice.`
    case 429:
      return `${verb('returns', 'return')} 429 Too Many Requests.`
    default:
      return `${verb('returns', 'return')} status ${fault}.`
  }
}

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

export type TokenFaults = {
  readonly requestToken: RequestToken
  fail(fault: TokenFault): void
  expireSecret(): void
  renewSecret(): void
  takeCount(): number
}

export function createTokenFaults(requestToken: RequestToken): TokenFaults {
  let faults: { readonly fault: TokenFault; left: number }[] = []
  let isSecretExpired = false
  let count = 0
  return {
    async requestToken() {
      count++
      if (isSecretExpired) return faultResult(401)
      const [first] = faults
      if (!first) return requestToken()
      first.left--
      faults = faults.filter(({ left }) => left > 0)
      return faultResult(first.fault.with)
    },
    fail: fault => {
      if (fault.next > 0) faults.push({ fault, left: fault.next })
    },
    expireSecret: () => {
      isSecretExpired = true
    },
    renewSecret: () => {
      isSecretExpired = false
    },
    takeCount: () => {
      const counted = count
      count = 0
      return counted
    },
  }
}

function faultResult(fault: TokenFault['with']): NoToken {
  if (fault === 'timeout' || fault === 'connection')
    return { kind: 'none', reason: 'no access token', text: 'The token endpoint sent no response.' }
  const reason = fault === 400 || fault === 401 ? 'credentials refused' : 'no access token'
  return { kind: 'none', reason, text: `The token endpoint returned ${fault}.` }
}
