import Sqlite from 'better-sqlite3'

/**
 * A connection whose statements are planned once. SQLite may use the value of a parameter for a plan, to compare it with the
 * conditions of partial indexes or as a limit, and then plans the statement again after each new value, which takes longer
 * than finding a row. No statement here gains from that. https://sqlite.org/c3ref/prepare.html
 */
export function openConnection(path: string, options?: Sqlite.Options): Sqlite.Database {
  const db = new Sqlite(path, options)
  const prepare = db.prepare.bind(db) as (text: string) => Sqlite.Statement
  db.prepare = ((text: string) => prepare(hideParameters(text))) as typeof db.prepare
  return db
}

/** The unary plus changes no value; the planner does not look behind it. */
const hideParameters = (text: string): string =>
  text.replace(quotesAndParameters, found => (/^[?@]/.test(found) ? `+${found}` : found))

/** Within quotes and comments nothing is a parameter. */
const quotesAndParameters = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|[?@]\w*/g
