import { type FieldTerm, isFieldTerm, type Search } from '../journal/search/parse.ts'
import { foldAscii, statusRange, toDurationBound } from '../journal/search/values.ts'
import { groupType, userType } from '../scim/core-schemas.ts'

/** A condition on `exchanges left join exchange_notes`, with its values in order. */
type Condition = { readonly sql: string; readonly values: readonly (string | number)[] }

/** One condition per term, full text excluded. They match the same exchanges as `createMatcher`. */
export const searchToSql = (search: Search): readonly Condition[] => search.filter(isFieldTerm).map(termToSql)

function termToSql({ key, value, not }: FieldTerm): Condition {
  const { sql, values } = conditions[key](value)
  // A missing value is null, and so is each comparison with it.
  return { sql: not ? `(${sql}) is not true` : `(${sql})`, values }
}

const detail = (path: string) => `details ->> '$.${path}'`

const equal =
  (column: string) =>
  (value: string): Condition => ({ sql: `${column} = ?`, values: [value] })

const isPresent = (column: string): Condition => ({ sql: `${column} is not null`, values: [] })

/** Whether one of the columns contains the text, ignoring the case of ASCII letters. */
const containsText = (columns: readonly string[], value: string): Condition => ({
  sql: columns.map(column => `instr(lower(${column}), ?) > 0`).join(' or '),
  values: columns.map(() => foldAscii(value)),
})

const anyOr =
  (column: string, condition: (value: string) => Condition) =>
  (value: string): Condition =>
    value === 'any' ? isPresent(column) : condition(value)

const targetOfType =
  (type: string) =>
  (value: string): Condition => {
    const { sql, values } = containsText(['target_label', 'target_id'], value)
    return { sql: `target_type = ? and (${sql})`, values: [type, ...values] }
  }

const conditions: Readonly<Record<FieldTerm['key'], (value: string) => Condition>> = {
  status: value => {
    const { from, to } = statusRange(value)
    return from === to
      ? { sql: 'status = ?', values: [from] }
      : { sql: 'status between ? and ?', values: [from, to] }
  },
  method: equal('method'),
  operation: equal('operation'),
  action: value => containsText(['action'], value),
  user: targetOfType(userType.name),
  group: targetOfType(groupType.name),
  target: value => containsText(['target_label', 'target_id'], value),
  resource: equal('target_id'),
  tenant: equal('tenant'),
  after: value => ({ sql: 'at >= ?', values: [Date.parse(value)] }),
  before: value => ({ sql: 'at < ?', values: [Date.parse(value)] }),
  dialect: equal('dialect'),
  finding: value =>
    value === 'any'
      ? { sql: 'json_array_length(findings) > 0', values: [] }
      : {
          sql: 'exists (select 1 from json_each(findings) where instr(lower(value), ?) > 0)',
          values: [foldAscii(value)],
        },
  cycle: equal('cycle'),
  token: equal(detail('token.ending')),
  rejected: anyOr(detail('refusal'), equal(detail('refusal'))),
  rule: anyOr(detail('rule'), value => containsText([detail('rule')], value)),
  profile: equal(detail('profile')),
  // Earlier versions stored the summary of a fault as `words`.
  fault: anyOr(detail('fault.id'), value =>
    containsText([detail('fault.id'), detail('fault.summary'), detail('fault.words')], value),
  ),
  duration: value => {
    const { longer, microseconds } = toDurationBound(value)
    return { sql: `${detail('microseconds')} ${longer ? '>' : '<'} ?`, values: [microseconds] }
  },
  parent: equal(detail('parent')),
  id: equal('id'),
  is: () => isPresent(detail('replayOf')),
}
