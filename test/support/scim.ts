import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import type { Test } from 'tap'
import type { Tenant, TenantSettings } from '../../src/domain/tenants/tenant.ts'
import type { ProfileName } from '../../src/profiles/names.ts'
import { openServices, type Services } from '../../src/server/compose.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import { testDatabase } from './database.ts'

export type TestResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: a body is any JSON; tests compare it completely
  readonly body: any
}

type Headers = Readonly<Record<string, string>>
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'

export type ScimClient = {
  /** Sends a request below the tenant's root; a string body is sent unchanged. */
  send(method: Method, path: string, body?: unknown, headers?: Headers): Promise<TestResponse>
  get(path: string, headers?: Headers): Promise<TestResponse>
  post(path: string, body: unknown): Promise<TestResponse>
  put(path: string, body: unknown): Promise<TestResponse>
  patch(path: string, ...operations: readonly unknown[]): Promise<TestResponse>
  delete(path: string): Promise<TestResponse>
  /** Creates a resource, which must succeed, and returns it. */
  create(endpoint: 'Users' | 'Groups', body: unknown): Promise<TestResponse['body']>
}

export type TestApp = {
  readonly app: FastifyInstance
  readonly deps: Services
  readonly tenant: Tenant
  readonly token: string
  readonly client: ScimClient
  /** Sends requests without a User-Agent, as Entra ID does. */
  readonly asEntra: ScimClient
  /** Advances the tenant's clock. */
  advance(milliseconds: number): Promise<void>
  /** Creates another tenant of the same server. */
  another(
    profile: ProfileName,
    settings?: Partial<TenantSettings>,
  ): Promise<{ tenant: Tenant; token: string; client: ScimClient; asEntra: ScimClient }>
}

export const patchOp = (...operations: readonly unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
})

/** The SCIM listener, with one tenant of the profile. */
export async function buildTestApp(
  t: Pick<Test, 'teardown'>,
  profile: ProfileName,
  settings: Partial<TenantSettings> = {},
): Promise<TestApp> {
  const logger = pino({ level: 'silent' })
  const deps = await openServices({ profile, ...(await testDatabase(t)) }, logger)
  const app = buildScimApp(deps.scim, logger)
  t.teardown(async () => {
    await app.close()
    await deps.close()
  })
  const another = async (profile: ProfileName, settings: Partial<TenantSettings> = {}) => {
    const tenant = await deps.tenants.create({ profile, ...settings })
    const { text: token } = await deps.tenants.createToken(tenant)
    const root = `/${tenant.id}/scim/v2`
    const asEntra = createScimClient(app, root, token, { 'user-agent': '' })
    return { tenant, token, client: createScimClient(app, root, token), asEntra }
  }
  const first = await another(profile, settings)
  const advance = async (milliseconds: number) => {
    const now = deps.tenants.find(first.tenant.id)
    await deps.tenants.setClock(first.tenant.id, (now?.clockOffset ?? 0) + milliseconds)
  }
  return { app, deps, ...first, advance, another }
}

/** A client of an app without a socket; `usual` headers are sent with each request. */
export function createScimClient(
  app: FastifyInstance,
  root: string,
  token: string,
  usual: Headers = {},
): ScimClient {
  const send: ScimClient['send'] = async (method, path, body, headers = {}) => {
    const response = await app.inject({
      method,
      url: `${root}${path}`,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/scim+json; charset=utf-8' }),
        ...usual,
        ...headers,
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = response.body
    return {
      status: response.statusCode,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
  }
  return {
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body) => send('POST', path, body),
    put: (path, body) => send('PUT', path, body),
    patch: (path, ...operations) => send('PATCH', path, patchOp(...operations)),
    delete: path => send('DELETE', path),
    create: async (endpoint, body) => {
      const response = await send('POST', `/${endpoint}`, body)
      if (response.status !== 201)
        throw new Error(`${endpoint} could not be created: ${JSON.stringify(response.body)}`)
      return response.body
    },
  }
}
