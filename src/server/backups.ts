/** Without the module of PostgreSQL, whose package may be missing. */
export { DatabaseError } from '../domain/ports/database.ts'
export { backUp as backUpSqlite } from '../storage/sqlite/backup.ts'
export { restore as restoreSqlite } from '../storage/sqlite/restore.ts'
