import { filesOnPostgres } from './files-on-postgres.ts'
import { findPrograms, startPostgresServer } from './postgres-server.ts'
import { runTests } from './suite/command.ts'

// Runs the tests of the listeners once more, over one server of PostgreSQL, with a schema for each test. The server ends with
// this process, however that ends. With `--all`, all files that depend on the database; or those that are named. Other arguments
// are passed to tap.
const args = process.argv.slice(2).filter(argument => argument !== '--all')
const files = filesOnPostgres({ all: process.argv.includes('--all') })
const givenUrl = process.env.SCIMULATOR_TEST_POSTGRES

if (givenUrl === undefined && findPrograms() === undefined && process.env.POSTGRES_TESTS !== 'required') {
  console.log('PostgreSQL was not found: no test was run on it.')
} else {
  const server = givenUrl === undefined ? await startPostgresServer() : undefined
  try {
    await runTests(args, files, {
      ...process.env,
      SCIMULATOR_TEST_DATABASE: 'postgres',
      SCIMULATOR_TEST_POSTGRES: givenUrl ?? server?.url,
    })
  } finally {
    await server?.remove()
  }
}
