import type { CycleReport } from './cycle-report.ts'

/** A cycle in plain words, for a terminal. */
export function wordedReport(report: CycleReport): string {
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

const words = {
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
  Object.entries(words).flatMap(([name, word]) => {
    const count = counts[name as keyof typeof words]
    return count > 0 ? [`${word}: ${count}`] : []
  })

const quarantineLines = ({ quarantine }: CycleReport): readonly string[] =>
  quarantine
    ? [
        `Quarantine since ${new Date(quarantine.seriesBegan).toISOString()} (${quarantine.reason}): ` +
          `${quarantine.error.code}: ${quarantine.error.message}`,
      ]
    : []
