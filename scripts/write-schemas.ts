import { writeFileSync } from 'node:fs'
import { findPrograms, startPostgresServer } from '../test/support/postgres-server.ts'
import { postgresSchema } from './postgres-schema.ts'
import { sqliteSchemas } from './sqlite-schemas.ts'

/**
 * Writes what the migrations create, for new databases: `migrations/sqlite.sql`, `migrations/sqlite-journal.sql` and
 * `migrations/postgres.sql`. After a migration was added.
 *
 *   npm run schema
 */
for (const { file, text } of sqliteSchemas()) writeFileSync(file, text)
if (findPrograms() === undefined) {
  console.error('PostgreSQL was not found: install it to write migrations/postgres.sql.')
  process.exitCode = 1
} else {
  const server = await startPostgresServer()
  try {
    const { file, text } = await postgresSchema({ url: server.url })
    writeFileSync(file, text)
  } finally {
    await server.remove()
  }
}
