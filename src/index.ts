import { type CreateServerOptions, startTestServer, type TestServer } from './server/test-server.ts'

export type { CreateServerOptions, TestServer }

/**
 * Starts a server for a test suite: in memory, on free ports of the loopback address. One process can run several.
 * `await using` closes it. Rejects with one sentence for each invalid option.
 */
export const createServer = (options: CreateServerOptions = {}): Promise<TestServer> =>
  startTestServer(options, { memory: 'on' })
