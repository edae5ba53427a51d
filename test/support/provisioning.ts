import { createJob, type Job } from '../../src/provisioning/entra/job/job.ts'
import { type JobConfig, memoryStore } from '../../src/provisioning/entra/job/job-state.ts'
import { type LogLine, memoryLog } from '../../src/provisioning/entra/job/log.ts'
import { readDirectory } from '../../src/provisioning/kit/directory/read-directory.ts'
import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import { httpTarget, withRateLimit } from '../../src/provisioning/kit/http-target.ts'
import { jobConfigOf } from './entra-job.ts'

/** Without a rate limit, except Retry-After. */
const pace = { maxRps: Number.POSITIVE_INFINITY, honorRetryAfter: true }

type Provisioning = {
  readonly job: Job
  readonly lines: readonly LogLine[]
  /** Uses another token from now on. */
  useToken(token: string): void
}

/** `fetch` with a connection per request, so that none is lost when the server closes an idle connection. */
export const fetchOnce: typeof fetch = (input, init) =>
  fetch(input, {
    ...init,
    headers: { ...Object.fromEntries(new Headers(init?.headers)), connection: 'close' },
  })

/** Entra's job for a listening server, with its real client over HTTP. */
export function provisioningOf(
  server: { readonly url: string; readonly token: string; readonly fetch?: typeof fetch },
  config: Partial<JobConfig> = {},
): Provisioning {
  let { token } = server
  const { fetch } = server
  const log = memoryLog()
  const job = createJob({
    config: { ...jobConfigOf('aws'), ...config },
    state: memoryStore(),
    target: withRateLimit(
      request => httpTarget({ tenantUrl: server.url, token, ...(fetch && { fetch }) })(request),
      pace,
    ),
    clock: Date.now,
    log,
  })
  return {
    job,
    lines: log.lines,
    useToken(text) {
      token = text
    },
  }
}

export const springfield = async (): Promise<SourceDirectory> =>
  (await readDirectory('samples/springfield.json')).directory
