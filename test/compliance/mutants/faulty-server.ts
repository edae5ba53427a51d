import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance, HTTPMethods } from 'fastify'
import pino from 'pino'
import type { ProfileName } from '../../../src/profiles/names.ts'
import type { Declarations } from '../../../src/scim/declare/declarations.ts'
import { openServices } from '../../../src/server/compose.ts'
import { buildScimApp } from '../../../src/server/listeners.ts'
import { testDatabase } from '../../support/database.ts'
import type { Break, ReceivedRequest, Reply } from './break.ts'

type FaultyServer = {
  /** The SCIM endpoint of its only tenant. */
  readonly url: string
  readonly token: string
  /** Sets the fault; without one, the server is correct. */
  readonly breakBy: (how: Break | undefined) => void
  /** Deletes users and groups; keeps the token. */
  readonly reset: () => Promise<unknown>
  readonly close: () => Promise<void>
}

const ofConnection = /^(connection|keep-alive|transfer-encoding|content-length)$/

const headersOf = (headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || ofConnection.test(name) ? [] : [[name, String(value)]],
    ),
  )

const textOf = async (stream: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

/**
 * A listener that changes requests and responses of a Scimulator tenant over the database of the tests. The SCIM application itself doesn't
 * listen, and its journal isn't analyzed: each check sends several requests, and tests run tens of thousands of checks.
 */
export async function startFaultyServer(profile: ProfileName, types?: Declarations): Promise<FaultyServer> {
  const logger = pino({ level: 'silent' })
  const afterwards: (() => unknown)[] = []
  const database = await testDatabase({ teardown: handler => afterwards.push(handler) })
  const { scim, tenants, reset, close } = await openServices({ profile, ...database }, logger)
  const app = buildScimApp(scim, logger)
  const tenant = await tenants.create({ profile })
  const { text: token } = await tenants.createToken(tenant)
  if (types) await tenants.setDeclarations(tenant.id, types)
  const root = `/${tenant.id}/scim/v2`
  const listener = faultyListener(sendTo(app, root), root)
  const server = createServer(listener.onRequest).listen(0, '127.0.0.1')
  // Clients that keep connections, such as `fetch`, lose no request to a connection that the server closes at that moment.
  server.keepAliveTimeout = 0
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${root}`,
    token,
    breakBy: listener.breakBy,
    reset,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await app.close()
      await close()
      for (const handler of afterwards) await handler()
    },
  }
}

const belowRoot = (url: string, root: string): string => (url.startsWith(root) ? url.slice(root.length) : url)

function faultyListener(sound: (request: ReceivedRequest) => Promise<Reply>, root: string) {
  let how: Break | undefined
  const used = new WeakSet<Socket>()
  const respond = async (incoming: IncomingMessage, response: ServerResponse) => {
    const received: ReceivedRequest = {
      method: incoming.method ?? '',
      target: belowRoot(incoming.url ?? '', root),
      headers: headersOf(incoming.headers),
      text: await textOf(incoming),
      isReused: used.has(incoming.socket),
    }
    used.add(incoming.socket)
    const { status, headers, text } = await (how ? how(received, sound) : sound(received))
    response.writeHead(status, headers).end(text)
  }
  return {
    onRequest: (incoming: IncomingMessage, response: ServerResponse) => {
      respond(incoming, response).catch(() => response.destroy())
    },
    breakBy: (next: Break | undefined) => {
      how = next
    },
  }
}

const sendTo =
  (app: FastifyInstance, root: string) =>
  async ({ method, target, headers, text }: ReceivedRequest): Promise<Reply> => {
    const response = await app.inject({
      method: method as HTTPMethods,
      url: target.startsWith('/.well-known/') ? target : root + target,
      headers: { 'user-agent': '', ...headers },
      ...(text !== '' && { payload: text }),
    })
    return { status: response.statusCode, headers: headersOf(response.headers), text: response.body }
  }
