import { fold } from '../../scim/text.ts'
import type { Dialect, ValueScan } from '../common/dialect.ts'
import type { Database } from './database.ts'

/** Less than a millisecond to find the values, next to 5 ms for reading 50,000 entries. */
export const maxValues = 500

/**
 * The resources whose indexed text passes a test. Where few values exist, such as departments, each is tested once: the index
 * is searched for the value after the last one. Otherwise every entry is read.
 */
function scanValues({ table, ofAttribute, test, isWanted }: ValueScan): string {
  const nextValue = (condition: string) =>
    `select min(k.value) from ${table} k where ${ofAttribute}${condition}`
  // One more value than the maximum, and the null at the end. The cross joins have SQLite test `known` before it reads entries.
  const most = maxValues + 2
  return `(
    with recursive found (value) as (
      ${nextValue('')}
      union all
      select (${nextValue(' and k.value > found.value')}) from found where found.value is not null limit ${most}),
    known (value) as materialized (select value from found),
    few (is_true) as materialized (select count(*) < ${most} from known)
    select k.resource from few cross join known cross join ${table} k
    where few.is_true and ${test('known.value')} and ${ofAttribute} and k.value = known.value and ${isWanted}
    union all
    select k.resource from few cross join ${table} k
    where not few.is_true and ${isWanted} and ${ofAttribute} and ${test('k.value')})`
}

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
