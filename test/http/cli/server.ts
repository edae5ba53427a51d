import type { Test } from 'tap'
import type { CreateServerOptions, TestServer } from '../../../src/index.ts'
import { createServer } from '../../support/test-server.ts'
import { type Ended, run } from './run.ts'

export type Fixture = {
  readonly console: string
  readonly url: string
  readonly aws: TestServer['aws']
  /** Runs a command against this server. */
  readonly cli: (...args: readonly string[]) => Promise<Ended>
  /** Sends a SCIM request and returns the body. */
  readonly scim: Send
  /** Sends requests without a User-Agent, as Entra ID does. */
  readonly asEntra: Send
  /** Sends requests with these headers. */
  readonly send: (headers: Readonly<Record<string, string>>) => Send
}

type Send = (method: string, path: string, body?: object) => Promise<{ readonly id: string }>

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'

/** A real server with the tenant `acme`, until the test ends. */
export async function serverFor(t: Test, options: CreateServerOptions = {}): Promise<Fixture> {
  const server = await createServer({ profile: 'rfc', tenant: 'acme', token: 'token-of-acme', ...options })
  t.teardown(() => server.close())
  const sending =
    (headers: Readonly<Record<string, string>>): Send =>
    async (method, path, body) => {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${server.token}`,
          ...(body && { 'content-type': 'application/scim+json' }),
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return text === '' ? { id: '' } : JSON.parse(text)
    }
  return {
    console: server.console,
    url: server.url,
    aws: server.aws,
    cli: (...args) => run(['--console', server.console, ...args]),
    scim: sending({}),
    asEntra: sending({ 'user-agent': '' }),
    send: sending,
  }
}
