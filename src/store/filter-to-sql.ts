import type { AttributePath } from '../scim/attribute.ts'
import type { BoundFilter, CompareOperator } from '../scim/filter/bound-filter.ts'
import type { Dialect } from './dialect.ts'
import { lookupIn } from './lookup.ts'

export type SqlFilter = {
  /**
   * A condition on the table alias `r` of `resources`. Beside its own parameters it uses `tenant` and `type`,
   * which the query that it becomes part of gives. Filters of the same shape give the same text, so that a
   * prepared statement serves them all.
   */
  readonly sql: string
  readonly params: Readonly<Record<string, string | number>>
}

type Compare = Extract<BoundFilter, { kind: 'compare' }>

/**
 * A filter in SQL, deciding as `matches` does. Every test is true or false, never null, so that NOT means the
 * same as there.
 */
export function filterToSql(filter: BoundFilter, dialect: Dialect): SqlFilter {
  const params: Record<string, string | number> = {}
  const { parameter, literal } = dialect
  let aliases = 0

  const bound = (value: string | number | boolean): string => {
    const name = `p${Object.keys(params).length}`
    // SQLite has no truth values of its own: JSON's true is 1.
    params[name] = typeof value === 'boolean' ? Number(value) : value
    return parameter(name)
  }
  const sure = (test: string, otherwise: 'true' | 'false' = 'false') =>
    `COALESCE(${test}, ${literal[otherwise]})`

  /** `json` is the document or element at which the filter's paths start. */
  const compile = (part: BoundFilter, json: string): string => {
    switch (part.kind) {
      case 'and':
      case 'or':
        return balanced(
          part.operands.map(operand => compile(operand, json)),
          part.kind.toUpperCase(),
        )
      case 'not':
        return `NOT ${compile(part.operand, json)}`
      case 'present':
        return throughEach(part.path, json, isNotEmpty(part.path), 'false')
      case 'compare':
        return json === document ? compileTop(part) : compileCompare(part, json)
      case 'some':
        return compileSome(part.path, part.where, json)
      case 'related':
        return relatedTo[part.relation](bound(part.id))
      case 'any-related':
        return anyRelated[part.relation]
    }
  }

  const compileTop = (compare: Compare): string => {
    const lookup = lookupIn(compare)
    if (!lookup) return compileCompare(compare, document)
    return 'id' in lookup ? `r.id = ${bound(lookup.id)}` : probe(lookup.attribute, lookup.value)
  }

  const probe = (attribute: string, value: string): string =>
    `r.key IN (SELECT resource FROM keys WHERE tenant = ${parameter('tenant')} AND type = ${parameter('type')} ` +
    `AND attribute = ${bound(attribute)} AND value = ${bound(value)})`

  const compileSome = (path: AttributePath, where: BoundFilter, json: string): string => {
    const test = throughEach(path, json, element => compile(where, element), 'false')
    const keyed = requiredLookup(path, where)
    return keyed ? `(${probe(keyed.attribute, keyed.value)} AND ${test})` : test
  }

  const isNotEmpty = (path: AttributePath) => (above: string, names: readonly string[]) =>
    path.at(-1)?.type === 'complex'
      ? dialect.notEmpty(above, names)
      : sure(`${dialect.scalar(above, names)} <> ''`)

  const compileCompare = ({ path, operator, value }: Compare, json: string): string => {
    const wanted = value === null ? undefined : bound(value)
    const ofAbsent = (operator === 'ne') === (value !== null) && (operator === 'eq' || operator === 'ne')
    const test = (above: string, names: readonly string[]) => {
      const leaf = dialect.scalar(above, names)
      if (wanted === undefined) return operator === 'eq' ? `${leaf} IS NULL` : `${leaf} IS NOT NULL`
      return sure(comparison(dialect, operator, leaf, wanted), operator === 'ne' ? 'true' : 'false')
    }
    return throughEach(path, json, test, ofAbsent ? 'true' : 'false')
  }

  /**
   * The test of what a path leads to, within one EXISTS for each multi-valued attribute on the way: of what is
   * at `names` in the JSON `above`. `ofNone` is what the test says of an absent value.
   */
  const throughEach = (
    path: AttributePath,
    json: string,
    test: (above: string, names: readonly string[]) => string,
    ofNone: 'true' | 'false',
  ): string => {
    const many = path.findIndex(({ multiValued }) => multiValued)
    if (many < 0) return test(json, namesOf(path))
    const alias = `e${aliases++}`
    const rows = dialect.each(json, namesOf(path.slice(0, many + 1)), alias)
    const found = `EXISTS (SELECT 1 FROM ${rows} WHERE ${throughEach(path.slice(many + 1), dialect.element(alias), test, ofNone)})`
    return ofNone === 'true' ? `(${found} OR NOT EXISTS (SELECT 1 FROM ${rows}))` : found
  }

  const keyOf = (id: string) =>
    `(SELECT key FROM resources WHERE tenant = ${parameter('tenant')} AND id = ${id})`
  const relatedTo = {
    members: (id: string) =>
      `r.key IN (SELECT group_key FROM memberships WHERE member_key = ${keyOf(id)} UNION ALL ` +
      `SELECT group_key FROM memberships WHERE tenant = ${parameter('tenant')} AND member_key IS NULL AND member_id = ${id})`,
    groups: (id: string) =>
      `r.key IN (SELECT member_key FROM memberships WHERE group_key = ${keyOf(id)} AND member_key IS NOT NULL)`,
  }

  return { sql: compile(filter, document), params }
}

const document = 'r.search'

const anyRelated = {
  members: 'EXISTS (SELECT 1 FROM memberships WHERE group_key = r.key)',
  groups: 'EXISTS (SELECT 1 FROM memberships WHERE member_key = r.key)',
}

const namesOf = (path: AttributePath) => path.map(({ name }) => name)

function comparison(dialect: Dialect, operator: CompareOperator, leaf: string, wanted: string): string {
  switch (operator) {
    case 'co':
      return dialect.contains(leaf, wanted)
    case 'sw':
      return dialect.startsWith(leaf, wanted)
    case 'ew':
      return dialect.endsWith(leaf, wanted)
    default:
      return `${leaf} ${symbols[operator]} ${wanted}`
  }
}

const symbols = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' } as const

/** A thousand tests in one chain would be deeper than SQLite lets an expression be; halves of halves aren't. */
function balanced(tests: readonly string[], connective: string): string {
  if (tests.length <= 1) return tests[0] ?? ''
  const middle = tests.length >> 1
  return `(${balanced(tests.slice(0, middle), connective)} ${connective} ${balanced(tests.slice(middle), connective)})`
}

/** The indexed value that a resource must have for a value path to hold: `emails[type eq "work" and value eq "x"]`. */
function requiredLookup(
  path: AttributePath,
  where: BoundFilter,
): { attribute: string; value: string } | undefined {
  const tests = where.kind === 'and' ? where.operands : [where]
  for (const test of tests) {
    if (test.kind !== 'compare') continue
    const lookup = lookupIn({ ...test, path: [...path, ...test.path] })
    if (lookup && 'attribute' in lookup) return lookup
  }
  return undefined
}
