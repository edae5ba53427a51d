import type { CreateServerOptions } from '../../src/server/test-server/options.ts'
import { startTestServer, type TestServer } from '../../src/server/test-server/test-server.ts'
import { settingsOf, testDatabase, testLease } from './database.ts'

/** What test suites get from `createServer`, over the database of the tests. */
export async function createServer(options: CreateServerOptions = {}): Promise<TestServer> {
  const afterwards: (() => unknown)[] = []
  const database = await testDatabase({ teardown: handler => afterwards.push(handler) })
  const release = async () => {
    for (const handler of afterwards.splice(0)) await handler()
  }
  try {
    const server = await startTestServer(options, settingsOf(database), { lease: testLease })
    const close = async () => {
      await server.close()
      await release()
    }
    return { ...server, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await release()
    throw error
  }
}
