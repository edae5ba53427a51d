import { type LogFile, openLineFile } from '../../kit/log-file.ts'

/** An entry of the job's log. Google's admin console has no such log of the requests. */
export type LogEntry = {
  /** By the job's clock, in ISO 8601. */
  readonly time: string
  readonly event:
    | 'user created'
    | 'user linked'
    | 'user updated'
    | 'user suspended'
    | 'user reactivated'
    | 'user deleted'
    | 'user failed'
    | 'user out of scope'
  /** The person: the ID in the directory, the primary address, the ID in the app. */
  readonly id: string
  readonly email: string
  readonly target?: string
  /** Why it failed, or why the person is out of scope. */
  readonly detail?: string
}

export type GoogleLog = LogFile<LogEntry>

/** The log in a file with one JSON object per line, which keeps entries for 30 days by the job's clock. */
export const openLog = (path: string, clock: () => number): GoogleLog =>
  openLineFile<LogEntry>(path, { clock, timeOf: ({ time }) => time })
