import type { TestServer } from '../../index.ts'
import type { ProfileName } from '../../profiles/names.ts'

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
