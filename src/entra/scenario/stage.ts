import { randomUUID } from 'node:crypto'
import { defaultWireOptions, type WireOptions } from '../dialect.ts'
import { createJob, type Job } from '../job.ts'
import { defaultJobConfig, type JobConfig } from '../job-config.ts'
import { type JobStore, memoryStore } from '../job-state.ts'
import { memoryLog } from '../log-file.ts'
import type { SourceDirectory } from '../source-directory.ts'
import type { Target } from '../target.ts'
import { type InterferedTarget, interfere } from './interfered-target.ts'
import { createKnownIds, type KnownIds } from './known-ids.ts'
import type { SeeMembers } from './look.ts'
import type { Scenario } from './scenario.ts'

export type StageParts = {
  readonly target: Target
  /** The dialect, and other points on which requests differ. */
  readonly wire?: Partial<WireOptions>
  /** Members of groups, for targets that never show them over SCIM. */
  readonly seeMembers?: SeeMembers
  /** Called when time passes, so that the target's clock can go along. */
  readonly moveClock?: (milliseconds: number) => Promise<void>
  /** The time at which it begins; now unless told. */
  readonly start?: number
}

/** All that the steps of a scenario work with. */
export type Stage = {
  readonly parts: StageParts
  readonly config: JobConfig
  readonly job: Job
  readonly store: JobStore
  readonly target: InterferedTarget
  readonly log: ReturnType<typeof memoryLog>
  readonly ids: KnownIds
  directory: SourceDirectory
  now: number
}

export function setStage({ directory, mapping, settings }: Scenario, parts: StageParts): Stage {
  const target = interfere(parts.target)
  const store = memoryStore()
  const log = memoryLog()
  const config: JobConfig = {
    ...defaultJobConfig,
    // One after the other, so that sequences can be foretold.
    concurrency: 1,
    memberConcurrency: 1,
    ...settings,
    jobId: `scim.scenario.${randomUUID()}`,
    tenantId: randomUUID(),
    application: { id: randomUUID(), displayName: 'Scenario' },
    mapping,
    wire: { ...defaultWireOptions, ...parts.wire },
  }
  const stage: Stage = {
    parts,
    config,
    store,
    target,
    log,
    ids: createKnownIds(),
    directory,
    now: parts.start ?? Date.now(),
    job: createJob({ config, state: store, target: target.send, clock: () => stage.now, log }),
  }
  stage.ids.look(directory, store.state)
  return stage
}

export async function pass(stage: Stage, milliseconds: number): Promise<void> {
  if (milliseconds <= 0) return
  stage.now += milliseconds
  await stage.parts.moveClock?.(milliseconds)
}
