import { type Attribute, type AttributePath, pathText } from '../../scim/attribute.ts'
import { type BoundFilter, type CompareOperator, isConstant } from '../../scim/filter/bound-filter.ts'
import { fold, textAfterPrefix } from '../../scim/text.ts'
import type { Dialect } from './dialect.ts'
import { findLookup, type KeyLookup } from './list-page.ts'
import { filteredAttributes } from './member-filter.ts'

export type IndexTable = 'keys' | 'indexed_texts'

export type IndexOf = (type: string, path: AttributePath) => IndexTable | undefined

export function isSingleText(path: AttributePath): boolean {
  const [top] = path
  const type = path.at(-1)?.type
  return (
    top !== undefined &&
    top.name !== 'id' &&
    top.name !== 'meta' &&
    (type === 'string' || type === 'reference' || type === 'binary') &&
    path.every(({ multiValued, relation }) => !multiValued && !relation)
  )
}

export type IndexedTest = KeyLookup & {
  readonly table: IndexTable
  readonly operator: Exclude<CompareOperator, 'ne'>
}

type IndexOfPath = (path: AttributePath) => IndexTable | undefined

export const indexesOf =
  (indexOf: IndexOf, type: string): IndexOfPath =>
  path =>
    indexOf(type, path)

/** Undefined unless the filter is only a test by an index: `name.familyName co "x"`. */
export function findIndexedTest(filter: BoundFilter, indexOf: IndexOfPath): IndexedTest | undefined {
  // `ne` also matches resources without a value, which have no row.
  if (filter.kind !== 'compare' || filter.operator === 'ne' || typeof filter.value !== 'string')
    return undefined
  const { path, operator, value } = filter
  const table = operator === 'eq' && path.at(-1)?.lookup ? 'keys' : indexOf(path)
  return table && { table, attribute: pathText(path), operator, value }
}

/** The named resource is looked up once; an index then returns its membership rows. */
const relatedTo = (relation: 'members' | 'groups', id: string, dialect: Dialect): string => {
  const tenant = dialect.parameter('tenant')
  const ofTenant = dialect.sameTenant('memberships.tenant', tenant)
  const key = `(SELECT key FROM resources WHERE tenant = ${tenant} AND id = ${id})`
  switch (relation) {
    case 'members':
      return `r.key IN (
        SELECT group_key FROM memberships WHERE member_key = ${key}${ofTenant}
        UNION ALL
        SELECT group_key FROM memberships
        WHERE tenant = ${tenant} AND member_key IS NULL AND member_id = ${id})`
    case 'groups':
      return `r.key IN (
        SELECT member_key FROM memberships WHERE group_key = ${key} AND member_key IS NOT NULL${ofTenant})`
  }
}

const ownEnd = { members: 'group_key', groups: 'member_key' } as const

const anyRelated = (relation: 'members' | 'groups', { sameTenant }: Dialect): string =>
  `EXISTS (SELECT 1 FROM memberships WHERE ${ownEnd[relation]} = r.key${sameTenant('memberships.tenant', 'r.tenant')})`

const relatedEnd = {
  members: {
    from: 'memberships AS m LEFT JOIN resources AS o ON o.key = m.member_key',
    id: (dialect: Dialect) => dialect.wholeText('m', 'member_id'),
  },
  groups: { from: 'memberships AS m JOIN resources AS o ON o.key = m.group_key', id: () => 'o.id' },
} as const

function relatedRows(
  relation: 'members' | 'groups',
  attributes: readonly Attribute[],
  alias: string,
  dialect: Dialect,
): string {
  const { from, id } = relatedEnd[relation]
  const members = [...new Set(attributes)].map(
    attribute => [attribute.name, attributeValue(attribute, relation, id(dialect), dialect)] as const,
  )
  const { sameTenant } = dialect
  return `(SELECT ${dialect.object(members)} AS value FROM ${from}${sameTenant('o.tenant', 'm.tenant')} WHERE m.${ownEnd[relation]} = r.key${sameTenant('m.tenant', 'r.tenant')}) AS ${alias}`
}

function attributeValue(
  { derived, caseExact, refersTo, default: constant }: Attribute,
  relation: 'members' | 'groups',
  id: string,
  dialect: Dialect,
) {
  const column = (alias: string, name: 'type' | 'display' | 'sent_display') =>
    caseExact ? `${alias}.${name}` : dialect.folded(alias, name)
  switch (derived) {
    case 'type':
      return column('o', 'type')
    case 'display':
      return relation === 'members'
        ? `coalesce(${column('m', 'sent_display')}, ${column('o', 'display')})`
        : column('o', 'display')
    default:
      return refersTo ? id : dialect.text(caseExact ? String(constant) : fold(String(constant)))
  }
}

type SqlFilter = {
  /**
   * A condition on the table alias `r` of `resources`. In addition to its own parameters it uses `tenant` and
   * `type` (the latter with the suffix), which the surrounding query provides. Filters of the same shape have
   * the same text, so one prepared statement serves them all.
   */
  readonly sql: string
  readonly params: Readonly<Record<string, string | number>>
}

/**
 * Compiles a filter to SQL that matches the same resources as `matches`. Each test is true or false, never
 * null, so NOT means the same in both. The suffix keeps its parameters apart from those of other filters in
 * the statement.
 */
export function filterToSql(
  filter: BoundFilter,
  dialect: Dialect,
  indexOf: IndexOfPath = () => undefined,
  suffix = '',
): SqlFilter {
  const within = createContext(dialect, suffix, indexOf)
  return { sql: compile(filter, document, within), params: within.params }
}

export type IndexEntries = SqlFilter & { readonly from: string }

export function indexedTestToSql(test: IndexedTest, dialect: Dialect, suffix = ''): IndexEntries {
  const within = createContext(dialect, suffix, () => undefined)
  const { table, operator, value } = test
  const isWanted = dialect.isWanted('k.resource')
  if (dialect.scanValues && dialect.canStore(value) && (operator === 'co' || operator === 'ew')) {
    const ofAttribute = ofIndexedAttribute(test, within)
    const part = parameter(value, within)
    const rows = dialect.scanValues({
      table,
      ofAttribute,
      test: text => comparison(operator, text, part, dialect),
      isWanted,
    })
    return { from: rows, sql: dialect.literal.true, params: within.params }
  }
  return { from: table, sql: `${isWanted} and ${onIndex(test, within)}`, params: within.params }
}

type CompileContext = {
  readonly dialect: Dialect
  readonly suffix: string
  readonly indexOf: IndexOfPath
  readonly params: Record<string, string | number>
  aliases: number
  indexedTests: number
}

/** Each of them holds its matches, which may be all resources, while the statement runs. */
const maxIndexedTests = 8

const createContext = (dialect: Dialect, suffix: string, indexOf: IndexOfPath): CompileContext => ({
  dialect,
  suffix,
  indexOf,
  params: {},
  aliases: 0,
  indexedTests: maxIndexedTests,
})

type Compare = Extract<BoundFilter, { kind: 'compare' }>
type SomeRelated = Extract<BoundFilter, { kind: 'some-related' }>

const document = 'r.search'

function compile(filter: BoundFilter, json: string, within: CompileContext): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      if (isConstant(filter)) return within.dialect.literal[filter.kind === 'and' ? 'true' : 'false']
      // Few resources are left to test, so collecting all matches of another test would cost more.
      if (filter.kind === 'and' && filter.operands.some(findsFew)) within.indexedTests = 0
      return balanced(
        filter.operands.map(operand => compile(operand, json, within)),
        filter.kind.toUpperCase(),
      )
    case 'not':
      return `NOT ${compile(filter.operand, json, within)}`
    case 'present':
      return present(filter.path, json, within)
    case 'compare':
      // The parser rejects filters with such texts.
      if (typeof filter.value === 'string' && !within.dialect.canStore(filter.value))
        return within.dialect.literal[filter.operator === 'ne' ? 'true' : 'false']
      return json === document ? compareIndexed(filter, within) : compare(filter, json, within)
    case 'some':
      return some(filter.path, filter.where, json, within)
    case 'related':
      if (!within.dialect.canStore(filter.id)) return within.dialect.literal.false
      return relatedTo(
        filter.relation,
        parameter(within.dialect.indexEntry(filter.id), within),
        within.dialect,
      )
    case 'any-related':
      return anyRelated(filter.relation, within.dialect)
    case 'some-related':
      return someRelated(filter, within)
  }
}

function someRelated({ relation, where }: SomeRelated, within: CompileContext): string {
  const alias = `m${within.aliases++}`
  const rows = relatedRows(relation, filteredAttributes(where), alias, within.dialect)
  return `EXISTS (SELECT 1 FROM ${rows} WHERE ${compile(where, within.dialect.element(alias), within)})`
}

/** Whether an index finds the resources that match a test, and they are usually few. */
export function findsFew(filter: BoundFilter): boolean {
  switch (filter.kind) {
    case 'compare':
      return findLookup(filter) !== undefined
    case 'some':
      return findRequiredKey(filter.path, filter.where) !== undefined
    case 'related':
      return true
    default:
      return false
  }
}

function compareIndexed(filter: Compare, within: CompileContext): string {
  const lookup = findLookup(filter)
  if (lookup) return 'id' in lookup ? `r.id = ${parameter(lookup.id, within)}` : hasKey(lookup, within)
  const test = within.indexedTests > 0 ? findIndexedTest(filter, within.indexOf) : undefined
  if (!test) return compare(filter, document, within)
  within.indexedTests--
  return isIndexed(test, within)
}

const hasKey = (key: KeyLookup, within: CompileContext): string =>
  isIndexed({ ...key, table: 'keys', operator: 'eq' }, within)

const isIndexed = (test: IndexedTest, within: CompileContext): string =>
  `r.key IN (SELECT k.resource FROM ${test.table} AS k WHERE ${onIndex(test, within)})`

function onIndex({ attribute, operator, value }: IndexedTest, within: CompileContext): string {
  const { dialect } = within
  if (!dialect.canStore(value)) return dialect.literal.false
  const ofAttribute = ofIndexedAttribute({ attribute }, within)
  const entry = dialect.indexEntry(value)
  if (operator === 'eq') return `${ofAttribute} AND k.value = ${parameter(entry, within)}`
  const isInOrder = entry === value && operator !== 'co' && operator !== 'ew'
  const text = isInOrder ? 'k.value' : dialect.wholeText('k', 'value')
  const wanted = parameter(value, within)
  if (operator !== 'sw') return `${ofAttribute} AND ${comparison(operator, text, wanted, dialect)}`
  const end = textAfterPrefix(value)
  const below = end === undefined ? '' : ` AND ${text} < ${parameter(end, within)}`
  return `${ofAttribute} AND ${text} >= ${wanted}${below}`
}

const ofIndexedAttribute = ({ attribute }: Pick<IndexedTest, 'attribute'>, within: CompileContext): string =>
  `k.tenant = ${within.dialect.parameter('tenant')} AND k.type = ${within.dialect.parameter(`type${within.suffix}`)}
    AND k.attribute = ${parameter(attribute, within)}`

function compare({ path, operator, value }: Compare, json: string, within: CompileContext): string {
  const { dialect } = within
  if (value === null) {
    const test = operator === 'eq' ? 'IS NULL' : 'IS NOT NULL'
    const leaf: Test = (above, names) => `${dialect.scalar(above, names, 'text')} ${test}`
    return throughElements(path, json, leaf, operator === 'eq', within)
  }
  const comparand = parameter(value, within)
  const ofAbsent = operator === 'ne'
  const as = typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'boolean'
  const leaf: Test = (above, names) =>
    neverNull(comparison(operator, dialect.scalar(above, names, as), comparand, dialect), ofAbsent, dialect)
  return throughElements(path, json, leaf, ofAbsent, within)
}

function comparison(operator: CompareOperator, leaf: string, comparand: string, dialect: Dialect): string {
  switch (operator) {
    case 'co':
      return dialect.contains(leaf, comparand)
    case 'sw':
      return dialect.startsWith(leaf, comparand)
    case 'ew':
      return dialect.endsWith(leaf, comparand)
    default:
      return `${leaf} ${symbols[operator]} ${comparand}`
  }
}

const symbols = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' } as const

function present(path: AttributePath, json: string, within: CompileContext): string {
  const { dialect } = within
  const leaf: Test =
    path.at(-1)?.type === 'complex'
      ? dialect.notEmpty
      : (above, names) => neverNull(`${dialect.scalar(above, names, 'text')} <> ''`, false, dialect)
  return throughElements(path, json, leaf, false, within)
}

function some(path: AttributePath, where: BoundFilter, json: string, within: CompileContext): string {
  const test = throughElements(path, json, element => compile(where, element, within), false, within)
  const key = findRequiredKey(path, where)
  return key ? `(${hasKey(key, within)} AND ${test})` : test
}

/** `emails[type eq "work" and value eq "x"]` requires that `emails.value` is x. */
function findRequiredKey(path: AttributePath, where: BoundFilter): KeyLookup | undefined {
  const tests = where.kind === 'and' ? where.operands : [where]
  for (const test of tests) {
    if (test.kind !== 'compare') continue
    const lookup = findLookup({ ...test, path: [...path, ...test.path] })
    if (lookup && 'attribute' in lookup) return lookup
  }
  return undefined
}

type Test = (above: string, names: readonly string[]) => string

/**
 * The test on the value of a path, within one EXISTS per multi-valued attribute on the path. `ofAbsent` is
 * the result where there is no value.
 */
function throughElements(
  path: AttributePath,
  json: string,
  test: Test,
  ofAbsent: boolean,
  within: CompileContext,
): string {
  const many = path.findIndex(({ multiValued }) => multiValued)
  const names = path.map(({ name }) => name)
  if (many < 0) return test(json, names)
  const alias = `e${within.aliases++}`
  const rows = within.dialect.each(json, names.slice(0, many + 1), alias)
  const rest = throughElements(path.slice(many + 1), within.dialect.element(alias), test, ofAbsent, within)
  const found = `EXISTS (SELECT 1 FROM ${rows} WHERE ${rest})`
  return ofAbsent ? `(${found} OR NOT EXISTS (SELECT 1 FROM ${rows}))` : found
}

const neverNull = (test: string, ofAbsent: boolean, { literal }: Dialect) =>
  `COALESCE(${test}, ${ofAbsent ? literal.true : literal.false})`

function parameter(value: string | number | boolean, { dialect, params, suffix }: CompileContext): string {
  const name = `p${Object.keys(params).length}${suffix}`
  // better-sqlite3 cannot bind booleans, SQLite reads JSON's true as 1, and PostgreSQL reads 1 as true.
  params[name] = typeof value === 'boolean' ? Number(value) : value
  return dialect.parameter(name)
}

/** Joins tests as a balanced tree: a chain of a thousand tests would exceed SQLite's maximum expression depth. */
function balanced(tests: readonly string[], connective: string): string {
  if (tests.length <= 1) return tests[0] ?? ''
  const middle = tests.length >> 1
  const [left, right] = [tests.slice(0, middle), tests.slice(middle)]
  return `(${balanced(left, connective)} ${connective} ${balanced(right, connective)})`
}
