import { Agent, type IncomingHttpHeaders, request as send } from 'node:http'
import { token as usualToken } from './server.ts'

export type ClientResponse = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: a response is any JSON
  readonly body: any
  readonly milliseconds: number
}

export type Client = {
  /** Rejects without a response. */
  callApi(method: string, path: string, body?: unknown): Promise<ClientResponse>
  close(): void
}

/** A client that keeps its connections, as identity providers do. */
export function createClient(
  base: string,
  connections = 1,
  token = usualToken,
  mediaType = 'application/scim+json',
): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const callApi: Client['callApi'] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const started = performance.now()
      const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
      const request = send(base + path, {
        method,
        agent,
        headers: {
          authorization: `Bearer ${token}`,
          ...(payload && { 'content-type': mediaType, 'content-length': payload.length }),
        },
      })
      request.on('error', reject)
      request.on('response', response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text === '' ? undefined : JSON.parse(text),
            milliseconds: performance.now() - started,
          })
        })
      })
      request.end(payload)
    })
  return { callApi, close: () => agent.destroy() }
}

/** Runs this number of tasks concurrently. */
export async function runConcurrently(count: number, work: (index: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => work(index)))
}

export const patchOp = (...operations: readonly unknown[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
})

export const userBody = (userName: string, title?: string) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName,
  displayName: userName,
  name: { givenName: 'Marge', familyName: 'Simpson' },
  active: true,
  ...(title !== undefined && { title }),
})

export const groupBody = (displayName: string) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  displayName,
})
