import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { upgrade } from '../../src/storage/sqlite/journal-file.ts'

/** Upgrades the database that is its argument, and prints a line for each step. */
const db = openSqlite(process.argv[2])
const print = (line: string) => process.stdout.write(`${line}\n`)
print('opened')
upgrade(db, { onProgress: moved => print(`moved ${moved}`) })
print('upgraded')
db.close()
print('closed')
