import { type LogFile, openLineFile } from '../../kit/log-file.ts'

/** An entry of the job's log. Okta's System Log has other names; its entries for these events are not known. */
export type LogEntry = {
  /** By the job's clock, in ISO 8601. */
  readonly time: string
  readonly event:
    | 'user created'
    | 'user linked'
    | 'user updated'
    | 'user reactivated'
    | 'user deactivated'
    | 'group created'
    | 'group linked'
    | 'group pushed'
    | 'group deleted'
    | 'group left in the app'
    | 'member left out'
    | 'import'
    | 'paused'
  readonly result: 'success' | 'failure' | 'skipped'
  /** The user or group: its ID in the directory, its name, its ID in the app. */
  readonly id?: string
  readonly name?: string
  readonly target?: string
  /** The sentence of a task, or what was skipped. */
  readonly detail?: string
}

export type OktaLog = LogFile<LogEntry>

/** The log in a file with one JSON object per line, which keeps entries for 30 days by the job's clock. */
export const openLog = (path: string, clock: () => number): OktaLog =>
  openLineFile<LogEntry>(path, { clock, timeOf: ({ time }) => time })
