import type { Test } from 'tap'
import type { FaultEffect, FaultMatch } from '../../src/faults/fault.ts'
import type { Exchange } from '../../src/journal/exchange.ts'
import type { ProfileName } from '../../src/profiles/names.ts'
import { buildTestApp, type TestApp } from './scim.ts'

export type Heard = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export type SocketTest = TestApp & {
  /** The tenant's endpoint. */
  readonly url: string
  /** Sends a request over a connection; a string body goes out as it is. Rejects when no answer comes. */
  ask(method: string, path: string, body?: unknown, init?: RequestInit): Promise<Heard>
  /** Arms a fault; answers its id. */
  arm(effect: FaultEffect, match?: FaultMatch, times?: number): string
  /** Oldest first. */
  rows(): Promise<readonly Exchange[]>
  /** Resolves with the next exchange that is given to the journal. */
  nextRow(): Promise<Exchange>
  /** Resolves with the next strike. */
  nextStrike(): Promise<void>
}

/** The SCIM listener on a port of its own. */
export async function buildSocketTest(t: Pick<Test, 'teardown'>, profile: ProfileName): Promise<SocketTest> {
  const server = await buildTestApp(t, profile)
  const { app, parts, tenant, token } = server
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `${address}/${tenant.id}/scim/v2`
  const ask: SocketTest['ask'] = async (method, path, body, init = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/scim+json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...init,
    })
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() }
  }
  return {
    ...server,
    url,
    ask,
    arm: (effect, match = {}, times) =>
      parts.faults.activate({ match, effect, ...(times !== undefined && { times }) }).id,
    rows: async () => (await parts.journal.page({ limit: 200 })).items.toReversed(),
    nextRow: () =>
      new Promise(resolve => {
        const stop = parts.journal.subscribe(exchange => {
          stop()
          resolve(exchange)
        })
      }),
    nextStrike: () =>
      new Promise(resolve => {
        const stop = parts.faults.subscribe(() => {
          stop()
          resolve()
        })
      }),
  }
}
