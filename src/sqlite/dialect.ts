import type { Dialect } from '../persistence/dialect.ts'
import { fold } from '../scim/text.ts'
import type { Database } from './database.ts'

/** SQLite's path language has no escape for a quote, and no schema has one in a name. */
function jsonPath(names: readonly string[]): string {
  if (names.some(name => name.includes('"'))) {
    throw new Error(`An attribute's name contains a quote: ${names.join(' ')}`)
  }
  const path = ['$', ...names.map(name => `"${name}"`)].join('.')
  return `'${path.replaceAll("'", "''")}'`
}

const sqlString = (text: string) => `'${text.replaceAll("'", "''")}'`

/** SQLite's own `lower` knows ASCII only; statements of this dialect use the core's. */
export const defineFoldFunction = (db: Database): void => {
  db.function('fold', { deterministic: true }, (text: unknown) =>
    typeof text === 'string' ? fold(text) : null,
  )
}

/** Substrings without LIKE, whose wildcards a client's text could contain and which ignores case. */
export const sqliteDialect: Dialect = {
  parameter: name => `@${name}`,
  scalar: (json, names) => (names.length === 0 ? json : `json_extract(${json}, ${jsonPath(names)})`),
  each: (json, names, alias) => `json_each(${json}, ${jsonPath(names)}) AS ${alias}`,
  element: alias => `${alias}.value`,
  position: alias => `${alias}.key`,
  notEmpty: (json, names) =>
    `EXISTS (SELECT 1 FROM json_tree(${json}, ${jsonPath(names)}) AS node WHERE node.atom <> '')`,
  contains: (text, part) => `instr(${text}, ${part}) > 0`,
  startsWith: (text, part) => `substr(${text}, 1, length(${part})) = ${part}`,
  // Counted from the front: substr(text, -0) would be the whole text.
  endsWith: (text, part) => `substr(${text}, length(${text}) + 1 - length(${part})) = ${part}`,
  folded: text => `fold(${text})`,
  object: members =>
    `json_object(${members.map(([name, value]) => `${sqlString(name)}, ${value}`).join(', ')})`,
  text: sqlString,
  literal: { true: '1', false: '0' },
}
