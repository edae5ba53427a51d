import { filesOnPostgres } from './files-on-postgres.ts'
import { findPrograms, startPostgresServer } from './postgres-server.ts'
import { runTests } from './suite/command.ts'

// Runs the tests of the listeners once more, over one server of PostgreSQL, with a schema for each test. The server ends with
// this process, however that ends. Other arguments than test files are passed to tap.
const givenUrl = process.env.SCIMULATOR_TEST_POSTGRES

if (givenUrl === undefined && findPrograms() === undefined && process.env.POSTGRES_TESTS !== 'required') {
  console.log('PostgreSQL was not found: no test was run on it.')
} else {
  const server = givenUrl === undefined ? await startPostgresServer() : undefined
  try {
    await runTests(process.argv.slice(2), filesOnPostgres(), {
      ...process.env,
      SCIMULATOR_TEST_DATABASE: 'postgres',
      SCIMULATOR_TEST_POSTGRES: givenUrl ?? server?.url,
    })
  } finally {
    await server?.remove()
  }
}
