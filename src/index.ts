import pino from 'pino'
import type { ProfileName } from './profiles/names.ts'
import { readConfig } from './server/config.ts'
import { type RunningServer, startServer } from './server/server.ts'
import { settings } from './server/settings.ts'

export type CreateServerOptions = {
  /** The emulated service; `aws` by default. */
  readonly profile?: ProfileName
  readonly onDelete?: 'retain' | 'remove'
  readonly throttle?: 'off' | 'aws'
  /** The tenant's id and its token's text; both are made up where they're left out. */
  readonly tenant?: string
  readonly token?: string
  /** Resource types beside those of the RFC, as `PUT /api/v1/tenants/{tenant}/types` takes them. */
  readonly types?: { readonly schemas?: readonly object[]; readonly resourceTypes?: readonly object[] }
}

export type TestServer = AsyncDisposable & {
  /** The tenant's SCIM endpoint. */
  readonly url: string
  /** Its access token. */
  readonly token: string
  /** The console's address. */
  readonly console: string
  /** Forgets users, groups, their history and the journal; the token stays. */
  reset(): Promise<void>
  close(): Promise<void>
}

/**
 * A server for a test suite: everything in memory, on free ports of the loopback address. Many can live in one
 * process; `await using` closes it.
 */
export async function createServer({ types, ...options }: CreateServerOptions = {}): Promise<TestServer> {
  const config = readConfig({
    args: ['--memory', '--port=0', '--console-port=0', ...flagsOf(options)],
    environment: {},
    isTerminal: false,
  })
  const server = await startServer(config, pino({ level: 'silent' }))
  if (types) await declare(server, types)
  return {
    url: server.endpoint,
    token: server.token?.text ?? '',
    console: server.console,
    reset: () => reset(server.console),
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  }
}

/** So that a wrong value is refused as on the command line; what is undefined counts as left out. */
const flagsOf = (options: Omit<CreateServerOptions, 'types'>): readonly string[] => {
  const given = new Map<string, string | undefined>(Object.entries(options))
  return settings.flatMap(({ key, flag }) => {
    const value = given.get(key)
    return value === undefined ? [] : [`--${flag}=${value}`]
  })
}

async function declare(server: RunningServer, types: object): Promise<void> {
  const tenant = server.tenants.list()[0]?.id
  const answer = await fetch(`${server.console}/api/v1/tenants/${tenant}/types`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(types),
  })
  if (answer.ok) return
  await server.close()
  throw new Error(`The types can't be declared: ${await answer.text()}`)
}

async function reset(console: string): Promise<void> {
  const answer = await fetch(`${console}/api/v1/reset`, { method: 'POST' })
  if (!answer.ok) throw new Error(`The server could not be reset: ${await answer.text()}`)
}
