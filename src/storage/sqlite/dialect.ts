import { fold } from '../../scim/text.ts'
import type { Dialect } from '../common/dialect.ts'
import type { Database } from './database.ts'
import { scanValues } from './value-scan.ts'

/** SQLite's path language has no escape for quotes; names of attributes contain none. */
export function jsonPath(names: readonly string[]): string {
  if (names.some(name => name.includes('"'))) {
    throw new Error(`An attribute's name contains a quote: ${names.join(' ')}`)
  }
  const path = ['$', ...names.map(name => `"${name}"`)].join('.')
  return `'${path.replaceAll("'", "''")}'`
}

const sqlString = (text: string) => `'${text.replaceAll("'", "''")}'`

/** SQLite's `lower` handles ASCII only; this dialect uses the function of the SCIM core. */
export const defineFoldFunction = (db: Database): void => {
  db.function('fold', { deterministic: true }, (text: unknown) =>
    typeof text === 'string' ? fold(text) : null,
  )
}

/** Belongs before costly conditions. `key` is an integer; few rows call the function, which costs more than comparisons. */
export const isWanted = (key: string): string => `(${key} & 1023 or is_wanted())`

/** Substrings are found without LIKE, which ignores case and treats characters of the client's text as wildcards. */
export const sqliteDialect: Dialect = {
  parameter: name => `@${name}`,
  canStore: () => true,
  scalar: (json, names) => (names.length === 0 ? json : `json_extract(${json}, ${jsonPath(names)})`),
  each: (json, names, alias) => `json_each(${json}, ${jsonPath(names)}) AS ${alias}`,
  element: alias => `${alias}.value`,
  position: alias => `${alias}.key`,
  notEmpty: (json, names) =>
    `EXISTS (SELECT 1 FROM json_tree(${json}, ${jsonPath(names)}) AS node WHERE node.atom <> '')`,
  contains: (text, part) => `instr(${text}, ${part}) > 0`,
  startsWith: (text, part) => `substr(${text}, 1, length(${part})) = ${part}`,
  // Counts from the start: substr(text, -0) would be the whole text.
  endsWith: (text, part) => `substr(${text}, length(${text}) + 1 - length(${part})) = ${part}`,
  lowerAscii: text => `lower(${text})`,
  folded: (alias, column) => `fold(${alias}.${column})`,
  object: members =>
    `json_object(${members.map(([name, value]) => `${sqlString(name)}, ${value}`).join(', ')})`,
  text: sqlString,
  literal: { true: '1', false: '0' },
  indexEntry: text => text,
  wholeText: (alias, column) => `${alias}.${column}`,
  sameTenant: () => '',
  isListed: (text, list) => `${text} in (select value from json_each(${list}))`,
  given: columns => `(select ${Object.keys(columns).map(name => `@${name} as ${name}`)}) as given`,
  givenValues: columns => `values (${Object.keys(columns).map(name => `@${name}`)})`,
  isWanted: () => '1',
  notAmong: (value, column, rows) => `${value} NOT IN (SELECT ${column} FROM ${rows})`,
  resourcesOfPage: 'LEFT JOIN resources AS r ON r.key = p.key',
}

export const longReadDialect: Dialect = { ...sqliteDialect, isWanted, scanValues }
