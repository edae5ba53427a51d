import type { Command } from 'commander'
import { type App, howToSettle, unknowns } from '../../../provisioning/google/app.ts'
import { google } from '../../../provisioning/google/client.ts'
import {
  type GoogleDirectory,
  ScopeGroupError,
  toGoogleDirectory,
} from '../../../provisioning/google/directory/google-directory.ts'
import { readGoogleDirectory } from '../../../provisioning/google/directory/read-google-directory.ts'
import { nextDueAt } from '../../../provisioning/google/job/changes.ts'
import type { Activation } from '../../../provisioning/google/job/job.ts'
import { type GoogleState, googleState } from '../../../provisioning/google/job/job-state.ts'
import type { Report } from '../../../provisioning/google/job/provision-person.ts'
import { appOf } from '../../../provisioning/google/settings.ts'
import { createTransientJob } from '../../../provisioning/kit/client.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import type { JobClock } from '../../../provisioning/kit/job-clock.ts'
import { wrongUse } from '../cli-error.ts'
import { createDirectorySource } from '../directory-source.ts'
import { readSettings } from '../job-settings.ts'
import { openJob, withCliErrors } from '../open-job.ts'
import { formatCount, printable, printableJson } from '../output.ts'
import { formatProgress, withProgress } from '../progress-line.ts'
import { createSession } from '../session.ts'
import { stopOnSignal } from '../stop-on-signal.ts'
import { printLine, type TimingOptions, timingOf, type Watch, watchRuns } from '../watch.ts'
import { deprovisioningOf, formatDeprovisioning, formatReport, formatStatus, statusOf } from './report.ts'

/** Some of Google's requests are assumed: each start says which, and how a capture would settle it. */
function printUnknowns(): void {
  const lines = ["Not known about Google's client:", ...unknowns.map(each => `  ${each}`), howToSettle]
  process.stderr.write(lines.map(line => `scimulator: ${line}\n`).join(''))
}

/** `scimulator google activate`. Exit code 1 if the request fails. */
export async function activate(command: Command): Promise<void> {
  const job = createTransientJob(google, readSettings(command, google, ['url', 'token']))
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

/** `scimulator google sync`. Exit code 1 unless the last run was complete and nothing failed. */
export async function sync(options: TimingOptions, command: Command): Promise<void> {
  const settings = readSettings(command, google, ['url', 'token', 'directory'])
  const timing = timingOf(options, '10m')
  const source = createDirectorySource(settings.directory, readGoogleDirectory)
  const directory = await source()
  readScope(directory, settings.scopeGroup)
  const { json } = createSession(command)
  const opened = await openJob(google, settings)
  printUnknowns()
  if (directory.assignments.length === 0) {
    process.stderr.write('scimulator: The app is on for no user. List assignments in the directory.\n')
  }
  const signal = stopOnSignal()
  const run = (read: SourceDirectory): Promise<Report> =>
    withProgress({ silent: json, format: formatProgress }, onProgress =>
      opened.job.sync({ directory: readScope(read, settings.scopeGroup), signal, onProgress }),
    )
  try {
    const work = timing
      ? watch(opened, appOf(settings), { timing, directory, source, signal, json, run })
      : once(opened, run(directory), json)
    const { ending, failed } = await withCliErrors(work)
    process.exitCode = ending === 'completed' && failed === 0 ? 0 : 1
  } finally {
    await opened.close()
  }
}

type Opened = { readonly state: GoogleState; readonly clock: JobClock }

async function once({ state }: Opened, running: Promise<Report>, json: boolean): Promise<Report> {
  const report = await running
  process.stdout.write(json ? `${printableJson(report, 2)}\n` : formatReport(report, state))
  return report
}

type WatchOptions = Omit<Watch, 'clock' | 'run'> & {
  readonly run: (read: SourceDirectory) => Promise<Report>
}

/** Runs until it is interrupted, the time is up or, with --fast, no delay is left. Returns the last report. */
async function watch({ clock, state }: Opened, app: App, options: WatchOptions): Promise<Report> {
  const { timing, json } = options
  let last: Report | undefined
  await watchRuns({
    ...options,
    clock,
    async run(read) {
      const report = await options.run(read)
      last = report
      if (json) process.stdout.write(`${printableJson(report)}\n`)
      else if (report.requests > 0 || !timing.fast) printLine(report.startedAt, formatReport(report, state))
      const next = timing.fast ? nextDueAt(state, app, report.startedAt) : report.startedAt + timing.every
      return { next, ending: undefined }
    },
  })
  if (!last) throw new Error('A watch has at least one run.')
  return last
}

/** `scimulator google status`: only reads, so it can run during a run of the job. */
export async function status(command: Command): Promise<void> {
  const settings = readSettings(command, google, [])
  const state = await withCliErrors(googleState.readStateFile(settings.state))
  const found = statusOf(state, appOf(settings))
  createSession(command).show(found, formatStatus(found))
}

/** `scimulator google deprovision-settings`. */
export async function deprovisionSettings(command: Command): Promise<void> {
  const found = deprovisioningOf(appOf(readSettings(command, google, [])))
  createSession(command).show(found, formatDeprovisioning(found))
}
