import type { CycleReport } from '../../src/provisioning/entra/job/cycle-report.ts'
import { createJob, type Job } from '../../src/provisioning/entra/job/job.ts'
import { defaultJobConfig, memoryStore } from '../../src/provisioning/entra/job/job-state.ts'
import { noLog } from '../../src/provisioning/entra/job/log.ts'
import { defaultMappings } from '../../src/provisioning/entra/mapping/default-mappings.ts'
import { readDirectory } from '../../src/provisioning/kit/directory/read-directory.ts'
import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import { defaultRequestOptions, type Target } from '../../src/provisioning/kit/target.ts'

/** Entra's side: Springfield's directory, and the job that provisions from it. */
export type EntraSide = {
  readonly job: Job
  /** Changes the directory. */
  edit(change: (directory: SourceDirectory, now: number) => SourceDirectory): void
  /** Advances 40 minutes and runs a cycle. */
  cycle(): Promise<CycleReport>
  /** Advances the clocks of the job and the tenant. */
  advance(milliseconds: number): Promise<void>
}

export async function springfield(
  target: Target,
  advanceClock: (milliseconds: number) => Promise<void>,
): Promise<EntraSide> {
  let { directory } = await readDirectory(new URL('../../samples/springfield.json', import.meta.url).pathname)
  let now = Date.now()
  const job = createJob({
    config: {
      ...defaultJobConfig,
      jobId: 'scim.demo',
      tenantId: 'demo',
      application: { id: 'demo', displayName: 'AWS IAM Identity Center' },
      mapping: defaultMappings.aws,
      wire: defaultRequestOptions,
    },
    state: memoryStore(),
    target,
    clock: () => now,
    log: noLog,
  })
  const advance = async (milliseconds: number) => {
    now += milliseconds
    await advanceClock(milliseconds)
  }
  return {
    job,
    edit: change => {
      directory = change(directory, now)
    },
    async cycle() {
      const due = job.status().nextCycleAt
      if (due !== undefined && due > now) await advance(due - now)
      return job.runCycle({ directory })
    },
    advance,
  }
}
