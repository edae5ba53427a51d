import type { Command } from 'commander'
import { formatDuration } from '../../../domain/duration.ts'
import { entra, lastKnownTime } from '../../../provisioning/entra/client.ts'
import { jobStatus } from '../../../provisioning/entra/job/job.ts'
import { entraState, type JobState, type JobStatus } from '../../../provisioning/entra/job/job-state.ts'
import { createClockFrom } from '../../../provisioning/kit/client.ts'
import { readSettings } from '../job-settings.ts'
import { withCliErrors, withJob } from '../open-job.ts'
import { formatCount, formatTime, printable } from '../output.ts'
import { createSession } from '../session.ts'
import { type Column, formatRecord, formatTable } from '../table.ts'
import { hintsFor, type PendingRetry, pendingRetries } from './failures.ts'

export type RestartOptions = { readonly full?: boolean }

/** `scimulator entra restart`: the next cycle is initial. */
export const restart = ({ full = false }: RestartOptions, command: Command): Promise<void> =>
  withJob(entra, readSettings(command, entra, []), async ({ job, state }) => {
    // The next cycle may use another target: it reads every object again.
    delete state.tenantUrl
    await job.restart({ full })
    const cleared = full ? 'watermark, escrows, quarantine and links' : 'watermark, escrows and quarantine'
    createSession(command).show(statusJson(job.status()), `Cleared ${cleared}. The next cycle is initial.\n`)
  })

export type StatusReport = JobStatus & {
  readonly lastCycle: JobState['lastCycle']
  /** Milliseconds that the job's clock is ahead of real time. */
  readonly clockAhead: number
  readonly waiting: readonly PendingRetry[]
}

const statusLabels: Readonly<Record<JobStatus['code'], string>> = {
  NotRun: 'not run yet; run `scimulator entra sync`',
  Active: 'active',
  Quarantine: 'in quarantine',
  Disabled: 'disabled after four weeks in quarantine; run `scimulator entra restart`',
}

const statuses: Readonly<Record<JobStatus['code'], string>> = {
  NotRun: 'not-run',
  Active: 'active',
  Quarantine: 'quarantine',
  Disabled: 'disabled',
}

const times = ['watermark', 'nextCycleAt', 'endedAt', 'currentBegan', 'seriesBegan', 'nextAttempt']

/** With ISO 8601 times, and the status as other commands write it; `code` is the one of Microsoft Graph. */
const statusJson = (status: JobStatus): unknown =>
  JSON.parse(
    JSON.stringify({ status: statuses[status.code], ...status }, (name, value: unknown) =>
      times.includes(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
    ),
  )

const columns: readonly Column<PendingRetry>[] = [
  { name: 'retrying', of: ({ name }) => name },
  { name: 'what', of: ({ what }) => what },
  { name: 'attempts', of: ({ attempts }) => attempts },
  {
    name: 'next attempt',
    of: ({ nextAttempt }) => (nextAttempt === undefined ? 'after another object' : time(nextAttempt)),
  },
  { name: 'error', of: ({ errorCode }) => errorCode },
]

export function formatStatus(status: StatusReport): string {
  const { code, watermark, lastCycle, nextCycleAt, users, groups, links, clockAhead, waiting } = status
  const record = formatRecord([
    ['status', statusLabels[code]],
    ['initial cycle', status.initialCycleDone ? 'done' : 'not done'],
    ['watermark', time(watermark)],
    ['last cycle', lastCycle && `${lastCycle.ending}, ${time(lastCycle.endedAt)}`],
    ['next cycle', time(nextCycleAt)],
    ['processed', `${formatCount(users, 'user')}, ${formatCount(groups, 'group')}`],
    ['matched', links],
    [
      'in escrow',
      `${formatCount(status.escrows.objects, 'object')}, ${formatCount(status.escrows.references, 'reference')}`,
    ],
    ...quarantineRows(status),
    ...(clockAhead > 0 ? [['clock', `${formatDuration(clockAhead)} ahead of real time`] as const] : []),
  ])
  const failed = waiting.length > 0 ? `\n${formatTable(columns, waiting)}` : ''
  const hints = hintsFor(status.quarantine, waiting).map(hint => `\n${hint}`)
  return `${record}${failed}${hints.length > 0 ? `${hints.join('')}\n` : ''}`
}

const quarantineRows = ({ quarantine }: StatusReport) =>
  quarantine
    ? ([
        ['quarantine', `${quarantine.reason}, since ${time(quarantine.seriesBegan)}`],
        ['reason', `${quarantine.error.code}: ${quarantine.error.message}`],
        ['attempts', quarantine.seriesCount],
        ['next attempt', time(quarantine.nextAttempt)],
      ] as const)
    : []

const time = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : formatTime(new Date(at).toISOString())

/** Only reads, so it can run during a cycle. */
export async function status(_options: object, command: Command): Promise<void> {
  const { state: file } = readSettings(command, entra, [])
  const state = await withCliErrors(entraState.readStateFile(file))
  const clock = createClockFrom(lastKnownTime(state))
  const job = jobStatus(state, clock.now())
  const waiting = pendingRetries(state)
  const response = { ...job, lastCycle: state.lastCycle, clockAhead: clock.ahead(), waiting }
  createSession(command).show(statusJson(response), formatStatus(response))
}

/** Exit code 1 if the probes fail. */
export async function testConnection(_options: object, command: Command): Promise<void> {
  const settings = readSettings(command, entra, ['url', 'credentials'])
  const job = await withCliErrors(entra.openInMemory(settings))
  const test = await job.testConnection()
  createSession(command).show(
    test,
    test.ok
      ? 'The supplied credentials are authorized to enable provisioning.\n'
      : `${test.errorCode}: ${printable(test.message)}\n`,
  )
  process.exitCode = test.ok ? 0 : 1
}
