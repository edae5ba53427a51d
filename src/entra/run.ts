import type { JsonObject } from '../scim/json.ts'
import type { CycleCounts } from './cycle-report.ts'
import type { WireOptions } from './dialect.ts'
import type { Failure } from './error-codes.ts'
import type { JobConfig } from './job-config.ts'
import type { JobState } from './job-state.ts'
import type { Links } from './links.ts'
import type { Outcome } from './plan.ts'
import type { Subject } from './subject.ts'
import type { Survey } from './survey.ts'
import type { Target } from './target.ts'

export type Tally = { -readonly [Name in keyof CycleCounts]: CycleCounts[Name] }

/** What one cycle, or one provisioning on demand, works with. */
export type Run = {
  readonly config: JobConfig
  readonly wire: WireOptions
  readonly state: JobState
  readonly links: Links
  readonly survey: Survey
  readonly send: Target
  readonly now: () => number
  readonly counts: Tally
  /** What this cycle has read and not written to after: references need no other read. */
  readonly fresh: Map<string, JsonObject>
  /** No more is to be begun. */
  readonly mayGoOn: () => boolean
  /** Whether a doubtful failure is about the whole job; if so, nothing further is begun. */
  breaksJob(failure: Failure): Promise<boolean>
  report(subject: Pick<Subject, 'kind' | 'objectId' | 'name'>, outcome: Outcome, startedAt: number): void
}

export const noCounts = (): Tally => ({
  created: 0,
  matched: 0,
  updated: 0,
  disabled: 0,
  deleted: 0,
  stagedDeletes: 0,
  skipped: 0,
  failed: 0,
  membersAdded: 0,
  membersRemoved: 0,
  managersSet: 0,
})
