import { defineClient, savedState } from '../kit/client.ts'
import { exactFetch } from '../kit/exact-fetch.ts'
import { httpTarget, limitedTarget, type ObserveRequest } from '../kit/http-target.ts'
import type { Target, TargetRequest } from '../kit/target.ts'
import { type GoogleState, googleState } from './job/changes.ts'
import { createJob, type GoogleJob, type LogEntry } from './job/job.ts'
import { appOf, googleSettings } from './settings.ts'

export const google = defineClient({
  ...googleSettings,
  state: googleState,
  saved: savedState<GoogleState>(({ people }) => people.size > 0),
  timeOf: ({ time }: LogEntry) => time,
  prepare:
    values =>
    ({ store, log, clock, observe }): GoogleJob =>
      createJob({
        app: appOf(values),
        store,
        log,
        target: limitedTarget(values, observe, googleTarget),
        clock: clock.now,
      }),
})

/** Content type and User-Agent are captured (pond/scimitar#142); other headers are not known, and left out. */
const headersOf = ({ body }: TargetRequest, token: string): Record<string, string> => ({
  ...(body !== undefined && { 'Content-Type': 'application/json' }),
  'User-Agent': 'Google-Auto-Provisioning',
  Authorization: `Bearer ${token}`,
})

type GoogleTargetOptions = {
  readonly url: string
  readonly token: string
  /** Milliseconds. */
  readonly timeout: number
  readonly observe?: ObserveRequest
}

/** A SCIM endpoint over HTTP, with Google's headers. Throws a TypeError for an invalid URL. */
export const googleTarget = ({ url, ...options }: GoogleTargetOptions): Target =>
  httpTarget({
    ...options,
    tenantUrl: url,
    headers: headersOf,
    fetch: exactFetch({ Connection: 'keep-alive' }),
  })
