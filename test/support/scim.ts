import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import type { Test } from 'tap'
import type { ProfileName } from '../../src/profiles/names.ts'
import { openServices, type Services } from '../../src/server/compose.ts'
import { buildScimApp } from '../../src/server/listeners.ts'
import type { Tenant, TenantSettings } from '../../src/tenants/tenant.ts'

export type ScimResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: a body is any JSON; tests compare it completely
  readonly body: any
}

type Headers = Readonly<Record<string, string>>
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'

export type Speak = {
  /** Sends a request below the tenant's root; a string body is sent unchanged. */
  send(method: Method, path: string, body?: unknown, headers?: Headers): Promise<ScimResponse>
  get(path: string, headers?: Headers): Promise<ScimResponse>
  post(path: string, body: unknown): Promise<ScimResponse>
  put(path: string, body: unknown): Promise<ScimResponse>
  patch(path: string, ...operations: readonly unknown[]): Promise<ScimResponse>
  delete(path: string): Promise<ScimResponse>
  /** Creates a resource, which must succeed, and returns it. */
  create(endpoint: 'Users' | 'Groups', body: unknown): Promise<ScimResponse['body']>
}

export type TestApp = {
  readonly app: FastifyInstance
  readonly parts: Services
  readonly tenant: Tenant
  readonly token: string
  readonly speak: Speak
  /** Sends requests without a User-Agent, as Entra ID does. */
  readonly asEntra: Speak
  /** Advances the tenant's clock. */
  advance(milliseconds: number): Promise<void>
  /** Creates another tenant of the same server. */
  another(
    profile: ProfileName,
    settings?: Partial<TenantSettings>,
  ): Promise<{ tenant: Tenant; token: string; speak: Speak; asEntra: Speak }>
}

export const patchOp = (...operations: readonly unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
})

/** The SCIM listener over SQLite in memory, with one tenant of the profile. */
export async function buildTestApp(
  t: Pick<Test, 'teardown'>,
  profile: ProfileName,
  settings: Partial<TenantSettings> = {},
): Promise<TestApp> {
  const logger = pino({ level: 'silent' })
  const parts = openServices({ profile }, logger)
  const app = buildScimApp(parts.scim, logger)
  t.teardown(async () => {
    await app.close()
    await parts.close()
  })
  const another = async (profile: ProfileName, settings: Partial<TenantSettings> = {}) => {
    const tenant = await parts.tenants.create({ profile, ...settings })
    const { text: token } = await parts.tenants.createToken(tenant)
    const root = `/${tenant.id}/scim/v2`
    const asEntra = speakTo(app, root, token, { 'user-agent': '' })
    return { tenant, token, speak: speakTo(app, root, token), asEntra }
  }
  const first = await another(profile, settings)
  const advance = async (milliseconds: number) => {
    const now = parts.tenants.find(first.tenant.id)
    await parts.tenants.setClock(first.tenant.id, (now?.clockOffset ?? 0) + milliseconds)
  }
  return { app, parts, ...first, advance, another }
}

/** A client of an app without a socket; `usual` headers are sent with each request. */
export function speakTo(app: FastifyInstance, root: string, token: string, usual: Headers = {}): Speak {
  const send: Speak['send'] = async (method, path, body, headers = {}) => {
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
