import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { filesOnPostgres } from './files-on-postgres.ts'
import { findPrograms, startPostgresServer } from './postgres-server.ts'

// Runs the tests of the listeners once more, over one server of PostgreSQL, with a schema for each test. The server ends with
// this process, however that ends. Arguments are passed to tap.
const givenUrl = process.env.SCIMULATOR_TEST_POSTGRES

if (givenUrl === undefined && findPrograms() === undefined && process.env.POSTGRES_TESTS !== 'required') {
  console.log('PostgreSQL was not found: no test was run on it.')
} else {
  const server = givenUrl === undefined ? await startPostgresServer() : undefined
  try {
    const tap = spawn('tap', [...process.argv.slice(2), ...filesOnPostgres()], {
      stdio: 'inherit',
      env: {
        ...process.env,
        SCIMULATOR_TEST_DATABASE: 'postgres',
        SCIMULATOR_TEST_POSTGRES: givenUrl ?? server?.url,
      },
    })
    // A signal to the process group reaches both. Tap reports what was interrupted.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tap.kill(signal))
    const [code] = await once(tap, 'close')
    process.exitCode = code ?? 1
  } finally {
    await server?.remove()
  }
}
