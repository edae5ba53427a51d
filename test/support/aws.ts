import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { SignatureV4 } from '@smithy/signature-v4'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import type { Test } from 'tap'
import type { AwsOptions } from '../../src/aws-api/http/aws-plugin.ts'
import { identityStoreId } from '../../src/aws-api/identifiers.ts'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import type { Tenant, TenantSettings } from '../../src/domain/tenants/tenant.ts'
import type { Services } from '../../src/server/compose.ts'
import { buildAwsApp } from '../../src/server/listeners.ts'
import { buildTestApp } from './scim.ts'

/** SHA-256 as the library of the SDKs for JavaScript expects it. */
export class Sha256 {
  #hash: Hash | Hmac
  #secret: string | Uint8Array | undefined
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret as string | Uint8Array | undefined
    this.#hash = this.#begin()
  }
  #begin = () =>
    this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret as string)
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as string)
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest())
  }
  reset(): void {
    this.#hash = this.#begin()
  }
}

export type Credentials = { readonly id: string; readonly secret: string }

export type AwsRequest = {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export type SigningOptions = {
  readonly key?: Credentials
  readonly service?: string
  readonly region?: string
  readonly date?: Date
}

export type AwsResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  /** JSON as a value, other bodies as text. */
  // biome-ignore lint/suspicious/noExplicitAny: a body is any JSON; tests compare it completely
  readonly body: any
}

export type AwsTest = {
  readonly app: FastifyInstance
  readonly deps: Services
  readonly tenant: Tenant
  readonly store: string
  readonly key: Credentials
  readonly url: string
  /** `127.0.0.1:12345` */
  readonly host: string
  /** Sends a request as it is. Rejects without a response. */
  send(request: AwsRequest): Promise<AwsResponse>
  /** The request with the headers of a signature. */
  sign(request: AwsRequest, options?: SigningOptions): Promise<AwsRequest>
  /** Calls an operation, `ListUsers` or `SWBExternalService.ListInstances`, with a signature. */
  call(operation: string, members?: object, options?: SigningOptions): Promise<AwsResponse>
  /** The newest exchange. */
  newest(): Promise<Exchange>
}

/** The request of an operation, unsigned. */
export const operationRequest = (operation: string, members: object | string = {}): AwsRequest => ({
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': operation.includes('.') ? operation : `AWSIdentityStore.${operation}`,
  },
  body: typeof members === 'string' ? members : JSON.stringify(members),
})

/** The listener of the AWS APIs on a free port, with one tenant and an access key. */
export async function openAws(
  t: Pick<Test, 'teardown'>,
  options: Partial<AwsOptions> = {},
  settings: Partial<TenantSettings> = {},
): Promise<AwsTest> {
  const { deps, tenant } = await buildTestApp(t, 'aws', settings)
  const app = buildAwsApp(
    deps.aws,
    { auth: 'sigv4', region: 'us-east-1', ...options },
    pino({ level: 'silent' }),
  )
  t.teardown(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { host, hostname, port } = new URL(url)
  const { key, secret } = await deps.accessKeys.create(tenant)
  const credentials = { id: key.id, secret }

  const sign: AwsTest['sign'] = async (
    { method = 'POST', path = '/', headers = {}, body = '' },
    { key = credentials, service = 'identitystore', region = 'us-east-1', date = new Date() } = {},
  ) => {
    const signer = new SignatureV4({
      service,
      region,
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
      sha256: Sha256,
    })
    const signed = await signer.sign(
      {
        method,
        protocol: 'http:',
        hostname,
        port: Number(port),
        path,
        query: {},
        headers: { host, ...headers },
        body,
      },
      { signingDate: date },
    )
    return { method, path, headers: signed.headers, body }
  }
  const send: AwsTest['send'] = ({ method = 'POST', path = '/', headers = {}, body }) =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: hostname, port, method, path, headers, agent: false }, response => {
        text(response).then(content => {
          const isJson = content.startsWith('{')
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: isJson ? JSON.parse(content) : content,
          })
        }, reject)
      })
      request.on('error', reject)
      request.end(body)
    })

  return {
    app,
    deps,
    tenant,
    store: identityStoreId(tenant.id),
    key: credentials,
    url,
    host,
    sign,
    send,
    call: async (operation, members = {}, options = {}) => {
      const service = operation.startsWith('SWB') ? 'sso' : 'identitystore'
      return send(await sign(operationRequest(operation, members), { service, ...options }))
    },
    newest: async () => {
      const [exchange] = (await deps.journal.page({ limit: 1 })).items
      if (!exchange) throw new Error('There is no exchange.')
      return exchange
    },
  }
}
