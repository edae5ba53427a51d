import type { Test } from 'tap'
import type { Data } from '../../bench/servers.ts'
import { type Client, createClient } from '../../scripts/endure/client.ts'
import { type Served, serve } from '../../scripts/endure/server.ts'

/** An instance as a process of its own. */
export type Instance = Served & {
  /** Requests to the first tenant. */
  readonly scim: Client['callApi']
  /** Requests to another tenant, or with another token. */
  scimAs(token: string, tenant?: string): Client['callApi']
  /** Requests to the API of the console. */
  readonly api: Client['callApi']
  readonly readiness: () => Promise<number>
}

/** Starts an instance, which is killed at the end of the test. */
export async function startInstance(
  t: Pick<Test, 'teardown'>,
  data: Data,
  flags: readonly string[] = [],
): Promise<Instance> {
  const server = await serve(data, { flags })
  /** Kept, so that a test that asks again and again does not leave sockets behind. */
  const clients = new Map<string, Client>()
  const connect = (base: string, token?: string) => {
    const key = `${base} ${token}`
    const client = clients.get(key) ?? createClient(base, Number.POSITIVE_INFINITY, token, 'application/json')
    clients.set(key, client)
    return client.callApi
  }
  t.teardown(async () => {
    for (const { close } of clients.values()) close()
    await server.end('SIGKILL')
  })
  const health = connect(server.console)
  return {
    ...server,
    scim: connect(server.base),
    scimAs: (token, tenant) =>
      connect(tenant === undefined ? server.base : new URL(`/${tenant}/scim/v2`, server.base).href, token),
    api: connect(`${server.console}/api/v1`),
    readiness: async () => (await health('GET', '/readyz')).status,
  }
}

/** Starts instances at once. */
export const startInstances = (
  t: Pick<Test, 'teardown'>,
  data: Data,
  count: number,
): Promise<readonly Instance[]> => Promise.all(Array.from({ length: count }, () => startInstance(t, data)))
