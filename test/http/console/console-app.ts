import { channel } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import pino, { type Logger } from 'pino'
import type { Test } from 'tap'
import { createAuditTrail } from '../../../src/console/audit.ts'
import type { ConsoleDeps } from '../../../src/console/deps.ts'
import { sendInProcess } from '../../../src/console/in-process.ts'
import { createSampleRuns } from '../../../src/console/sample-runs.ts'
import { createWebhooks } from '../../../src/console/webhooks/webhooks.ts'
import type { Journal } from '../../../src/domain/ports/journal.ts'
import type { AnalysisWorker } from '../../../src/insight/analysis/worker.ts'
import type { ProfileName } from '../../../src/profiles/names.ts'
import { buildConsoleApp } from '../../../src/server/listeners.ts'
import { buildTestApp, type TestApp, type TestResponse } from '../../support/scim.ts'

export const scimBase = 'http://127.0.0.1:8080'

type CallApi = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS',
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<TestResponse>

export type TestConsole = TestApp & {
  readonly console: FastifyInstance
  /** Sends a request to the console; a string body is sent unchanged. */
  readonly callApi: CallApi
}

/** Both listeners over the same database, with one tenant of the profile. */
export async function buildTestConsole(
  t: Pick<Test, 'teardown'>,
  profile: ProfileName = 'rfc',
  settings: Partial<ConsoleDeps> = {},
  logger: Logger = pino({ level: 'silent' }),
): Promise<TestConsole> {
  const scim = await buildTestApp(t, profile)
  const { deps } = scim
  const analysis = patient(deps.analysis)
  analysis.start()
  const fixed = {
    webhooks: createWebhooks({
      urls: [],
      console: () => undefined,
      warn: () => {},
      deliveries: deps.deliveries,
      leader: deps.leader,
    }),
    facts: { started: 0, settings: [], retention: { count: 1000, days: 30 } },
    version: '1.2.3',
    ready: () => true,
    clock: Date.now,
    unavailable: () => undefined,
    unready: () => undefined,
    scimBase: () => scimBase,
    audit: createAuditTrail(deps.audit, {
      clock: Date.now,
      onError(error) {
        throw error
      },
    }),
    auditLog: deps.audit,
    aws: { region: 'us-east-1', url: 'http://127.0.0.1:8082' },
    send: sendInProcess(scim.app, () => scimBase),
    sampleRuns: createSampleRuns(Date.now),
  }
  const console = buildConsoleApp(
    {
      ...deps,
      analysis,
      ...fixed,
      ...settings,
    },
    logger,
  )
  t.teardown(() => console.close())
  return { ...scim, console, callApi: callerOf(console) }
}

/** As `METHOD path`. Those of HEAD accompany those of GET. */
type Routes = readonly string[]

/** Builds a console, and finds which routes it registers for that, and which at the first request for one of the others. */
export async function watchRoutes<Built extends TestConsole>(
  build: () => Promise<Built>,
): Promise<{ readonly built: Built; readonly first: Routes; readonly later: Routes }> {
  const found: string[][] = []
  const watch = (message: unknown) => {
    const { fastify } = message as { readonly fastify: FastifyInstance }
    const routes: string[] = []
    found.push(routes)
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const name of [method].flat()) if (name !== 'HEAD') routes.push(`${name} ${url}`)
    })
  }
  const initialization = channel('fastify.initialization')
  initialization.subscribe(watch)
  try {
    const built = await build()
    await built.console.ready()
    const first = found.find(routes => routes.includes('GET /livez'))?.toSorted() ?? []
    const started = found.length
    await built.callApi('GET', '/')
    return { built, first, later: found.slice(started).flat().toSorted() }
  } finally {
    initialization.unsubscribe(watch)
  }
}

/** Pages show what is analyzed after a second or two. Those of tests on a busy machine wait for all of it. */
const patient = (analysis: AnalysisWorker): AnalysisWorker => ({
  ...analysis,
  caughtUp: timeout => analysis.caughtUp(timeout * 30),
})

const callerOf =
  (app: FastifyInstance): CallApi =>
  async (method, path, body, headers = {}) => {
    const response = await app.inject({
      method,
      url: path,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const isJson = /json/.test(String(response.headers['content-type']))
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson ? response.json() : response.body,
    }
  }

export const problem = (kind: string, title: string, status: number, detail: string) => ({
  type: `urn:scimulator:problem:${kind}`,
  title,
  status,
  detail,
})

/** Reads all pages of a list. */
export async function wholeList(callApi: CallApi, path: string): Promise<readonly TestResponse['body'][]> {
  const joint = path.includes('?') ? '&' : '?'
  const items: TestResponse['body'][] = []
  let cursor: string | undefined
  do {
    const { body } = await callApi(
      'GET',
      path + (cursor ? `${joint}cursor=${encodeURIComponent(cursor)}` : ''),
    )
    items.push(...body.items)
    cursor = body.next
  } while (cursor)
  return items
}

const day = 24 * 60 * 60 * 1000

/** Prunes the journal daily, as if the server had been running for so long that no request of today is left. */
export async function pruneAll(journal: Journal): Promise<void> {
  for (let passed = 0; passed <= 100; passed++) await journal.prune(Date.now() + passed * day)
}
