import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import { memoryLogFile } from '../../src/provisioning/kit/log-file.ts'
import type { Target } from '../../src/provisioning/kit/target.ts'
import { oktaTarget } from '../../src/provisioning/okta/client.ts'
import { type OktaDirectory, toOktaDirectory } from '../../src/provisioning/okta/directory.ts'
import { memoryStore, type OktaState, type OktaStore } from '../../src/provisioning/okta/job/changes.ts'
import { createJob, type OktaJob } from '../../src/provisioning/okta/job/job.ts'
import type { LogEntry } from '../../src/provisioning/okta/job/run.ts'
import { type App, defaultApp } from '../../src/provisioning/okta/settings.ts'

export type OktaTest = {
  readonly job: OktaJob
  readonly state: OktaState
  readonly entries: readonly LogEntry[]
  /** Milliseconds that the job waited, one after the other. */
  readonly waits: readonly number[]
  now(): number
}

type Options = {
  readonly url: string
  readonly token: string
  readonly app?: Partial<App>
  readonly timeout?: number
  readonly store?: OktaStore
  /** Called instead of waiting; returns false to stop the run. */
  readonly onWait?: (milliseconds: number) => boolean
}

export const start = Date.parse('2026-03-02T08:00:00Z')

/** Okta's job over real HTTP, without a rate limit, on a clock that only waits advance. */
export function oktaJob({
  url,
  token,
  app,
  timeout,
  store = memoryStore(),
  onWait = () => true,
}: Options): OktaTest {
  let at = start
  const waits: number[] = []
  const log = memoryLogFile<LogEntry>()
  const target: Target = oktaTarget({ url, token, ...(timeout !== undefined && { timeout }) })
  const job = createJob({
    app: { ...defaultApp, ...app },
    store,
    target,
    clock: () => at,
    waitUntil: async time => {
      waits.push(time - at)
      at = time
      return onWait(waits.at(-1) ?? 0)
    },
    log,
    newPassword: () => '1mz050nq',
  })
  return { job, state: store.state, entries: log.entries, waits, now: () => at }
}

/** A directory of this job. */
export const directoryOf = (source: Partial<SourceDirectory>): OktaDirectory =>
  toOktaDirectory({ users: [], groups: [], assignments: [], ...source })

export const ids = {
  ada: '00ujl29u0le5T6Aj10h7',
  grace: '00ujl29u0le5T6Aj10h8',
  edsger: '00ujl29u0le5T6Aj10h9',
} as const

type Person = { readonly id: string; readonly first: string; readonly last: string }

/** A user `ada.lovelace@example.com`. */
export const person = (
  { id, first, last }: Person,
  more: Readonly<Record<string, string>> = {},
  accountEnabled = true,
): SourceDirectory['users'][number] => {
  const login = `${first}.${last}@example.com`.toLowerCase()
  return {
    objectId: id,
    accountEnabled,
    attributes: {
      userPrincipalName: login,
      mail: login,
      givenName: first,
      surname: last,
      displayName: `${first} ${last}`,
      ...more,
    },
  }
}

export const ada = { id: ids.ada, first: 'Ada', last: 'Lovelace' }
export const grace = { id: ids.grace, first: 'Grace', last: 'Hopper' }
export const edsger = { id: ids.edsger, first: 'Edsger', last: 'Dijkstra' }

export const group = (id: string, displayName: string, ...members: readonly string[]) => ({
  objectId: id,
  attributes: { displayName },
  members,
})

export const assigned = (...principals: readonly string[]) => principals.map(principal => ({ principal }))
