import type { Progress } from '../../kit/run.ts'
import type { Quarantine } from './job-state.ts'

export type CycleEnding =
  | 'completed'
  | 'stopped'
  | 'quarantined'
  | 'waiting'
  /** Disabled after four weeks in quarantine until a restart: no request was sent. */
  | 'disabled'

export type CyclePhase = 'probes' | 'users' | 'groups' | 'references'

export const noCounts = () => ({
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

export type CycleCounts = ReturnType<typeof noCounts>

export type CycleReport = {
  readonly cycleId: string
  readonly kind: 'initial' | 'incremental'
  readonly ending: CycleEnding
  /** By the job's clock, in milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
  /** 40 minutes later, or the next attempt of a quarantine. Undefined when disabled. */
  readonly nextCycleAt: number | undefined
  readonly requests: number
  readonly writes: number
  readonly counts: Readonly<CycleCounts>
  readonly escrows: number
  readonly quarantine: Quarantine | undefined
}

export type CycleProgress = Progress<CyclePhase> & { readonly counts: Readonly<CycleCounts> }

export function formatCycleReport(report: CycleReport): string {
  const lines = [
    `${report.kind === 'initial' ? 'Initial' : 'Incremental'} cycle ${endings[report.ending]}: ` +
      `${report.requests} request${report.requests === 1 ? '' : 's'} (${report.writes} write${report.writes === 1 ? '' : 's'}).`,
    ...countLines(report),
    ...(report.escrows > 0 ? [`In escrow: ${report.escrows}`] : []),
    ...quarantineLines(report),
    ...(report.nextCycleAt === undefined
      ? []
      : [`Next cycle: ${new Date(report.nextCycleAt).toISOString()}`]),
  ]
  return `${lines.join('\n')}\n`
}

const endings: Readonly<Record<CycleReport['ending'], string>> = {
  completed: 'completed',
  stopped: 'stopped early; the next cycle resumes',
  quarantined: 'ended in quarantine',
  waiting: 'not run: the job is in quarantine',
  disabled: 'not run: the job is disabled after four weeks in quarantine; restart it',
}

const countLabels = {
  created: 'Created',
  matched: 'Matched',
  updated: 'Updated',
  disabled: 'Disabled',
  deleted: 'Deleted',
  stagedDeletes: 'Disables and deletions held',
  skipped: 'Skipped',
  failed: 'Failed',
  membersAdded: 'Members added',
  membersRemoved: 'Members removed',
  managersSet: 'Managers set',
} as const

const countLines = ({ counts }: CycleReport): readonly string[] =>
  Object.entries(countLabels).flatMap(([name, label]) => {
    const count = counts[name as keyof typeof countLabels]
    return count > 0 ? [`${label}: ${count}`] : []
  })

const quarantineLines = ({ quarantine }: CycleReport): readonly string[] =>
  quarantine
    ? [
        `Quarantine since ${new Date(quarantine.seriesBegan).toISOString()} (${quarantine.reason}): ` +
          `${quarantine.error.code}: ${quarantine.error.message}`,
      ]
    : []
