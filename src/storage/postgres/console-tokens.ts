import type { ConsoleToken, ConsoleTokenStore } from '../../domain/ports/console-tokens.ts'
import {
  type ConsoleTokenRow,
  checkConsoleTokenCount,
  consoleTokenTaken,
  createConsoleTokenRegister,
  newConsoleToken,
} from '../common/console-token-register.ts'
import type { Cluster } from './cluster/cluster.ts'
import { canStore } from './dialect.ts'
import { prepared } from './statement.ts'
import { createUses } from './uses.ts'

export type PostgresConsoleTokens = ConsoleTokenStore & {
  /** Writes the uses of tokens so far. They are written every second. */
  writeUses(): Promise<void>
  close(): Promise<void>
}

/** Milliseconds. */
const useInterval = 1000

const changedTokens = prepared('select * from console_tokens where epoch > $1 order by key')
const tokenWithName = prepared('select 1 from console_tokens where name = $1')
const countTokens = prepared('select count(*) as count from console_tokens')
const insertToken = prepared(`
  insert into console_tokens (id, name, level, hash, ending, created, expires, uses, epoch)
  values ($1, $2, $3, decode($4, 'hex'), $5, $6, $7, 0, $8)`)
const removeToken = prepared(`
  with gone as (delete from console_tokens where id = $2 returning id)
  insert into removals (epoch, kind, key) select $1, 'console_tokens', id from gone returning key`)

/** Console tokens in PostgreSQL. Every instance holds them in memory. To be created before the instance joins the cluster. */
export function createPostgresConsoleTokens(cluster: Cluster): PostgresConsoleTokens {
  const register = createConsoleTokenRegister(cluster.now)
  const uses = createUses<ConsoleToken>({
    table: 'console_tokens',
    statements: cluster.statements,
    hints: cluster.hints,
    now: cluster.now,
    find: register.token,
    set: register.setToken,
  })
  const setRow = (row: ConsoleTokenRow) => {
    register.set(row)
    const token = register.token(row.id)
    if (token) register.setToken(uses.withWaiting(token))
  }
  cluster.hold<ConsoleTokenRow>({
    table: 'console_tokens',
    changes: changedTokens,
    apply(rows, removed) {
      removed.forEach(register.remove)
      rows.forEach(setRow)
    },
    replace(rows) {
      register.clear()
      rows.forEach(setRow)
    },
  })
  const timer = setInterval(() => {
    // They are added to the next ones.
    uses.exchangeNew().catch(() => {})
  }, useInterval).unref()

  return {
    list: register.list,
    find: register.find,

    async create(options) {
      const { row, text } = newConsoleToken(options, cluster.now())
      const { id, name, level, hash, ending, created, expires } = row
      await cluster.change(async (connection, epoch) => {
        if ((await connection.query(tokenWithName, [name])).length > 0) throw consoleTokenTaken(name)
        const [found] = await connection.query<{ readonly count: number }>(countTokens)
        checkConsoleTokenCount(found?.count ?? 0)
        const values = [id, name, level, hash.toString('hex'), ending, created, expires, epoch]
        await connection.query(insertToken, values)
        return row
      })
      return { token: register.token(id) as ConsoleToken, text }
    },

    async remove(id) {
      if (!canStore(id)) return false
      const isRemoved = await cluster.change(async (connection, epoch) => {
        const rows = await connection.query(removeToken, [epoch, id])
        return rows.length > 0 || undefined
      })
      return isRemoved === true
    },

    noteUse(id) {
      const token = register.noteUse(id)
      if (token) uses.note(token)
    },

    writeUses: uses.exchange,

    async close() {
      clearInterval(timer)
      if (cluster.isServing()) await uses.exchange().catch(() => {})
    },
  }
}
