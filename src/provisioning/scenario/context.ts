import { randomUUID } from 'node:crypto'
import { isObject, type Json } from '../../scim/json.ts'
import {
  holdToken,
  type NoToken,
  type RequestToken,
  secretToken,
  withCredentials,
} from '../entra/credentials/credentials.ts'
import { createJob, type Job } from '../entra/job/job.ts'
import { defaultJobConfig, type JobConfig, type JobStore, memoryStore } from '../entra/job/job-state.ts'
import { memoryLog } from '../entra/job/log.ts'
import type { SourceDirectory } from '../kit/directory/source-directory.ts'
import {
  defaultRequestOptions,
  type RequestOptions,
  type SendWithToken,
  type Target,
  type TargetRequest,
  type TargetResponse,
} from '../kit/target.ts'
import { createKnownIds, type KnownIds, type ListMembers } from './lookup.ts'
import type { Fault, RequestPattern, Scenario, TokenFault } from './scenario.ts'

export type ScenarioConnection = {
  readonly send: SendWithToken
  readonly requestToken: RequestToken
  readonly refreshOn401: boolean
}

export type SecretRotation = {
  create(): Promise<void>
  deleteOld(): Promise<void>
}

export type ScenarioOptions = {
  readonly target: Target | ScenarioConnection
  readonly secrets?: SecretRotation
  readonly rotateKeys?: () => Promise<unknown>
  readonly wire?: Partial<RequestOptions>
  readonly listMembers?: ListMembers
  readonly advanceClock?: (milliseconds: number) => Promise<void>
  readonly start?: number
}

export type ScenarioContext = {
  readonly options: ScenarioOptions
  readonly config: JobConfig
  readonly job: Job
  readonly store: JobStore
  /** Without the faults of the scenario: for checks, and for requests of other clients. */
  readonly direct: Target
  readonly target: FaultyTarget
  readonly tokens: TokenFaults | undefined
  readonly log: ReturnType<typeof memoryLog>
  readonly ids: KnownIds
  directory: SourceDirectory
  now: number
}

export function createScenarioContext(
  { directory, mapping, settings }: Scenario,
  options: ScenarioOptions,
): ScenarioContext {
  const store = memoryStore()
  const log = memoryLog()
  const config: JobConfig = {
    ...defaultJobConfig,
    // Sequential, so that the order of requests is predictable.
    concurrency: 1,
    memberConcurrency: 1,
    ...settings,
    jobId: `scim.scenario.${randomUUID()}`,
    tenantId: randomUUID(),
    application: { id: randomUUID(), displayName: 'Scenario' },
    mapping,
    wire: { ...defaultRequestOptions, ...options.wire },
  }
  const clock = () => context.now
  const { direct, target, tokens, credentials } = connect(options.target, clock)
  const context: ScenarioContext = {
    options,
    config,
    store,
    direct,
    target,
    tokens,
    log,
    ids: createKnownIds(),
    directory,
    now: options.start ?? Date.now(),
    job: createJob({
      config,
      state: store,
      target: withCredentials(target.send, credentials),
      credentials,
      clock,
      log,
    }),
  }
  context.ids.update(directory, store.state)
  return context
}

function connect(target: ScenarioOptions['target'], clock: () => number) {
  if (typeof target === 'function') {
    const faulty = createFaultyTarget(target)
    return { direct: target, target: faulty, tokens: undefined, credentials: secretToken('') }
  }
  const { send, requestToken, refreshOn401 } = target
  const tokens = createTokenFaults(requestToken)
  return {
    direct: withCredentials(send, holdToken(requestToken, { clock, refreshOn401: true })),
    target: createFaultyTarget(send),
    tokens,
    credentials: holdToken(tokens.requestToken, { clock, refreshOn401 }),
  }
}

export async function advanceTime(context: ScenarioContext, milliseconds: number): Promise<void> {
  if (milliseconds <= 0) return
  context.now += milliseconds
  await context.options.advanceClock?.(milliseconds)
}

/** Whether a request matches the pattern; `*` matches any text, including none. */
export function matchesPattern({ method, path }: RequestPattern, request: TargetRequest): boolean {
  if (method !== request.method) return false
  const text = path.split('*').map(part => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${text.join('.*')}$`, 's').test(request.path)
}

/** Injects the faults of a scenario on the client's side, so that any server can be the target. */
type FaultyTarget = {
  readonly send: SendWithToken
  /** The pattern must not contain placeholders. */
  fail(fault: Fault): void
  expireToken(after: number): void
  renewToken(): void
  takeRequests(): readonly TargetRequest[]
}

function createFaultyTarget(target: SendWithToken): FaultyTarget {
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

function createTokenFaults(requestToken: RequestToken): TokenFaults {
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
