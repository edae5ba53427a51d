import { startPostgresServer } from '../../../test/support/postgres-server.ts'

type Options = {
  readonly pairs: number
  readonly seed: number
  readonly postgres: boolean
  readonly print: (line: string) => void
}

/**
 * Compares the rehearsal of pairs of directories with what the same client does over HTTP to a server that imported the directory.
 * Each pair has up to 40 people. A pair that differs is printed, and the others go on.
 */
export async function proveRehearsal(options: Options): Promise<boolean> {
  if (!options.postgres) return provePairs(options)
  const { url, remove } = await startPostgresServer()
  Object.assign(process.env, { SCIMULATOR_TEST_DATABASE: 'postgres', SCIMULATOR_TEST_POSTGRES: url })
  // Seconds. The test run, which loading createSchema begins, would end after 30.
  process.env.TAP_TIMEOUT ??= '86400'
  try {
    return await provePairs(options)
  } finally {
    await remove()
  }
}

async function provePairs({ pairs: count, seed, postgres, print }: Options): Promise<boolean> {
  process.env.TEST_SEED = String(seed)
  // They read the environment when they are loaded.
  const { sampleOf } = await import('../../../test/support/property.ts')
  const { createServer } = await import('../../../test/support/test-server.ts')
  const { assertPredicted, pairs, playPair } = await import('../../../test/support/rehearsed-pairs.ts')
  await using server = await createServer()
  let wrong = 0
  for (const [at, pair] of sampleOf(pairs({ people: 40, groups: 8 }), count).entries()) {
    try {
      assertPredicted(await playPair(pair, server.console))
    } catch (error) {
      wrong++
      print(
        `Pair ${at}, ${JSON.stringify(pair.client)}: ${(error as Error).message}\n${JSON.stringify(pair)}`,
      )
    }
  }
  print(`${count} pairs on ${postgres ? 'PostgreSQL' : 'SQLite'}, seed ${seed}: ${wrong} differ.`)
  return wrong === 0
}
