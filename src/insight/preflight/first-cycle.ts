import type { Preflight } from '../../domain/contract/preflight.ts'
import type { Profile } from '../../profiles/profile.ts'
import type { CycleReport } from '../../provisioning/entra/job/cycle-report.ts'
import { createJob } from '../../provisioning/entra/job/job.ts'
import { type JobConfig, type JobState, memoryStore } from '../../provisioning/entra/job/job-state.ts'
import type { Mapping } from '../../provisioning/entra/mapping/mapping.ts'
import { evaluateScope, type Scope } from '../../provisioning/entra/mapping/scope.ts'
import type { ProvisioningLog } from '../../provisioning/entra/planning/provisioning-log.ts'
import type {
  SourceDirectory,
  SourceGroup,
  SourceUser,
} from '../../provisioning/kit/directory/source-directory.ts'
import { compact } from '../../scim/json.ts'
import { createDryRunTarget } from './dry-run-target.ts'
import { countedIds, entraJobConfig } from './entra-job.ts'
import { type DescribedFailure, failuresOf, probeFailures } from './failures.ts'

export type PreflightOptions = {
  readonly profile: Profile
  readonly mapping: Mapping
  readonly mappingName: Preflight['mapping']
  /** The assigned objects if the directory has assignments, otherwise all of them, unless it is given. */
  readonly scope?: JobConfig['scope']
  readonly memberBatchSize?: number
  /** Milliseconds since 1970. */
  readonly now: number
}

export type FirstCycle = {
  readonly directory: SourceDirectory
  readonly config: JobConfig
  readonly profile: Profile
  readonly scope: Scope
  readonly report: CycleReport
  readonly state: JobState
  readonly failures: readonly DescribedFailure[]
}

export const isProvisioned = (object: SourceUser | SourceGroup, scope: Scope): boolean =>
  object.deletedAt === undefined && scope.has(object)

export async function runFirstCycle(
  directory: SourceDirectory,
  options: PreflightOptions,
): Promise<FirstCycle> {
  const { profile, mapping, memberBatchSize, now } = options
  const config = entraJobConfig(directory, profile, {
    ...{ name: 'preflight', mapping },
    ...compact({ scope: options.scope, memberBatchSize }),
  })
  const target = createDryRunTarget(profile, now)
  const store = memoryStore()
  const names = new Map<string, string>()
  const context = { mapping, nameOf: (id: string) => names.get(id) ?? id }
  const failures: DescribedFailure[] = []
  const log: ProvisioningLog = {
    provisioned(entry) {
      const rejections = target.takeRejections()
      names.set(entry.targetIdentity.id, entry.sourceIdentity.displayName)
      if (entry.provisioningStatusInfo.status !== 'failure') return
      for (const failure of failuresOf(entry, rejections, context)) failures.push(failure)
    },
    audited: () => {},
    flush: async () => {},
  }
  const job = createJob({
    config,
    state: store,
    target: target.send,
    clock: () => now,
    log,
    newId: countedIds(),
  })
  const report = await job.runCycle({ directory }).finally(target.close)
  failures.push(...probeFailures(target.takeRejections(), context))
  const scope = evaluateScope(directory, mapping, config.scope)
  return { directory, config, profile, scope, report, state: store.state, failures }
}
