import { defineClient, savedState } from '../kit/client.ts'
import { withRateLimit } from '../kit/http-target.ts'
import { noTarget } from '../kit/target.ts'
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
  prepare: values => {
    const { url, token, timeout, maxRps } = values
    const target =
      url === undefined || token === undefined
        ? noTarget
        : withRateLimit(googleTarget({ url, token, timeout }), { maxRps, honorRetryAfter: false })
    return ({ store, log, clock }): GoogleJob =>
      createJob({ app: appOf(values), store, log, target, clock: clock.now })
  },
})
