import { randomInt } from 'node:crypto'
import { defineClient, savedState } from '../kit/client.ts'
import { limitedTarget } from '../kit/http-target.ts'
import { waitForClock } from '../kit/job-clock.ts'
import { oktaTarget } from './http.ts'
import { createJob, type OktaJob } from './job/job.ts'
import { type OktaState, oktaState } from './job/job-state.ts'
import type { LogEntry } from './job/run.ts'
import { appOf, oktaSettings } from './settings.ts'

/** Eight small letters and digits, as in Okta's reference. */
const newPassword = (): string => Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('')

export const okta = defineClient({
  ...oktaSettings,
  state: oktaState,
  saved: savedState<OktaState>(({ users, groups }) => users.size + groups.size > 0),
  timeOf: ({ time }: LogEntry) => time,
  prepare:
    values =>
    ({ store, log, clock, fast, notify }): OktaJob =>
      createJob({
        app: appOf(values),
        store,
        log,
        target: limitedTarget(values, oktaTarget),
        clock: clock.now,
        waitUntil: async (time, signal) => {
          if (!fast) notify(`the server responded with 429; waiting until ${toSeconds(time)}`)
          await waitForClock(clock, { fast, signal }, time)
          return signal?.aborted !== true
        },
        newPassword,
      }),
})

/** ISO 8601 to the second. */
const toSeconds = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`
