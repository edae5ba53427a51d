import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buildTestConsole, type TestConsole } from '../http/console/console-app.ts'
import type { TestResponse } from './scim.ts'

export const formType = 'application/x-www-form-urlencoded'

type TokenRequestOptions = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: string
  readonly tenant?: string
}

/** Sends a form, or a text as it is, to the token endpoint. */
export type RequestToken = (
  form: Readonly<Record<string, string>> | string,
  options?: TokenRequestOptions,
) => Promise<TestResponse>

export type TestEndpoint = TestConsole & {
  readonly client: TestConsole['client']
  /** The client and its secret. */
  readonly id: string
  readonly secret: string
  readonly secretId: string
  readonly requestToken: RequestToken
  /** Of the client. */
  readonly form: { readonly grant_type: string; readonly client_id: string; readonly client_secret: string }
}

export const createTokenRequest =
  (app: FastifyInstance, usual: string): RequestToken =>
  async (form, { method = 'POST', headers = {}, query = '', tenant = usual } = {}) => {
    const response = await app.inject({
      method,
      url: `/${tenant}/oauth2/token${query}`,
      headers: { 'content-type': formType, ...headers },
      ...(method !== 'GET' && {
        payload: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
      }),
    })
    const isJson = /json/.test(String(response.headers['content-type'])) && response.body !== ''
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson ? response.json() : response.body,
    }
  }

/** Both listeners with a tenant that has a client. */
export async function openEndpoint(
  t: Pick<Test, 'teardown'>,
  profile: 'rfc' | 'entra' | 'interop' = 'rfc',
  options: Parameters<TestConsole['deps']['oauthClients']['create']>[1] = {},
): Promise<TestEndpoint> {
  const scim = await buildTestConsole(t, profile)
  const { client, secret } = await scim.deps.oauthClients.create(scim.tenant, options)
  const text = secret?.text ?? ''
  return {
    ...scim,
    id: client.id,
    secret: text,
    secretId: secret?.secret.id ?? '',
    requestToken: createTokenRequest(scim.app, scim.tenant.id),
    form: { grant_type: 'client_credentials', client_id: client.id, client_secret: text },
  }
}

/** RFC 6749 §2.3.1. */
export const basic = (id: string, secret: string): Readonly<Record<string, string>> => {
  const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice(2)
  return { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}` }
}
