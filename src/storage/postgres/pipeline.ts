import pg from 'pg'
import { type Query, type SqlValue, toArrayLiteral, toTextArray } from './statement.ts'

export type Pipeline = (queries: readonly Query[]) => Promise<readonly (readonly unknown[])[]>

type Parser = (value: string) => unknown
type Field = { readonly name: string; readonly dataTypeID: number }

type Prepared = { readonly serverName: string; columns: readonly (readonly [string, Parser])[] }

type Submitted = pg.Submittable & {
  handleRowDescription(message: { readonly fields: readonly Field[] }): void
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void
  handleCommandComplete(): void
  handleEmptyQuery(): void
  handleError(error: unknown): void
  handleReadyForQuery(): void
}

/**
 * Sends statements with one message `Sync` behind all of them. The driver's queries have one each, after which the server sends
 * its responses: this process and the database would wake each other up for each statement. The server describes the columns of a
 * named statement only once.
 *
 * After a statement that fails, the server skips the others. Outside of a transaction, all are one.
 */
export function createPipeline(client: pg.Client, parserOf: (type: number) => Parser): Pipeline {
  const known = new Map<string, Prepared>()
  let statements = 0

  const send = (connection: pg.Connection, queries: readonly Query[]) => {
    const sent: Prepared[] = []
    const learned: (string | undefined)[] = []
    for (const { name, text, values } of queries) {
      const found = name === undefined ? undefined : known.get(name)
      // Another name for each attempt: whether one that failed is known to the server is not.
      const statement = found ?? { serverName: name === undefined ? '' : `p${++statements}`, columns: [] }
      if (!found) {
        if (name !== undefined) known.set(name, statement)
        connection.parse({ name: statement.serverName, text, types: [] }, true)
        connection.describe({ type: 'S', name: statement.serverName }, true)
      }
      connection.bind(
        { portal: '', statement: statement.serverName, values: values.map(toParameter) } as never,
        true,
      )
      connection.execute({ portal: '' }, true)
      sent.push(statement)
      learned.push(found ? undefined : name)
    }
    connection.sync()
    return { sent, learned }
  }

  return queries =>
    new Promise((resolve, reject) => {
      const results: unknown[][] = []
      let rows: unknown[] = []
      let { sent, learned }: ReturnType<typeof send> = { sent: [], learned: [] }
      const end = () => {
        results.push(rows)
        rows = []
      }
      const submitted: Submitted = {
        submit(connection) {
          ;({ sent, learned } = send(connection, queries))
        },
        handleRowDescription({ fields }) {
          const statement = sent[results.length]
          if (statement)
            statement.columns = fields.map(({ name, dataTypeID }) => [name, parserOf(dataTypeID)])
        },
        handleDataRow({ fields }) {
          const columns = sent[results.length]?.columns ?? []
          const row: Record<string, unknown> = {}
          for (const [at, [name, parse]] of columns.entries()) {
            const value = fields[at] ?? null
            row[name] = value === null ? null : parse(value)
          }
          rows.push(row)
        },
        handleCommandComplete: end,
        handleEmptyQuery: end,
        handleError(error) {
          for (const name of learned.slice(results.length)) if (name !== undefined) known.delete(name)
          reject(error)
        },
        handleReadyForQuery: () => resolve(results),
      }
      // Beside queries that may keep a portal open, the driver accepts its own class only.
      client.query(Object.assign(Object.create(pg.Query.prototype), submitted) as pg.Submittable)
    })
}

const toParameter = (value: SqlValue): string | Buffer | null => {
  if (value === null || typeof value === 'string') return value
  if (typeof value !== 'object') return String(value)
  return value.some(element => typeof element === 'string')
    ? toTextArray(value as readonly (string | null)[])
    : toArrayLiteral(value)
}
