import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { ProfileName } from '../../src/profiles/names.ts'
import { createJob, type Job } from '../../src/provisioning/entra/job/job.ts'
import {
  defaultJobConfig,
  type JobConfig,
  type JobStore,
  memoryStore,
} from '../../src/provisioning/entra/job/job-state.ts'
import { type LogLine, memoryLog } from '../../src/provisioning/entra/job/log.ts'
import { defaultMappings } from '../../src/provisioning/entra/mapping/default-mappings.ts'
import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import { dialectOf, httpTarget } from '../../src/provisioning/kit/http-target.ts'
import {
  type Dialect,
  defaultRequestOptions,
  type Target,
  type TargetRequest,
} from '../../src/provisioning/kit/target.ts'
import type { Json } from '../../src/scim/json.ts'
import { buildTestApp, type TestApp } from './scim.ts'

type Spoken = TargetRequest & { readonly status: number | 'none' }

export type JobTest = TestApp & {
  readonly job: Job
  readonly store: JobStore
  readonly lines: readonly LogLine[]
  /** All requests since the last call. */
  sent(): readonly Spoken[]
  /** The same as `GET /Users/…` without bodies; ids are replaced by the names in the state. */
  sentLines(): readonly string[]
  /** Advances the job's clock. */
  pass(milliseconds: number): void
  now(): number
}

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

export const jobConfigOf = (profile: ProfileName, dialect: Dialect = 'default'): JobConfig => ({
  ...defaultJobConfig,
  jobId: 'scim.0123456789abcdef0123456789abcdef.11111111-1111-4111-8111-111111111111',
  tenantId: '01234567-89ab-4def-8123-456789abcdef',
  application: { id: '22222222-2222-4222-8222-222222222222', displayName: 'Scimulator' },
  mapping: profile === 'aws' ? defaultMappings.aws : defaultMappings.nonGallery,
  wire: { ...defaultRequestOptions, dialect },
})

/**
 * A job against a server of its own, without a socket. `fails` may replace the response; `lost` means that the server
 * carries out the request, but its response is lost.
 */
export async function buildJobTest(
  t: Pick<Test, 'teardown'>,
  profile: ProfileName,
  options: {
    readonly dialect?: Dialect
    readonly config?: Partial<JobConfig>
    readonly store?: JobStore
    readonly fails?: (method: string, path: string) => Response | Error | 'lost' | undefined
    readonly token?: () => string
  } = {},
): Promise<JobTest> {
  const server = await buildTestApp(t, profile)
  const flag = options.dialect === 'aadOptscim062020' ? '?aadOptscim062020' : ''
  const root = `/${server.tenant.id}/scim/v2`
  const tenantUrl = `http://scim.example${root}${flag}`
  let spoken: Spoken[] = []
  const fetch = fetchOf(server.app, root, options.fails)
  const target: Target = async request => {
    const token = options.token?.() ?? server.token
    const response = await httpTarget({ tenantUrl, token, fetch })(request)
    spoken.push({ ...request, status: response.kind === 'response' ? response.status : 'none' })
    return response
  }
  let at = Date.parse('2026-03-02T08:00:00Z')
  const store = options.store ?? memoryStore()
  const log = memoryLog()
  const job = createJob({
    config: { ...jobConfigOf(profile, dialectOf(tenantUrl)), ...options.config },
    state: store,
    target,
    clock: () => at,
    log,
    newId: guids(),
  })
  const sent = () => {
    const all = spoken
    spoken = []
    return all
  }
  return {
    ...server,
    job,
    store,
    lines: log.lines,
    sent,
    sentLines: () => sent().map(({ method, path }) => `${method} ${named(path, store)}`),
    pass: milliseconds => {
      at += milliseconds
    },
    now: () => at,
  }
}

/** Replaces ids of the target by the names of their objects, and GUIDs of probes by GUID. */
function named(path: string, { state }: JobStore): string {
  for (const { target, name } of state.objects.values()) {
    if (target !== undefined) path = path.replaceAll(target, `{${name}}`)
  }
  return path.replace(/%22[0-9a-f]{8}-[0-9a-f-]{27}%22/, '%22GUID%22')
}

/** Consecutive GUIDs. */
export function guids(): () => string {
  let count = 0
  return () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`
}

/** A `fetch` that calls the app. */
function fetchOf(
  app: FastifyInstance,
  root: string,
  fails: (method: string, path: string) => Response | Error | 'lost' | undefined = () => undefined,
): typeof globalThis.fetch {
  return async (url, init = {}) => {
    const path = String(url).replace('http://scim.example', '')
    const failure = fails(init.method ?? 'GET', path.replace(root, ''))
    if (failure instanceof Error) throw failure
    if (failure && failure !== 'lost') return failure
    const response = await app.inject({
      method: (init.method ?? 'GET') as 'GET',
      url: path,
      headers: init.headers as Record<string, string>,
      ...(init.body !== undefined && { payload: String(init.body) }),
    })
    if (failure === 'lost') throw new TypeError('fetch failed')
    return new Response(response.body === '' ? null : response.body, {
      status: response.statusCode,
      headers: response.headers as Record<string, string>,
    })
  }
}

export const failure = (status: number, detail = 'Not today.'): Response =>
  new Response(
    JSON.stringify({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      detail,
    }),
    {
      status,
      headers: { 'content-type': 'application/scim+json' },
    },
  )

/** The operations of PATCH requests. */
export const operationsIn = (requests: readonly Spoken[]): readonly Json[] =>
  requests.flatMap(({ method, body }) =>
    method === 'PATCH' ? ((body as { Operations: readonly Json[] }).Operations ?? []) : [],
  )

/** Springfield: two assigned groups, and one user who is assigned directly. */
export const springfield: SourceDirectory = {
  users: [
    person('marge', 'Marge', 'Simpson'),
    { ...person('barney', 'Barney', 'Gumble'), manager: 'id-marge' },
    person('moe', 'Moe', 'Szyslak'),
    person('ned', 'Ned', 'Flanders'),
  ],
  groups: [
    {
      objectId: 'id-operators',
      attributes: { displayName: 'Network Operators' },
      members: ['id-marge', 'id-barney'],
    },
    { objectId: 'id-auditors', attributes: { displayName: 'Security Auditors' }, members: ['id-barney'] },
  ],
  assignments: [{ principal: 'id-operators' }, { principal: 'id-auditors' }, { principal: 'id-moe' }],
}

export function person(name: string, givenName: string, surname: string): SourceDirectory['users'][number] {
  return {
    objectId: `id-${name}`,
    accountEnabled: true,
    attributes: {
      userPrincipalName: `${name}@springfield.example`,
      displayName: `${givenName} ${surname}`,
      mail: `${name}@springfield.example`,
      mailNickname: name,
      givenName,
      surname,
    },
  }
}
