import { durationInWords } from '../../entra/duration.ts'
import type { JobState } from '../../entra/job-state.ts'
import type { JobStatus } from '../../entra/job-status.ts'
import { type Column, record, table } from '../table.ts'
import { counted, shortTime } from '../words.ts'
import type { Waiting } from './failures.ts'
import { hintsFor } from './hints.ts'

export type StatusAnswer = JobStatus & {
  readonly lastCycle: JobState['lastCycle']
  /** Milliseconds that the job's clock is ahead of real time. */
  readonly clockAhead: number
  readonly waiting: readonly Waiting[]
}

const codes: Readonly<Record<JobStatus['code'], string>> = {
  NotRun: 'not run yet: `scimulator entra sync` runs the initial cycle',
  Active: 'active',
  Quarantine: 'in quarantine',
  Disabled: 'disabled after four weeks in quarantine: `scimulator entra restart` wakes it',
}

const columns: readonly Column<Waiting>[] = [
  { name: 'waiting', of: ({ name }) => name },
  { name: 'what', of: ({ what }) => what },
  { name: 'attempts', of: ({ attempts }) => attempts },
  {
    name: 'next attempt',
    of: ({ nextAttempt }) => (nextAttempt === undefined ? 'with another object' : time(nextAttempt)),
  },
  { name: 'error', of: ({ errorCode }) => errorCode },
]

/** What the provisioning page of an application shows. */
export function statusInWords(status: StatusAnswer): string {
  const { code, watermark, lastCycle, nextCycleAt, users, groups, links, clockAhead, waiting } = status
  const facts = record([
    ['status', codes[code]],
    ['initial cycle', status.initialCycleDone ? 'done' : 'not done'],
    ['watermark', time(watermark)],
    ['last cycle', lastCycle && `${lastCycle.ending}, ${time(lastCycle.endedAt)}`],
    ['next cycle', time(nextCycleAt)],
    ['known', `${counted(users, 'user')}, ${counted(groups, 'group')}`],
    ['links', links],
    [
      'in escrow',
      `${counted(status.escrows.objects, 'object')}, ${counted(status.escrows.references, 'reference')}`,
    ],
    ...quarantineFacts(status),
    ...(clockAhead > 0 ? [['clock', `${durationInWords(clockAhead)} ahead of real time`] as const] : []),
  ])
  const failed = waiting.length > 0 ? `\n${table(columns, waiting)}` : ''
  const hints = hintsFor(status.quarantine, waiting).map(hint => `\n${hint}`)
  return `${facts}${failed}${hints.length > 0 ? `${hints.join('')}\n` : ''}`
}

const quarantineFacts = ({ quarantine }: StatusAnswer) =>
  quarantine
    ? ([
        ['quarantine', `${quarantine.reason}, since ${time(quarantine.seriesBegan)}`],
        ['because', `${quarantine.error.code}: ${quarantine.error.message}`],
        ['attempts', quarantine.seriesCount],
        ['next attempt', time(quarantine.nextAttempt)],
      ] as const)
    : []

const time = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : shortTime(new Date(at).toISOString())
