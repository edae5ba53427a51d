import { defineClient, savedState } from '../kit/client.ts'
import { limitedTarget } from '../kit/http-target.ts'
import { googleTarget } from './http.ts'
import { createJob, type GoogleJob } from './job/job.ts'
import { type GoogleState, googleState } from './job/job-state.ts'
import type { LogEntry } from './job/provision-person.ts'
import { appOf, googleSettings } from './settings.ts'

export const google = defineClient({
  ...googleSettings,
  state: googleState,
  saved: savedState<GoogleState>(({ people }) => people.size > 0),
  timeOf: ({ time }: LogEntry) => time,
  prepare:
    values =>
    ({ store, log, clock }): GoogleJob =>
      createJob({
        app: appOf(values),
        store,
        log,
        target: limitedTarget(values, googleTarget),
        clock: clock.now,
      }),
})
