import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createVerdict } from '../../domain/identity-providers/interoperability.ts'
import { groupType, userType } from '../../scim/core-schemas.ts'
import type { ObserveRequest } from './http-target.ts'
import type { Configurable, SettingsOf } from './job-file.ts'
import { type LogFile, noLogFile, openLineFile } from './log-file.ts'
import type { Settings } from './settings.ts'
import type { StateFormat, Store } from './state-file.ts'

export type JobContext<State, Line> = {
  readonly store: Store<State>
  readonly log: LogFile<Line>
  readonly clock: JobClock
  readonly fast: boolean
  readonly notify: (text: string) => void
  readonly observe: ObserveRequest
}

export type SavedState<State> = {
  readonly clockOf: (state: State) => number
  readonly stopClock: (state: State, time: number) => void
  /** Notes the URL of the links. A warning if they belong to another server, where every object would count as provisioned. */
  readonly claim: (state: State, url: string) => string | undefined
}

export const savedState = <State extends { url?: string; clock: number }>(
  hasLinks: (state: State) => boolean,
): SavedState<State> => ({
  clockOf: ({ clock }) => clock,
  stopClock: (state, time) => {
    state.clock = time
  },
  claim: (state, url) => {
    if (!hasLinks(state) || state.url === undefined) state.url = url
    if (state.url === url) return undefined
    return `The links of this job belong to ${state.url}. If ${url} is another server, use another --state file.`
  },
})

type Client<
  Declared extends Settings,
  Parts extends object,
  State extends object,
  Line extends object,
  Job,
> = Configurable<Declared, Parts> & {
  readonly state: StateFormat<State>
  readonly saved: SavedState<State>
  /** The time of an entry of the log in ISO 8601. */
  readonly timeOf: (line: Line) => string
  /** Reads what the settings name, then returns how to create the job. Throws SettingsError. */
  readonly prepare: (settings: SettingsOf<Declared, Parts>) => (context: JobContext<State, Line>) => Job
}

export const logFilePath = (state: string): string => `${state.replace(/\.json$/, '')}.log.ndjson`

type Options = Pick<JobContext<never, never>, 'fast' | 'notify'>
type Files = { readonly state: string; readonly url: string | undefined }

export function defineClient<
  const Declared extends Settings,
  Parts extends object,
  State extends object,
  Line extends object,
  Job,
>(client: Client<Declared, Parts, State, Line, Job>) {
  const { prepare, state: format, saved, timeOf } = client

  /** Opens the state and log files and creates the job. Rejects with SettingsError or StateError. */
  async function open(settings: SettingsOf<Declared, Parts> & Files, options: Options) {
    const create = prepare(settings)
    const { state: path, url } = settings
    await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(() => {})
    const store = await format.openStateFile(path)
    const { state } = store
    const warning = url === undefined ? undefined : saved.claim(state, url)
    if (warning !== undefined) options.notify(warning)
    const clock = createClockFrom(saved.clockOf(state))
    const file = logFilePath(path)
    const log = openLineFile(file, { clock: clock.now, timeOf })
    // Fails now, not in the middle of a run, if the file can't be written.
    await appendFile(file, '', { mode: 0o600 })
    const close = async () => {
      log.flush()
      saved.stopClock(state, clock.now())
      await store.close()
    }
    // The schemas of the target are not read: Entra, Okta and Google do not ask for them either.
    const verdict = createVerdict([userType, groupType])
    let sent = 0
    const observe: ObserveRequest = request =>
      verdict.evaluate({ id: `${request.method} ${request.url}`, at: sent++, ...request })
    const job = create({ store, log, clock, observe, ...options })
    return { job, state, clock, close, interoperability: verdict.result }
  }

  /** A job without state or log files. Rejects with SettingsError. */
  const openInMemory = async (settings: SettingsOf<Declared, Parts>): Promise<Job> =>
    prepare(settings)({
      store: format.memoryStore(),
      log: noLogFile,
      clock: createClockFrom(0),
      fast: true,
      notify: () => {},
      observe: () => {},
    })

  return { ...client, open, openInMemory }
}

/** The clock of a job: real time, or ahead of it after --fast. It never goes back. */
export type JobClock = {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds ahead of real time. */
  ahead(): number
  advanceTo(time: number): void
}

export function createClockFrom(lastKnown: number, real: () => number = Date.now): JobClock {
  let ahead = Math.max(0, lastKnown - real())
  return {
    now: () => real() + ahead,
    ahead: () => ahead,
    advanceTo: time => {
      ahead = Math.max(ahead, time - real())
    },
  }
}

/** The longest delay of a Node.js timer. */
const maxTimeout = 2 ** 31 - 1

type Waiting = {
  readonly fast: boolean
  readonly signal: AbortSignal | undefined
}

export async function waitForClock(clock: JobClock, { fast, signal }: Waiting, time: number): Promise<void> {
  if (fast) clock.advanceTo(time)
  while (!signal?.aborted && clock.now() < time) {
    // Rejects when the signal aborts.
    await pause(Math.min(time - clock.now(), maxTimeout), undefined, signal && { signal }).catch(() => {})
  }
}
