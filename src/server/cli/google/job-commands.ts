import type { Command } from 'commander'
import { google } from '../../../provisioning/google/client.ts'
import {
  type GoogleDirectory,
  ScopeGroupError,
  toGoogleDirectory,
} from '../../../provisioning/google/directory/google-directory.ts'
import { readGoogleDirectory } from '../../../provisioning/google/directory/read-google-directory.ts'
import { googleState, nextDueAt } from '../../../provisioning/google/job/changes.ts'
import type { Activation, Report } from '../../../provisioning/google/job/job.ts'
import { appOf, howToSettle, unknowns } from '../../../provisioning/google/settings.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { wrongUse } from '../cli-error.ts'
import { createDirectorySource } from '../directory-source.ts'
import { readSettings } from '../job-settings.ts'
import { withCliErrors, withJob } from '../open-job.ts'
import { formatCount, printable } from '../output.ts'
import { formatProgress, withProgress } from '../progress-line.ts'
import { createSession } from '../session.ts'
import { stopOnSignal } from '../stop-on-signal.ts'
import { runJob, type TimingOptions, timingOf } from '../watch.ts'
import { deprovisioningOf, formatDeprovisioning, formatReport, formatStatus, statusOf } from './report.ts'

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
  await withJob(google, settings, async ({ job, state, clock }) => {
    printUnknowns()
    if (directory.assignments.length === 0) {
      process.stderr.write('scimulator: The app is on for no user. List assignments in the directory.\n')
    }
    const signal = stopOnSignal()
    const format = (report: Report) => formatReport(report, state)
    const { ending, failed } = await runJob(
      { clock, timing, directory, source, signal, json },
      {
        run: read =>
          withProgress({ silent: json, format: formatProgress }, onProgress =>
            job.sync({ directory: readScope(read, settings.scopeGroup), signal, onProgress }),
          ),
        format,
        formatRepeated: (report, { fast }) => (report.requests > 0 || !fast ? format(report) : undefined),
        nextDue: ({ startedAt }) => nextDueAt(state, appOf(settings), startedAt),
      },
    )
    process.exitCode = ending === 'completed' && failed === 0 ? 0 : 1
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
