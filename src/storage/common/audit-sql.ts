import type { AuditKey, AuditSearch } from '../../domain/audit/search.ts'
import { foldAscii, statusRange } from '../../domain/journal/search/values.ts'
import type { Dialect } from './dialect.ts'
import type { Parameters } from './list-sql.ts'

type Condition = { readonly sql: string; readonly params: Parameters }

export function auditSearchToSql(search: AuditSearch, dialect: Dialect): Condition {
  const conditions = search.map(({ key, value, not }, at) => {
    const condition = dialect.canStore(value)
      ? createConditions(dialect, `term${at}`)[key](value)
      : { sql: dialect.literal.false, params: {} }
    // A missing value is null, and so is each comparison with it.
    return { ...condition, sql: not ? `(${condition.sql}) is not true` : `(${condition.sql})` }
  })
  return {
    sql: [dialect.literal.true, ...conditions.map(({ sql }) => sql)].join(' and '),
    params: Object.assign({}, ...conditions.map(({ params }) => params)),
  }
}

type Conditions = Readonly<Record<AuditKey | 'words', (value: string) => Condition>>

function createConditions(dialect: Dialect, name: string): Conditions {
  const parameter = dialect.parameter(name)
  const compare =
    (sql: string, toValue: (value: string) => string | number = value => value) =>
    (value: string): Condition => ({ sql, params: { [name]: toValue(value) } })

  /** Ignores the case of ASCII letters. */
  const containedIn = (text: string) => dialect.contains(dialect.lowerAscii(text), parameter)
  const inOneOf = (...texts: readonly string[]) => texts.map(containedIn).join(' or ')
  const object = dialect.scalar(dialect.element('o'), [], 'text')
  const someObject = (condition: string) =>
    `exists (select 1 from ${dialect.each('objects', [], 'o')} where ${condition})`

  return {
    who: compare(inOneOf('name', 'subject'), foldAscii),
    caller: compare(`caller = ${parameter}`),
    operation: compare(containedIn('operation'), foldAscii),
    tenant: compare(`tenant = ${parameter}`),
    object: compare(someObject(`${object} = ${parameter}`)),
    status: value => {
      if (value === 'none') return { sql: 'status is null', params: {} }
      const { from, to } = statusRange(value)
      const [first, last] = [`${name}from`, `${name}to`]
      return {
        sql: `status between ${dialect.parameter(first)} and ${dialect.parameter(last)}`,
        params: { [first]: from, [last]: to },
      }
    },
    after: compare(`at >= ${parameter}`, Date.parse),
    before: compare(`at < ${parameter}`, Date.parse),
    words: compare(
      `${inOneOf('name', 'subject', 'operation', 'tenant')} or ${someObject(containedIn(object))}`,
      foldAscii,
    ),
  }
}
