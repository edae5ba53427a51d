import type { Command } from 'commander'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { okta } from '../../../provisioning/okta/client.ts'
import {
  type OktaDirectory,
  readOktaDirectory,
  toOktaDirectory,
} from '../../../provisioning/okta/directory.ts'
import { type OktaState, oktaState } from '../../../provisioning/okta/job/changes.ts'
import {
  groupsToPushAgain,
  type ImportReport,
  type OktaJob,
  OktaUseError,
  type TaskView,
  tasksIn,
} from '../../../provisioning/okta/job/job.ts'
import type { Report } from '../../../provisioning/okta/job/run.ts'
import { wrongUse } from '../cli-error.ts'
import { readSettings } from '../job-settings.ts'
import {
  createDirectorySource,
  findObject,
  formatInteroperability,
  withCliErrors,
  withJob,
} from '../open-job.ts'
import { formatCount, formatTime, printable } from '../output.ts'
import { formatProgress, withProgress } from '../progress-line.ts'
import { createSession } from '../session.ts'
import { type Column, formatTable } from '../table.ts'
import { stopOnSignal } from '../watch.ts'

export type SendOptions = { readonly fast?: true }
export type AssignOptions = SendOptions & { readonly remove?: true }
export type PushOptions = SendOptions & { readonly now?: true; readonly unlink?: true }

/** Exit code 1 if the requests fail. */
export async function test(command: Command): Promise<void> {
  const result = await (await okta.openInMemory(readSettings(command, okta, ['url', 'token']))).test()
  createSession(command).show(
    result,
    result.ok
      ? `The endpoint reports ${formatCount(result.users, 'user')} and ${formatCount(result.groups, 'group')}.\n`
      : `The test failed: ${printable(result.message)}\n`,
  )
  process.exitCode = result.ok ? 0 : 1
}

type Opened = Awaited<ReturnType<typeof okta.open>>

type Work<Result> = (
  context: Opened & {
    readonly source: SourceDirectory
    readonly directory: OktaDirectory
    readonly signal: AbortSignal
  },
) => Promise<Result>

async function send<Result>(options: SendOptions, command: Command, work: Work<Result>): Promise<Result> {
  const settings = readSettings(command, okta, ['url', 'token', 'directory'])
  const source = await createDirectorySource(settings.directory, readOktaDirectory)()
  const directory = toOktaDirectory(source)
  const withDirectory = (opened: Opened) => work({ ...opened, source, directory, signal: stopOnSignal() })
  try {
    return await withJob(okta, settings, withDirectory, options)
  } catch (error) {
    if (error instanceof OktaUseError) throw wrongUse(error.message)
    throw error
  }
}

function showReport(report: Report, { job, state, interoperability }: Opened, command: Command): void {
  const tasks = job.tasks()
  const verdict = interoperability()
  createSession(command).show(
    { ...report, tasks, interoperability: verdict },
    formatReport(report, tasks, state) + formatInteroperability(verdict),
  )
  process.exitCode = report.ending === 'completed' && tasks.length === 0 ? 0 : 1
}

export const assign = (named: string, options: AssignOptions, command: Command): Promise<void> =>
  send(options, command, async opened => {
    const { job, source, directory, signal } = opened
    const { objectId: id } = findObject({ users: source.users, groups: [] }, named)
    const change: OktaJob['assign'] = options.remove ? job.unassign : job.assign
    showReport(await change({ directory, id, signal }), opened, command)
  })

export function push(named: string, options: PushOptions, command: Command): Promise<void> {
  if (options.now && options.unlink) throw wrongUse('Use either --now or --unlink.')
  return send(options, command, async opened => {
    const { job, source, state, directory, signal } = opened
    if (options.unlink) {
      const id = pushedGroup(named, state) ?? findObject({ users: [], groups: source.groups }, named).objectId
      return showReport(await job.unlink({ directory, id, signal }), opened, command)
    }
    const { objectId: id } = findObject({ users: [], groups: source.groups }, named)
    const mode = options.now ? 'now' : 'changes'
    showReport(await job.push({ directory, id, mode, signal }), opened, command)
  })
}

const pushedGroup = (named: string, { groups }: OktaState): string | undefined =>
  [...groups].find(([id, { name }]) => id === named || name.toLowerCase() === named.toLowerCase())?.[0]

export const sync = (options: SendOptions, command: Command): Promise<void> =>
  send(options, command, async opened => {
    const { job, directory, signal, state } = opened
    if (directory.assigned.size + state.assigned.size === 0) {
      process.stderr.write(
        'scimulator: No user is assigned to the app. List assignments in the directory, or run `scimulator okta assign`.\n',
      )
    }
    const report = await withProgress(progressOf(command), onProgress =>
      job.sync({ directory, signal, onProgress }),
    )
    showReport(report, opened, command)
  })

export const retry = (names: readonly string[], options: SendOptions, command: Command): Promise<void> =>
  send(options, command, async opened => {
    const { job, directory, signal } = opened
    const ids = names.length > 0 ? { ids: names.flatMap(name => tasksNamed(name, job.tasks())) } : {}
    const report = await withProgress(progressOf(command), onProgress =>
      job.retry({ directory, signal, ...ids, onProgress }),
    )
    showReport(report, opened, command)
  })

function tasksNamed(named: string, tasks: readonly TaskView[]): readonly string[] {
  const found = tasks.filter(({ id, name, login }) =>
    [id, name, login].some(each => each?.toLowerCase() === named.toLowerCase()),
  )
  if (found.length === 0) throw wrongUse(`No task of "${named}". Run \`scimulator okta tasks\` to list them.`)
  return found.map(({ id }) => id)
}

const progressOf = (command: Command) => ({ silent: createSession(command).json, format: formatProgress })

/** Exit code 1 if the import failed or the safeguard stopped it. */
export const importAll = (options: SendOptions, command: Command): Promise<void> =>
  send(options, command, async ({ job, directory, signal }) => {
    const report = await job.importAll({ directory, signal })
    createSession(command).show(report, formatImport(report))
    process.exitCode = report.kind === 'completed' ? 0 : 1
  })

function formatImport(report: ImportReport): string {
  if (report.kind === 'failed') return `The import failed: ${printable(report.message)}\n`
  const { users, groups } = report
  const read = `Read ${formatCount(users.seen, 'user')} and ${formatCount(groups, 'group')}`
  if (report.kind === 'stopped') {
    return `${read}. Stopped, nothing changed: ${formatCount(users.unassigned, 'linked user')} would be unassigned, more than 20 %.\n`
  }
  return `${read}: ${users.matched} linked, ${users.unassigned} unassigned, ${formatCount(users.others, 'other account')}.\n`
}

const columns: readonly Column<TaskView>[] = [
  { name: 'type', of: ({ kind }) => kind },
  { name: 'name', of: ({ name }) => name },
  { name: 'attempts', of: ({ attempts }) => attempts },
  { name: 'last attempt', of: ({ at }) => formatTime(at) },
  { name: 'task', of: ({ sentence }) => sentence },
]

/** Only reads, so it can run during a run of the job. */
export async function tasks(command: Command): Promise<void> {
  const { state: file, appLabel } = readSettings(command, okta, [])
  const found = tasksIn(await withCliErrors(oktaState.readStateFile(file)), appLabel)
  createSession(command).show(found, found.length === 0 ? 'No tasks.\n' : formatTable(columns, found))
}

const maxShown = 5

export function formatReport(report: Report, tasks: readonly TaskView[], state: OktaState): string {
  const shown = tasks.slice(0, maxShown).map(({ sentence }) => `  ${printable(sentence)}`)
  const again = groupsToPushAgain(state)
  return [
    summaryOf(report),
    ...(tasks.length > 0 ? [`${formatCount(tasks.length, 'task')}:`, ...shown] : []),
    ...(tasks.length > maxShown
      ? [`  … and ${tasks.length - maxShown} more. Run \`scimulator okta tasks\` to list them.`]
      : []),
    ...(tasks.length > 0 ? ['Once the cause is fixed, run `scimulator okta retry`.'] : []),
    ...(report.leftOut > 0
      ? [`${formatCount(report.leftOut, 'member')} left out: only users with an active account are pushed.`]
      : []),
    ...(again.length > 0
      ? [`Members were left out who have an account now. Push again: ${again.map(printable).join(', ')}.`]
      : []),
  ]
    .map(line => `${line}\n`)
    .join('')
}

function summaryOf({ ending, requests, users, groups, pauses, ...counts }: Report): string {
  const parts = [
    ...Object.entries(users).map(([effect, count]) => [count, `user`, effect] as const),
    ...Object.entries(groups).map(([effect, count]) => [count, 'group', effect] as const),
    [counts.membersAdded, 'member', 'added'] as const,
    [counts.membersRemoved, 'member', 'removed'] as const,
    [counts.failed, 'change', 'failed'] as const,
    [pauses, 'pause', 'after a 429'] as const,
  ].flatMap(([count, noun, what]) => (count > 0 ? [`${formatCount(count, noun)} ${what}`] : []))
  const done = parts.length > 0 ? parts.join(', ') : 'No changes'
  return `${ending === 'stopped' ? 'Stopped: ' : ''}${done} (${formatCount(requests, 'request')}).`
}
