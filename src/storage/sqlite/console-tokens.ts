import type { Database } from 'better-sqlite3'
import type { ConsoleToken, ConsoleTokenStore } from '../../domain/ports/console-tokens.ts'
import type { Writer } from '../../domain/ports/database.ts'
import {
  type ConsoleTokenRow,
  checkConsoleTokenCount,
  consoleTokenTaken,
  createConsoleTokenRegister,
  newConsoleToken,
} from '../common/console-token-register.ts'
import { createUseCounter } from './writer.ts'

/** Console tokens in SQLite. Memory is updated once changes are on disk. `clock` is the time in milliseconds since 1970. */
export function createSqliteConsoleTokens(
  db: Database,
  writer: Writer,
  clock: () => number = Date.now,
): ConsoleTokenStore {
  const rows = createRows(db)
  const register = createConsoleTokenRegister(clock)
  for (const row of rows.all()) register.set(row)
  const uses = createUseCounter<string>(writer, id => {
    const token = register.token(id)
    if (token) rows.setUses(token)
  })

  return {
    list: register.list,
    find: register.find,

    async create(options) {
      const { row, text } = newConsoleToken(options, clock())
      await writer.write(() => {
        if (rows.hasName(row.name)) throw consoleTokenTaken(row.name)
        checkConsoleTokenCount(rows.count())
        rows.insert(row)
      })
      register.set(row)
      return { token: register.token(row.id) as ConsoleToken, text }
    },

    async remove(id) {
      const isRemoved = await writer.write(() => rows.remove(id))
      if (isRemoved) register.remove(id)
      return isRemoved
    },

    noteUse(id) {
      if (register.noteUse(id)) uses.note(id)
    },
  }
}

/** The rows of console tokens; each method is one statement. */
function createRows(db: Database) {
  const all = db.prepare<[], ConsoleTokenRow>('select * from console_tokens order by rowid')
  const withName = db.prepare<[string]>('select 1 from console_tokens where name = ?')
  const countAll = db.prepare<[], number>('select count(*) from console_tokens').pluck()
  const insert = db.prepare<object>(`
    insert into console_tokens (id, name, level, hash, ending, created, expires, uses)
    values (@id, @name, @level, @hash, @ending, @created, @expires, @uses)`)
  const remove = db.prepare<[string]>('delete from console_tokens where id = ?')
  const setUses = db.prepare<object>(
    'update console_tokens set uses = @uses, last_used = @lastUsed where id = @id',
  )
  return {
    all: () => all.all(),
    hasName: (name: string) => withName.get(name) !== undefined,
    count: () => countAll.get() ?? 0,
    insert: (row: ConsoleTokenRow) => insert.run(row),
    remove: (id: string) => remove.run(id).changes > 0,
    setUses: ({ id, uses, lastUsed }: ConsoleToken) => setUses.run({ id, uses, lastUsed: lastUsed ?? null }),
  }
}
