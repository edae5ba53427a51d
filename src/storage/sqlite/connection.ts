import Sqlite from 'better-sqlite3'

/**
 * A connection whose statements are compiled at their first use, and planned once. SQLite may use the value of a parameter for a
 * plan, to compare it with the conditions of partial indexes or as a limit, and then plans the statement again after each new
 * value, which takes longer than finding a row. No statement here gains from that. https://sqlite.org/c3ref/prepare.html
 */
export function openConnection(path: string, options?: Sqlite.Options): Sqlite.Database {
  const db = new Sqlite(path, options)
  const prepare = db.prepare.bind(db) as (text: string) => Sqlite.Statement
  db.prepare = ((text: string) =>
    new LateStatement(() => prepare(hideParameters(text)))) as unknown as typeof db.prepare
  return db
}

/** A server has 400 statements, which take 15 ms to compile. Most of them run seldom. */
class LateStatement implements Pick<Sqlite.Statement, 'get' | 'all' | 'run' | 'iterate' | 'reader'> {
  readonly #compile: () => Sqlite.Statement
  #compiled: Sqlite.Statement | undefined
  #rows: 'pluck' | 'raw' | undefined

  constructor(compile: () => Sqlite.Statement) {
    this.#compile = compile
  }

  get #statement(): Sqlite.Statement {
    if (this.#compiled !== undefined) return this.#compiled
    const statement = this.#rows === undefined ? this.#compile() : this.#compile()[this.#rows]()
    // Later calls need no detour.
    this.get = statement.get.bind(statement)
    this.all = statement.all.bind(statement)
    this.run = statement.run.bind(statement)
    this.iterate = statement.iterate.bind(statement)
    this.#compiled = statement
    return statement
  }

  get(...values: readonly unknown[]) {
    return this.#statement.get(...values)
  }

  all(...values: readonly unknown[]) {
    return this.#statement.all(...values)
  }

  run(...values: readonly unknown[]) {
    return this.#statement.run(...values)
  }

  iterate(...values: readonly unknown[]) {
    return this.#statement.iterate(...values)
  }

  get reader() {
    return this.#statement.reader
  }

  pluck(isPlucked = true) {
    if (this.#compiled !== undefined) this.#compiled.pluck(isPlucked)
    else this.#rows = isPlucked ? 'pluck' : undefined
    return this
  }

  raw() {
    if (this.#compiled !== undefined) this.#compiled.raw()
    else this.#rows = 'raw'
    return this
  }
}

/** The unary plus changes no value; the planner does not look behind it. */
const hideParameters = (text: string): string =>
  text.replace(quotesAndParameters, found => (/^[?@]/.test(found) ? `+${found}` : found))

/** Within quotes and comments nothing is a parameter. */
const quotesAndParameters = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|[?@]\w*/g
