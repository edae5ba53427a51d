import { isOperation } from '../../domain/journal/operation.ts'
import { type FieldTerm, isFieldTerm, type Search } from '../../domain/journal/search/parse.ts'
import { findingParts, foldAscii, statusRange, toDurationBound } from '../../domain/journal/search/values.ts'
import { groupType, userType } from '../../scim/core-schemas.ts'
import type { Dialect, ScalarType } from './dialect.ts'
import { delimitTerms } from './exchange-rows.ts'

type Condition = { readonly sql: string; readonly values: readonly (string | number)[] }

/** One condition per term, full text excluded. They match the same exchanges as `createMatcher`. */
export function searchToSql(search: Search, dialect: Dialect): readonly Condition[] {
  const conditions = createConditions(dialect)
  return search.filter(isFieldTerm).map(({ key, value, not }) => {
    const { sql, values } = dialect.canStore(value)
      ? conditions[key](value)
      : { sql: dialect.literal.false, values: [] }
    // A missing value is null, and so is each comparison with it.
    return { sql: not ? `(${sql}) is not true` : `(${sql})`, values }
  })
}

const equal =
  (column: string) =>
  (value: string): Condition => ({ sql: `${column} = ?`, values: [value] })

const isPresent = (column: string): Condition => ({ sql: `${column} is not null`, values: [] })

const anyOr =
  (column: string, condition: (value: string) => Condition) =>
  (value: string): Condition =>
    value === 'any' ? isPresent(column) : condition(value)

type Conditions = Readonly<Record<FieldTerm['key'], (value: string) => Condition>>

function createConditions(dialect: Dialect): Conditions {
  const detail = (path: string, as: ScalarType = 'text') => dialect.scalar('details', path.split('.'), as)

  /** Whether one of the columns contains one of the texts, ignoring the case of ASCII letters. */
  const containsText = (columns: readonly string[], ...texts: readonly string[]): Condition => ({
    sql: columns
      .flatMap(column => texts.map(() => dialect.contains(dialect.lowerAscii(column), '?')))
      .join(' or '),
    values: columns.flatMap(() => texts.map(foldAscii)),
  })

  const targetOfType =
    (type: string) =>
    (value: string): Condition => {
      const { sql, values } = containsText(['target_label', 'target_id'], value)
      return { sql: `target_type = ? and (${sql})`, values: [type, ...values] }
    }

  const someFinding = (condition: Condition): Condition => ({
    sql: `exists (select 1 from ${dialect.each('findings', [], 'f')} where ${condition.sql})`,
    values: condition.values,
  })
  const finding = dialect.scalar(dialect.element('f'), [], 'text')

  return {
    status: value => {
      const { from, to } = statusRange(value)
      return from === to
        ? { sql: 'status = ?', values: [from] }
        : { sql: 'status between ? and ?', values: [from, to] }
    },
    method: equal('method'),
    operation: value => equal(isOperation(value) ? 'operation' : 'api_operation')(value),
    api: value => (value === 'scim' ? { sql: 'api is null', values: [] } : equal('api')(value)),
    key: anyOr('access_key', equal('access_key')),
    action: value => containsText(['action'], value),
    user: targetOfType(userType.name),
    group: targetOfType(groupType.name),
    target: value => containsText(['target_label', 'target_id'], value),
    resource: equal('target_id'),
    tenant: value => equal('tenant')(dialect.indexEntry(value)),
    after: value => ({ sql: 'at >= ?', values: [Date.parse(value)] }),
    before: value => ({ sql: 'at < ?', values: [Date.parse(value)] }),
    'tenant-after': value => ({
      sql: `${detail('tenantTime', 'number')} >= ?`,
      values: [Date.parse(value)],
    }),
    'tenant-before': value => ({
      sql: `${detail('tenantTime', 'number')} < ?`,
      values: [Date.parse(value)],
    }),
    client: anyOr('product', equal('product')),
    dialect: equal('dialect'),
    finding: value =>
      someFinding(value === 'any' ? isPresent(finding) : containsText([finding], ...findingParts(value))),
    cycle: anyOr('cycle', equal('cycle')),
    token: value => {
      const ending = equal(detail('token.ending'))(value)
      // No term contains a line end, but two of them have one in between.
      if (value.includes('\n')) return ending
      const isTerm = dialect.contains(detail('credentialTerms'), '?')
      return { sql: `${ending.sql} or ${isTerm}`, values: [...ending.values, delimitTerms([value])] }
    },
    rejected: anyOr(detail('refusal'), equal(detail('refusal'))),
    rule: anyOr(detail('rule'), value => containsText([detail('rule')], value)),
    profile: equal(detail('profile')),
    // Earlier versions stored the summary of a fault as `words`.
    fault: anyOr(detail('fault.id'), value =>
      containsText([detail('fault.id'), detail('fault.summary'), detail('fault.words')], value),
    ),
    duration: value => {
      const { longer, microseconds } = toDurationBound(value)
      return { sql: `${detail('microseconds', 'number')} ${longer ? '>' : '<'} ?`, values: [microseconds] }
    },
    parent: equal(detail('parent')),
    id: equal('id'),
    is: () => isPresent(detail('replayOf')),
  }
}
