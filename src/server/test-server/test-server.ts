import pino from 'pino'
import type { ExchangeDetail } from '../../domain/contract/exchanges.ts'
import type { FindingGroup } from '../../domain/contract/findings.ts'
import type { IdentityDetail } from '../../domain/contract/identities.ts'
import { type RunningServer, type ServerOptions, startServer } from '../server.ts'
import { type Attach, createAttach } from './attach.ts'
import { type TestAws, testAws } from './aws.ts'
import { applyOptions, type ConsoleClient, createConsoleClient, type TestClient } from './console.ts'
import { type DirectoryOptions, type GroupWithMembers, readGroups, readUsers } from './directory.ts'
import {
  createTestClock,
  createTestFaults,
  createTestSnapshots,
  type TestClock,
  type TestFaults,
  type TestSnapshots,
} from './faults.ts'
import { type CreateServerOptions, readServerOptions } from './options.ts'
import {
  awaitAnalysis,
  findExchanges,
  readQuery,
  viewRequests,
  type WaitForOptions,
  waitFor,
} from './wait-for.ts'

export type TestServer = AsyncDisposable &
  TestSnapshots & {
    readonly url: string
    readonly token: string
    readonly tenant: string
    readonly console: string
    /** The token endpoint of the tenant. Undefined for the profile `aws`. */
    readonly tokenEndpoint: string | undefined
    readonly clients: readonly TestClient[]
    /** How clients of the AWS APIs reach the tenant. Undefined unless the profile is `aws`. */
    readonly aws: TestAws | undefined
    /**
     * Resolves with all requests that match a search of the journal, oldest first, once there are `times` (1 by default) since the start
     * or the last `reset` or `restore`. Rejects after `timeout` milliseconds (3000 by default) with an error that lists the requests
     * that came instead.
     */
    waitFor(query: string, options?: WaitForOptions): Promise<readonly ExchangeDetail[]>
    /** The requests that match a search of the journal, or all, oldest first, with headers, bodies and findings. */
    requests(query?: string): Promise<readonly ExchangeDetail[]>
    /** The users that SCIM returns, in the order of their creation; with `status`, deleted ones. */
    users(options?: DirectoryOptions): Promise<readonly IdentityDetail[]>
    /** The groups with their members, in the order of their creation. */
    groups(options?: DirectoryOptions): Promise<readonly GroupWithMembers[]>
    /** The problems in all requests up to now, most recent first, with remedies. */
    findings(): Promise<readonly FindingGroup[]>
    readonly faults: TestFaults
    readonly clock: TestClock
    readonly attach: Attach
    /** Deletes users, groups, their history and the journal, removes faults, and resets the clock; keeps the token. */
    reset(): Promise<void>
    /** Stops the server. `await using` calls it. */
    close(): Promise<void>
  }

/**
 * Starts a server for a test suite, on free ports of the loopback address, with the database that the settings name. Throws
 * CreateServerError.
 */
export async function startTestServer(
  options: CreateServerOptions,
  database: Readonly<Record<string, string>>,
  more: Pick<ServerOptions, 'lease'> = {},
): Promise<TestServer> {
  const { config, applied } = readServerOptions(options, {
    ...database,
    port: '0',
    consolePort: '0',
    awsPort: '0',
    // Tests compare whole responses.
    journalListLength: '65536',
  })
  const server = await startServer({ ...config, ...more }, pino({ level: 'silent' }))
  try {
    const tenant = server.tenants.list()[0]?.id ?? ''
    const clients = await applyOptions(applied, tenant, server.sendToConsole)
    return createTestServer(server, tenant, clients)
  } catch (error) {
    await server.close()
    throw error
  }
}

function createTestServer(server: RunningServer, tenant: string, clients: readonly TestClient[]): TestServer {
  const closing = new AbortController()
  const requireOpen = (member: string): void => {
    if (closing.signal.aborted) throw new Error(`${member}: the server is closed.`)
  }
  const consoleFor = (member: string): ConsoleClient => {
    requireOpen(member)
    return createConsoleClient(server.sendToConsole, member)
  }
  const { attach, beforeClose } = createAttach({
    ...server,
    tenant,
    consoleFor,
    print: text => console.error(text),
  })
  const closeOnce = async () => {
    await beforeClose()
    closing.abort()
    await server.close()
  }
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= closeOnce()
    return closed
  }
  return {
    url: server.endpoint,
    token: server.token?.text ?? '',
    tenant,
    console: server.console,
    tokenEndpoint: server.tokenEndpoint,
    clients,
    aws: testAws(server),
    async waitFor(query, options = {}) {
      requireOpen('waitFor')
      return await waitFor(query, options, {
        ...server,
        closed: closing.signal,
      })
    },
    async requests(query = '') {
      requireOpen('requests')
      return viewRequests(await findExchanges('requests', readQuery('requests', query), server))
    },
    async users(options = {}) {
      return await readUsers(consoleFor('users'), tenant, options)
    },
    async groups(options = {}) {
      return await readGroups(consoleFor('groups'), tenant, options)
    },
    async findings() {
      const console = consoleFor('findings')
      await awaitAnalysis('findings', server)
      const { items } = await console.call('GET /findings', { query: { tenant } })
      return items
    },
    faults: createTestFaults(consoleFor),
    clock: createTestClock(consoleFor, server, tenant),
    ...createTestSnapshots(consoleFor),
    attach,
    async reset() {
      await consoleFor('reset').call('POST /reset')
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
