/**
 * Scimulator in a container for Testcontainers: copy this file next to your tests. Needs Docker or Podman, and the package
 * `testcontainers`. `await using` stops the container; without it, call `close()`.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { GenericContainer, Wait } from 'testcontainers'

/** A request that the server received. `GET /api/v1/exchanges/{id}` of the console returns its headers and bodies. */
export type RecordedRequest = {
  readonly id: string
  readonly method: string
  readonly url: string
  readonly status: number
  readonly action: string
  readonly detail?: string
}

/** Settings of the server by their environment variables, such as `{ SCIMULATOR_PROFILE: 'rfc' }`. */
export type Settings = Readonly<Record<string, string>>

const scimPort = 8080
const consolePort = 8081

/** Starts the image that `npm run image` builds, or the one that you name, and returns once the server is ready. */
export async function startScimulator(settings: Settings = {}, image = 'scimulator') {
  const tenant = 'test'
  const token = secret()
  // In a container the console is not on loopback, so it requires a token.
  const consoleToken = secret()
  const container = await new GenericContainer(image)
    .withExposedPorts(scimPort, consolePort)
    .withEnvironment({
      ...settings,
      SCIMULATOR_TENANT: tenant,
      SCIMULATOR_TOKEN: token,
      SCIMULATOR_CONSOLE_TOKEN: consoleToken,
      SCIMULATOR_MEMORY: 'on',
    })
    .withWaitStrategy(Wait.forHttp('/readyz', consolePort))
    .start()
  const origin = (port: number) => `http://${container.getHost()}:${container.getMappedPort(port)}`
  const console = origin(consolePort)

  /** Calls the REST API of the console, which `{console}/api/docs` describes. The path begins after `/api/v1`. */
  async function api<Result>(method: string, path: string, body?: object): Promise<Result> {
    const response = await fetch(`${console}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${consoleToken}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as Result
  }

  /** The received requests that match a search such as `status:4xx` or `action:create`, oldest first. */
  async function requests(query = ''): Promise<readonly RecordedRequest[]> {
    const found: RecordedRequest[] = []
    let cursor: string | undefined
    do {
      const parameters = new URLSearchParams({ tenant, q: query, limit: '200', ...(cursor && { cursor }) })
      const page = await api<{ items: RecordedRequest[]; next?: string }>('GET', `/exchanges?${parameters}`)
      found.push(...page.items)
      cursor = page.next
    } while (cursor)
    return found.reverse()
  }

  /** Waits until at least `times` received requests match the search. Rejects after `timeout` milliseconds. */
  async function waitFor(query: string, { times = 1, timeout = 10_000 } = {}) {
    const deadline = performance.now() + timeout
    for (;;) {
      const found = await requests(query)
      if (found.length >= times) return found
      if (performance.now() >= deadline)
        throw new Error(`${found.length} of ${times} requests matched "${query}" within ${timeout} ms.`)
      await pause(50)
    }
  }

  const close = async () => {
    await container.stop()
  }

  return {
    /** The SCIM endpoint, and the access token of your client. */
    url: `${origin(scimPort)}/${tenant}/scim/v2`,
    token,
    /** The web console, and the token that it requires. */
    console,
    consoleToken,
    api,
    requests,
    waitFor,
    faults: {
      /** Injects a failure: `{ preset: 'throttled' }`, or an `effect`, and optionally `match` and `times`. */
      add: (fault: object) => api<{ id: string; summary: string }>('POST', '/faults', fault),
      /** Removes all faults. */
      clear: () => api<undefined>('DELETE', '/faults'),
    },
    clock: {
      /** Moves the clock forward by a duration such as `90d` or `1h30m`. */
      advance: (advance: string) => api<{ now: string }>('PUT', `/tenants/${tenant}/clock`, { advance }),
      /** Moves the clock to a later time. */
      set: (now: Date) => api<{ now: string }>('PUT', `/tenants/${tenant}/clock`, { now: now.toISOString() }),
    },
    /** Deletes users, groups, history, requests and faults, and resets the clock. The token remains valid. */
    reset: () => api<{ tenants: string[] }>('POST', '/reset'),
    close,
    [Symbol.asyncDispose]: close,
  }
}

const secret = () => randomBytes(24).toString('base64url')
