import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LogFile } from '../../provisioning/kit/log-file.ts'
import type { StateFile } from '../../provisioning/kit/state-file.ts'
import { createClockFrom, type JobClock } from './job-clock.ts'
import { logFilePath, withCliErrors } from './job-files.ts'

/** What the state of each kind of job has. */
type SavedState = {
  /** The URL of the links. */
  url?: string
  /** The job's clock when the state was saved. */
  clock: number
}

type JobFiles<State, Line> = {
  readonly openState: (path: string) => Promise<StateFile<State>>
  readonly openLog: (path: string, clock: () => number) => LogFile<Line>
  /** Whether the state has no links. */
  readonly isEmpty: (state: State) => boolean
}

type OpenJobFiles<State, Line> = {
  readonly store: StateFile<State>
  readonly log: LogFile<Line>
  readonly clock: JobClock
  /** Saves the state and releases its lock. */
  close(): Promise<void>
}

/** Opens the state and log files of a job. Throws a CliError. */
export async function openJobFiles<State extends SavedState, Line>(
  { state: path, url }: { readonly state: string; readonly url?: string | undefined },
  { openState, openLog, isEmpty }: JobFiles<State, Line>,
): Promise<OpenJobFiles<State, Line>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(() => {})
  const store = await withCliErrors(openState(path))
  const { state } = store
  if (url !== undefined) checkTarget(state, isEmpty(state), url)
  const clock = createClockFrom(state.clock)
  const file = logFilePath(path)
  const log = await withCliErrors(openLogFile(file, () => openLog(file, clock.now)))
  const close = async () => {
    log.flush()
    state.clock = clock.now()
    await store.close()
  }
  return { store, log, clock, close }
}

async function openLogFile<Log>(file: string, open: () => Log): Promise<Log> {
  const log = open()
  // Fails now, not in the middle of a run, if the file can't be written.
  await appendFile(file, '', { mode: 0o600 })
  return log
}

/** Warns when the links of the state belong to another server, where every user would count as provisioned. */
function checkTarget(state: SavedState, isEmpty: boolean, url: string): void {
  if (isEmpty || state.url === undefined) state.url = url
  if (state.url === url) return
  process.stderr.write(
    `scimulator: The links of this job belong to ${state.url}. If ${url} is another server, use another --state file.\n`,
  )
}
