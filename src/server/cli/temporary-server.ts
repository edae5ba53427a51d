import type { TestServer } from '../../index.ts'
import type { ProfileName } from '../../profiles/names.ts'

/** Runs a job with a server in memory, on free ports of the loopback address, and stops the server. */
export async function withTemporaryServer<Result>(
  { profile }: { readonly profile?: ProfileName | undefined },
  job: (server: TestServer) => Promise<Result>,
): Promise<Result> {
  // Other commands do not load the server.
  const { createServer } = await import('../../index.ts')
  const server = await createServer(profile === undefined ? {} : { profile })
  try {
    return await job(server)
  } finally {
    await server.close()
  }
}
