import { googleTarget } from '../../src/provisioning/google/client.ts'
import { toGoogleDirectory } from '../../src/provisioning/google/directory/google-directory.ts'
import { memoryStore } from '../../src/provisioning/google/job/changes.ts'
import { createJob, type LogEntry } from '../../src/provisioning/google/job/job.ts'
import { type App, defaultApp } from '../../src/provisioning/google/settings.ts'
import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import { memoryLogFile } from '../../src/provisioning/kit/log-file.ts'

export const start = Date.parse('2026-03-02T08:00:00Z')

/** Google's job over real HTTP, without a rate limit, on a clock that only `advance` moves. */
export function googleJob(url: string, token: string, changes: Partial<App> = {}, scopeGroup?: string) {
  let at = start
  const app = { ...defaultApp, ...changes }
  const store = memoryStore()
  const log = memoryLogFile<LogEntry>()
  const target = googleTarget({ url, token, timeout: 60_000 })
  const job = createJob({ app, store, target, clock: () => at, log })
  return {
    job,
    app,
    state: store.state,
    entries: log.entries,
    now: () => at,
    advance(milliseconds: number) {
      at += milliseconds
    },
    sync: (source: Partial<SourceDirectory>) =>
      job.sync({
        directory: toGoogleDirectory({ users: [], groups: [], assignments: [], ...source }, scopeGroup),
      }),
  }
}
