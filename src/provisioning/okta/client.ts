import { randomInt } from 'node:crypto'
import { defineClient, savedState, waitForClock } from '../kit/client.ts'
import { exactFetch } from '../kit/exact-fetch.ts'
import { httpTarget, limitedTarget, type ObserveRequest } from '../kit/http-target.ts'
import type { Target, TargetRequest } from '../kit/target.ts'
import { type OktaState, oktaState } from './job/changes.ts'
import { createJob, type OktaJob } from './job/job.ts'
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
    ({ store, log, clock, fast, notify, observe }): OktaJob =>
      createJob({
        app: appOf(values),
        store,
        log,
        target: limitedTarget(values, observe, oktaTarget),
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

/** Milliseconds after which Okta closes the socket (Okta's SCIM FAQ). */
export const oktaTimeout = 60_000

/** The headers of Okta's requests, in the order of those that its engineers published (okta-blog-archive#1956). */
const headersOf = ({ body }: TargetRequest, token: string): Record<string, string> => ({
  Accept: 'application/scim+json',
  'Accept-Charset': 'utf-8',
  ...(body !== undefined && { 'Content-Type': 'application/scim+json; charset=utf-8' }),
  'User-Agent': 'Okta SCIM Client 1.0.0',
  Authorization: `Bearer ${token}`,
})

const lastHeaders = { Connection: 'Keep-Alive', 'Accept-Encoding': 'gzip,deflate' }

type OktaTargetOptions = {
  readonly url: string
  readonly token: string
  readonly timeout?: number
  readonly observe?: ObserveRequest
}

/** A SCIM endpoint over HTTP, with Okta's headers. Throws a TypeError for an invalid URL. */
export const oktaTarget = ({ url, timeout = oktaTimeout, ...options }: OktaTargetOptions): Target =>
  httpTarget({ ...options, tenantUrl: url, timeout, headers: headersOf, fetch: exactFetch(lastHeaders) })
