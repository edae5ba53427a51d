import { randomUUID } from 'node:crypto'
import {
  holdToken,
  type RequestToken,
  secretToken,
  withCredentials,
} from '../entra/credentials/credentials.ts'
import { createJob, type Job } from '../entra/job/job.ts'
import { defaultJobConfig, type JobConfig, type JobStore, memoryStore } from '../entra/job/job-state.ts'
import { memoryLog } from '../entra/job/log.ts'
import type { SourceDirectory } from '../kit/directory/source-directory.ts'
import { defaultRequestOptions, type RequestOptions, type SendWithToken, type Target } from '../kit/target.ts'
import {
  createFaultyTarget,
  createTokenFaults,
  type FaultyTarget,
  type TokenFaults,
} from './injected-faults.ts'
import { createKnownIds, type KnownIds, type ListMembers } from './lookup.ts'
import type { ScenarioStart } from './scenario.ts'

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
  { directory, mapping, settings }: ScenarioStart,
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
