import type { Quarantine } from './job-state.ts'

/** How a call of `runCycle` ended. */
export type CycleEnding =
  /** All changes were looked at; what failed is in escrow. */
  | 'completed'
  /** The signal was given; the next cycle goes on from here. */
  | 'stopped'
  /** The job is in quarantine now, because of this cycle. */
  | 'quarantined'
  /** In quarantine, and the next attempt isn't due: no request was sent. */
  | 'waiting'
  /** Four weeks in quarantine: only a restart wakes the job. No request was sent. */
  | 'disabled'

export type CyclePhase = 'probes' | 'users' | 'groups' | 'references'

/** What was done, in objects; members and managers in references. */
export type CycleCounts = {
  readonly created: number
  /** Found in the target by a matching attribute, and linked. */
  readonly matched: number
  readonly updated: number
  readonly disabled: number
  readonly deleted: number
  readonly stagedDeletes: number
  readonly skipped: number
  readonly failed: number
  readonly membersAdded: number
  readonly membersRemoved: number
  readonly managersSet: number
}

export type CycleReport = {
  readonly cycleId: string
  readonly kind: 'initial' | 'incremental'
  readonly ending: CycleEnding
  /** By the job's clock, in milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
  /** When the service would run again: 40 minutes on, or the next attempt of a quarantine. Undefined when disabled. */
  readonly nextCycleAt: number | undefined
  readonly requests: number
  /** POST, PATCH and DELETE among them. */
  readonly writes: number
  readonly counts: CycleCounts
  /** Objects and references that wait for another attempt. */
  readonly escrows: number
  readonly quarantine: Quarantine | undefined
}

export type CycleProgress = {
  readonly phase: CyclePhase
  readonly done: number
  readonly total: number
  readonly requests: number
  readonly counts: CycleCounts
}

/** A cycle in plain words, for a terminal. */
export function formatCycleReport(report: CycleReport): string {
  const lines = [
    `${report.kind === 'initial' ? 'Initial' : 'Incremental'} cycle ${endings[report.ending]}: ` +
      `${report.requests} request${report.requests === 1 ? '' : 's'}, ${report.writes} of them writes.`,
    ...countLines(report),
    ...(report.escrows > 0 ? [`In escrow, to be tried again: ${report.escrows}`] : []),
    ...quarantineLines(report),
    ...(report.nextCycleAt === undefined
      ? []
      : [`Next cycle: ${new Date(report.nextCycleAt).toISOString()}`]),
  ]
  return `${lines.join('\n')}\n`
}

const endings: Readonly<Record<CycleReport['ending'], string>> = {
  completed: 'completed',
  stopped: 'stopped before its end; the next one goes on from there',
  quarantined: 'ended in quarantine',
  waiting: 'not run, because the job is in quarantine',
  disabled: 'not run, because the job is disabled after four weeks in quarantine: restart it',
}

const countLabels = {
  created: 'Created',
  matched: 'Found in the target and linked',
  updated: 'Updated',
  disabled: 'Disabled',
  deleted: 'Deleted',
  stagedDeletes: 'Disables and deletions held back',
  skipped: 'Skipped',
  failed: 'Failed',
  membersAdded: 'Members added',
  membersRemoved: 'Members removed',
  managersSet: 'Managers set',
} as const

const countLines = ({ counts }: CycleReport): readonly string[] =>
  Object.entries(countLabels).flatMap(([name, word]) => {
    const count = counts[name as keyof typeof countLabels]
    return count > 0 ? [`${word}: ${count}`] : []
  })

const quarantineLines = ({ quarantine }: CycleReport): readonly string[] =>
  quarantine
    ? [
        `Quarantine since ${new Date(quarantine.seriesBegan).toISOString()} (${quarantine.reason}): ` +
          `${quarantine.error.code}: ${quarantine.error.message}`,
      ]
    : []
