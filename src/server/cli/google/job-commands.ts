import type { Command } from 'commander'
import type { Interoperability } from '../../../domain/contract/cycles.ts'
import { google } from '../../../provisioning/google/client.ts'
import {
  type GoogleDirectory,
  type Occasion,
  occasionLabels,
  occasions,
  ScopeGroupError,
  toGoogleDirectory,
} from '../../../provisioning/google/directory/google-directory.ts'
import { readGoogleDirectory } from '../../../provisioning/google/directory/read-google-directory.ts'
import {
  type GoogleState,
  googleState,
  nextDueAt,
  nextStepOf,
} from '../../../provisioning/google/job/changes.ts'
import type { Activation, Report } from '../../../provisioning/google/job/job.ts'
import { categoryLabels, categoryOf, type ErrorCategory } from '../../../provisioning/google/planning.ts'
import { type App, appOf, type Delay, howToSettle, unknowns } from '../../../provisioning/google/settings.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { causeText } from '../../../provisioning/kit/scim-request.ts'
import { wrongUse } from '../cli-error.ts'
import { readSettings } from '../job-settings.ts'
import { createDirectorySource, formatInteroperability, withCliErrors, withJob } from '../open-job.ts'
import { formatCount, formatTime, printable } from '../output.ts'
import { formatProgress, withProgress } from '../progress-line.ts'
import { createSession } from '../session.ts'
import { type Column, formatRecord, formatTable } from '../table.ts'
import { runJob, stopOnSignal, type TimingOptions, timingOf } from '../watch.ts'

/** Some of Google's requests are assumed: each start says which, and how a capture would settle it. */
function printUnknowns(): void {
  const lines = ["Not known about Google's client:", ...unknowns.map(each => `  ${each}`), howToSettle]
  process.stderr.write(lines.map(line => `scimulator: ${line}\n`).join(''))
}

/** Exit code 1 if the request fails. */
export async function activate(command: Command): Promise<void> {
  const job = await google.openInMemory(readSettings(command, google, ['url', 'token']))
  printUnknowns()
  const result = await job.activate()
  createSession(command).show(result, formatActivation(result))
  process.exitCode = result.ok ? 0 : 1
}

function formatActivation(result: Activation): string {
  if (!result.ok) return `The activation failed: ${printable(result.message)}\n`
  if (result.users === undefined) return 'The endpoint responds.\n'
  return `The endpoint reports ${formatCount(result.users, 'user')}.\n`
}

function readScope(directory: SourceDirectory, scopeGroup: string | undefined): GoogleDirectory {
  try {
    return toGoogleDirectory(directory, scopeGroup)
  } catch (error) {
    if (error instanceof ScopeGroupError) throw wrongUse(error.message)
    throw error
  }
}

/** Exit code 1 unless the last run was complete and nothing failed. */
export async function sync(options: TimingOptions, command: Command): Promise<void> {
  const settings = readSettings(command, google, ['url', 'token', 'directory'])
  const timing = timingOf(options, '10m')
  const source = createDirectorySource(settings.directory, readGoogleDirectory)
  const directory = await source()
  readScope(directory, settings.scopeGroup)
  const { json } = createSession(command)
  await withJob(google, settings, async ({ job, state, clock, interoperability }) => {
    printUnknowns()
    if (directory.assignments.length === 0) {
      process.stderr.write('scimulator: The app is on for no user. List assignments in the directory.\n')
    }
    const signal = stopOnSignal()
    type Evaluated = Report & { readonly interoperability: Interoperability }
    const format = (report: Evaluated) => formatReport(report, state)
    const report = await runJob<Evaluated>(
      { clock, timing, directory, source, signal, json },
      {
        async run(read) {
          const report = await withProgress({ silent: json, format: formatProgress }, onProgress =>
            job.sync({ directory: readScope(read, settings.scopeGroup), signal, onProgress }),
          )
          return { ...report, interoperability: interoperability() }
        },
        format,
        formatRepeated: (report, { fast }) => (report.requests > 0 || !fast ? format(report) : undefined),
        nextDue: ({ startedAt }) => nextDueAt(state, appOf(settings), startedAt),
      },
    )
    if (!json) process.stdout.write(formatInteroperability(report.interoperability))
    process.exitCode = report.ending === 'completed' && report.failed === 0 ? 0 : 1
  })
}

/** Only reads, so it can run during a run of the job. */
export async function status(command: Command): Promise<void> {
  const settings = readSettings(command, google, [])
  const state = await withCliErrors(googleState.readStateFile(settings.state))
  const found = statusOf(state, appOf(settings))
  createSession(command).show(found, formatStatus(found))
}

export async function deprovisionSettings(command: Command): Promise<void> {
  const found = deprovisioningOf(appOf(readSettings(command, google, [])))
  createSession(command).show(found, formatDeprovisioning(found))
}

/** `detail` is the server's reason, which Google's admin console does not show. */
type ErrorView = {
  readonly id: string
  readonly email: string
  readonly category: ErrorCategory
  readonly step: string
  readonly detail: string
  readonly at: string
  readonly attempts: number
}

type PendingView = {
  readonly id: string
  readonly email: string
  readonly why: Occasion
  readonly since: string
  readonly next: 'suspend' | 'delete'
  readonly at: string
}

export type Status = {
  readonly lastRunAt?: string
  readonly users: { readonly active: number; readonly suspended: number; readonly notCreated: number }
  readonly failures: Readonly<Record<ErrorCategory, number>>
  readonly errors: readonly ErrorView[]
  readonly pending: readonly PendingView[]
}

const iso = (time: number): string => new Date(time).toISOString()

export function statusOf({ people, lastRunAt }: GoogleState, app: App): Status {
  const records = [...people.values()]
  const count = (isCounted: (record: (typeof records)[number]) => boolean) => records.filter(isCounted).length
  const errors = errorsIn(people)
  const failures = { authorization: 0, transient: 0, user: 0 }
  for (const { category } of errors) failures[category]++
  return {
    ...(lastRunAt !== undefined && { lastRunAt: iso(lastRunAt) }),
    users: {
      active: count(({ target, sent }) => target !== undefined && sent?.active === true),
      suspended: count(({ target, sent }) => target !== undefined && sent?.active === false),
      notCreated: count(({ target }) => target === undefined),
    },
    failures,
    errors,
    pending: [...people].flatMap(([id, record]) => {
      const step = nextStepOf(record, app)
      if (!record.out || !step) return []
      const { email, out } = record
      return { id, email, why: out.why, since: iso(out.since), next: step.step, at: iso(step.at) }
    }),
  }
}

const errorsIn = (people: GoogleState['people']): readonly ErrorView[] =>
  [...people].flatMap(([id, { email, failure }]) =>
    failure
      ? {
          id,
          email,
          category: categoryOf(failure.cause),
          step: failure.step,
          detail: causeText(failure.cause),
          at: iso(failure.at),
          attempts: failure.attempts,
        }
      : [],
  )

const errorColumns: readonly Column<ErrorView>[] = [
  { name: 'user', of: ({ email }) => email },
  { name: 'error', of: ({ category }) => categoryLabels[category] },
  { name: 'attempts', of: ({ attempts }) => attempts },
  { name: 'last attempt', of: ({ at }) => formatTime(at) },
  { name: 'step', of: ({ step }) => step },
  { name: 'reason', of: ({ detail }) => detail },
]

const pendingColumns: readonly Column<PendingView>[] = [
  { name: 'out of scope', of: ({ email }) => email },
  { name: 'why', of: ({ why }) => occasionLabels[why] },
  { name: 'since', of: ({ since }) => formatTime(since) },
  { name: 'next', of: ({ next }) => next },
  { name: 'at', of: ({ at }) => formatTime(at) },
]

function formatStatus({ lastRunAt, users, failures, errors, pending }: Status): string {
  const record = formatRecord([
    ['last run', formatTime(lastRunAt)],
    ['active', formatCount(users.active, 'user')],
    ['suspended', formatCount(users.suspended, 'user')],
    ['not created', formatCount(users.notCreated, 'user')],
    ['failures', failuresOf(failures)],
  ])
  return [
    record,
    ...(errors.length > 0 ? [formatTable(errorColumns, errors)] : []),
    ...(pending.length > 0 ? [formatTable(pendingColumns, pending)] : []),
  ].join('\n')
}

const failuresOf = (failures: Status['failures']): string => {
  const counted = Object.entries(failures).filter(([, count]) => count > 0)
  return counted.length === 0
    ? 'none'
    : counted
        .map(([category, count]) => formatCount(count, categoryLabels[category as ErrorCategory]))
        .join(', ')
}

export function formatReport(report: Report, { people }: GoogleState): string {
  const { ending, requests, users, failed } = report
  const parts = [...Object.entries(users), ['failed', failed] as const].flatMap(([effect, count]) =>
    count > 0 ? [`${formatCount(count, 'user')} ${effect}`] : [],
  )
  const done = parts.length > 0 ? parts.join(', ') : 'No changes'
  const errors = errorsIn(people)
  const shown = errors.slice(0, maxShown).map(({ email, category, detail }) => {
    return `  ${printable(email)}: ${categoryLabels[category]}: ${printable(detail)}`
  })
  const left = errors.length - shown.length
  return [
    `${endings[ending]}${done} (${formatCount(requests, 'request')}).`,
    ...shown,
    ...(left > 0 ? [`  … and ${left} more. Run \`scimulator google status\` to list them.`] : []),
  ]
    .map(line => `${line}\n`)
    .join('')
}

const maxShown = 5

const endings: Readonly<Record<Report['ending'], string>> = {
  completed: '',
  stopped: 'Stopped: ',
  refused: 'Stopped, because the server refused the token: ',
}

type OccasionSettings = {
  readonly occasion: Occasion
  readonly suspendAfter: Delay
  readonly deleteAfter: Delay
}

const deprovisioningOf = ({ suspendAfter, deleteAfter }: App): readonly OccasionSettings[] =>
  occasions.map(occasion => ({
    occasion,
    suspendAfter: suspendAfter[occasion],
    deleteAfter: deleteAfter[occasion],
  }))

const settingsColumns: readonly Column<OccasionSettings>[] = [
  { name: 'occasion', of: ({ occasion }) => occasion },
  { name: 'meaning', of: ({ occasion }) => occasionLabels[occasion] },
  { name: 'suspend after', of: ({ suspendAfter }) => suspendAfter },
  { name: 'delete after', of: ({ deleteAfter }) => deleteAfter },
]

const formatDeprovisioning = (settings: readonly OccasionSettings[]): string =>
  formatTable(settingsColumns, settings)
