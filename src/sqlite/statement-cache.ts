import { LRUCache } from 'lru-cache'

/** Prepares each SQL text once and keeps the most recently used statements. */
export function createStatementCache<Statement extends object>(
  max: number,
  prepare: (sql: string) => Statement,
): (sql: string) => Statement {
  const statements = new LRUCache<string, Statement>({ max })
  return sql => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = prepare(sql)
    statements.set(sql, statement)
    return statement
  }
}
