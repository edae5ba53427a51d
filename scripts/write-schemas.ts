import { writeFileSync } from 'node:fs'
import { sqliteSchemas } from './sqlite-schemas.ts'

/**
 * Writes what the migrations create, for new databases: `migrations/sqlite.sql` and `migrations/sqlite-journal.sql`. After a
 * migration was added.
 *
 *   npm run schema
 */
for (const { file, text } of sqliteSchemas()) writeFileSync(file, text)
