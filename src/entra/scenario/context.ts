import { randomUUID } from 'node:crypto'
import { isObject, type Json } from '../../scim/json.ts'
import type { SourceDirectory } from '../directory/source-directory.ts'
import { createJob, type Job } from '../job/job.ts'
import { defaultJobConfig, type JobConfig } from '../job/job-config.ts'
import { type JobStore, memoryStore } from '../job/job-state.ts'
import { memoryLog } from '../job/log.ts'
import {
  defaultRequestOptions,
  type RequestOptions,
  type Target,
  type TargetRequest,
  type TargetResponse,
} from '../target.ts'
import { createKnownIds, type KnownIds, type ListMembers } from './lookup.ts'
import type { Fault, RequestPattern, Scenario } from './scenario.ts'

/** Whether a request matches the pattern; `*` matches any text, including none. */
export function matchesPattern({ method, path }: RequestPattern, request: TargetRequest): boolean {
  if (method !== request.method) return false
  const text = path.split('*').map(part => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${text.join('.*')}$`, 's').test(request.path)
}

/** Injects the faults of a scenario on the client's side, so that any server can be the target. */
type FaultyTarget = {
  readonly send: Target
  /** The pattern must not contain placeholders. */
  fail(fault: Fault): void
  /** Returns 401 for all requests after this many. */
  expireToken(after: number): void
  renewToken(): void
  /** Requests since the last call, including failed ones. */
  takeRequests(): readonly TargetRequest[]
}

function createFaultyTarget(target: Target): FaultyTarget {
  let faults: { readonly fault: Fault; left: number }[] = []
  let accepted = Number.POSITIVE_INFINITY
  let sent: TargetRequest[] = []
  const send: Target = async request => {
    sent.push(request)
    if (accepted === 0) return errorResponse(401, 'The token has expired.')
    accepted--
    const one = faults.find(({ fault }) => !fault.on || matchesPattern(fault.on, request))
    if (!one) return target(request)
    one.left--
    faults = faults.filter(({ left }) => left > 0)
    return one.fault.with === 'duplicate'
      ? duplicatedResults(await target(request))
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

/** Duplicates each resource of a list under another id. */
function duplicatedResults(response: TargetResponse): TargetResponse {
  if (response.kind === 'none' || !isObject(response.body) || !Array.isArray(response.body.Resources))
    return response
  const found: readonly Json[] = response.body.Resources
  const again = (each: Json): Json => (isObject(each) ? { ...each, id: `${String(each.id)}-again` } : each)
  const all = found.flatMap((each): readonly Json[] => [each, again(each)])
  const body = { ...response.body, totalResults: all.length, Resources: all }
  return { ...response, body, text: JSON.stringify(body) }
}

export type ScenarioOptions = {
  readonly target: Target
  /** The dialect and other variants of requests. */
  readonly wire?: Partial<RequestOptions>
  /** Lists members of groups, for targets that never return them over SCIM. */
  readonly listMembers?: ListMembers
  /** Advances the target's clock along with the job's. */
  readonly advanceClock?: (milliseconds: number) => Promise<void>
  /** Start time; now by default. */
  readonly start?: number
}

/** Everything that the steps of a scenario work with. */
export type ScenarioContext = {
  readonly options: ScenarioOptions
  readonly config: JobConfig
  readonly job: Job
  readonly store: JobStore
  readonly target: FaultyTarget
  readonly log: ReturnType<typeof memoryLog>
  readonly ids: KnownIds
  directory: SourceDirectory
  now: number
}

export function createScenarioContext(
  { directory, mapping, settings }: Scenario,
  options: ScenarioOptions,
): ScenarioContext {
  const target = createFaultyTarget(options.target)
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
  const context: ScenarioContext = {
    options,
    config,
    store,
    target,
    log,
    ids: createKnownIds(),
    directory,
    now: options.start ?? Date.now(),
    job: createJob({ config, state: store, target: target.send, clock: () => context.now, log }),
  }
  context.ids.update(directory, store.state)
  return context
}

export async function advanceTime(context: ScenarioContext, milliseconds: number): Promise<void> {
  if (milliseconds <= 0) return
  context.now += milliseconds
  await context.options.advanceClock?.(milliseconds)
}
