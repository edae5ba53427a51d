import type { Test } from 'tap'
import type { FaultEffect, FaultMatch } from '../../src/domain/faults/fault.ts'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import type { ProfileName } from '../../src/profiles/names.ts'
import { buildTestApp, type TestApp } from './scim.ts'

export type SocketResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export type SocketTest = TestApp & {
  /** The tenant's endpoint. */
  readonly url: string
  /** Sends a request over a connection. Sends a string body unchanged. Rejects without a response. */
  request(method: string, path: string, body?: unknown, init?: RequestInit): Promise<SocketResponse>
  /** Activates a fault and returns its id. */
  activate(effect: FaultEffect, match?: FaultMatch, times?: number): Promise<string>
  /** Oldest first. */
  exchanges(): Promise<readonly Exchange[]>
  /** Resolves with the next recorded exchange. */
  nextExchange(): Promise<Exchange>
  /** Resolves with the next hit of a fault. */
  nextHit(): Promise<void>
}

/** The SCIM listener on a free port. */
export async function buildSocketTest(t: Pick<Test, 'teardown'>, profile: ProfileName): Promise<SocketTest> {
  const server = await buildTestApp(t, profile)
  const { app, deps, tenant, token } = server
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `${address}/${tenant.id}/scim/v2`
  const request: SocketTest['request'] = async (method, path, body, init = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/scim+json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...init,
    })
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text: await response.text(),
    }
  }
  return {
    ...server,
    url,
    request,
    activate: async (effect, match = {}, times) =>
      (await deps.faults.activate({ match, effect, ...(times !== undefined && { times }) })).id,
    exchanges: async () => (await deps.journal.page({ limit: 200 })).items.toReversed(),
    nextExchange: () =>
      new Promise(resolve => {
        const stop = deps.journal.subscribe(({ exchange }) => {
          stop()
          resolve(exchange())
        })
      }),
    nextHit: () =>
      new Promise(resolve => {
        const stop = deps.faults.subscribe(() => {
          stop()
          resolve()
        })
      }),
  }
}
