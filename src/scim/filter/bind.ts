import {
  type Attribute,
  type AttributePath,
  type AttributeType,
  findAttribute,
  pathText,
  subAttributesOf,
} from '../attribute.ts'
import { errors, excerpt } from '../error.ts'
import { isUnassigned } from '../json.ts'
import type { RequestPolicy } from '../request-policy.ts'
import { parseDateTime } from '../simple-value.ts'
import { fold } from '../text.ts'
import { type BoundFilter, type CompareOperator, isConstant, matchAll, matchNone } from './bound-filter.ts'
import { mainSubAttribute, type ResolvedAttribute, type Scope, scopeOfElement } from './scope.ts'
import { checkStorable, type FilterName, type FilterSyntax, type FilterValue } from './syntax.ts'

type Scalar = string | number | boolean | null

const equality: readonly CompareOperator[] = ['eq', 'ne']
const order: readonly CompareOperator[] = ['gt', 'ge', 'lt', 'le']
const substring: readonly CompareOperator[] = ['co', 'sw', 'ew']

/** RFC 7644 table 3: booleans and binary values have no order, and only texts have substrings. */
const operators: Readonly<Record<AttributeType, readonly CompareOperator[]>> = {
  string: [...equality, ...substring, ...order],
  reference: [...equality, ...substring, ...order],
  boolean: equality,
  binary: equality,
  integer: [...equality, ...order],
  decimal: [...equality, ...order],
  dateTime: [...equality, ...order],
  complex: [],
}

/** The compared value, in the same form as in the search form of documents. */
function bindValue(
  token: FilterValue,
  attribute: Attribute,
  operator: CompareOperator,
  policy: RequestPolicy,
): Scalar {
  if (!operators[attribute.type].includes(operator)) {
    throw errors.invalidFilter(
      `"${attribute.name}" is of type ${attribute.type} and cannot be compared with "${operator}" (at position ` +
        `${token.at + 1}). Use ${operators[attribute.type].join(', ')} or pr.`,
    )
  }
  const value =
    typeof token.value === 'string' || token.quoted ? token.value : readUnquoted(token, attribute, policy)
  return toComparable(normalized(value, attribute, policy), token, attribute, operator)
}

/** If a profile accepts strings without quotes, `007`, `1e5` and `true` are strings for attributes of text types. */
const readUnquoted = ({ text, value }: FilterValue, { type }: Attribute, policy: RequestPolicy): Scalar => {
  const isText = type === 'string' || type === 'reference' || type === 'binary'
  return policy.unquotedFilterValues && isText && value !== null ? text : value
}

/**
 * Values that a profile treats as absent in a body, such as an empty text, are kept here: a search for an empty
 * `externalId` must not find all users without one.
 */
function normalized(value: Scalar, attribute: Attribute, policy: RequestPolicy): unknown {
  const read = value === null ? null : policy.normalizeValue(attribute, value)
  return isUnassigned(read) ? value : read
}

function toComparable(
  value: unknown,
  token: FilterValue,
  attribute: Attribute,
  operator: CompareOperator,
): Scalar {
  if (value === null && equality.includes(operator)) return null
  switch (attribute.type) {
    case 'string':
    case 'reference':
      if (typeof value !== 'string') break
      return checkStorable(attribute.caseExact ? value : fold(value), token.at)
    case 'binary':
      if (typeof value === 'string') return value
      break
    case 'boolean':
      if (typeof value === 'boolean') return value
      break
    case 'integer':
    case 'decimal':
      if (typeof value === 'number') return value
      break
    case 'dateTime': {
      const instant = typeof value === 'string' ? parseDateTime(value) : undefined
      if (instant !== undefined) return instant
    }
  }
  throw errors.invalidFilter(
    `${excerpt(token.text)} at position ${token.at + 1} cannot be compared with "${attribute.name}" by ` +
      `"${operator}": write ${expectedValue[attribute.type]}.`,
  )
}

const expectedValue: Readonly<Record<AttributeType, string>> = {
  string: 'a string in quotes',
  reference: 'a URI in quotes',
  binary: 'a base64 text in quotes',
  boolean: 'true or false, without quotes',
  integer: 'a number, without quotes',
  decimal: 'a number, without quotes',
  dateTime: 'a date and time in quotes, such as "2026-01-31T08:00:00Z"',
  complex: 'the value of one of its sub-attributes',
}

type Relation = NonNullable<Attribute['relation']>
type RelatedForm = Extract<BoundFilter, { kind: 'related' }>['form']

/** The attribute on a path that is a relation, stored as rows. */
const relationOnPath = (path: AttributePath): Attribute | undefined => path.find(({ relation }) => relation)

/**
 * Converts a test of a relation's values to a test of its rows. An index serves tests for an ID and for any value; other
 * tests are evaluated for each row.
 */
function relatedFilter(where: BoundFilter, relation: Relation, form: RelatedForm): BoundFilter {
  const any: BoundFilter = { kind: 'any-related', relation }
  switch (where.kind) {
    case 'or':
      return { kind: 'or', operands: where.operands.map(operand => relatedFilter(operand, relation, form)) }
    case 'present':
      if (isMainValue(where.path)) return any
      break
    case 'compare': {
      const { path, operator, value } = where
      if (!isMainValue(path)) break
      if (operator === 'eq' && typeof value === 'string') {
        return { kind: 'related', relation, id: value, form }
      }
      if (operator === 'ne' && value === null) return any
      if (operator === 'eq' && value === null) return matchNone
    }
  }
  return { kind: 'some-related', relation, where }
}

/** The same for a path through the relation. Without rows, such a path has one absent value. */
function relatedComparison(
  test: Extract<BoundFilter, { kind: 'compare' }>,
  relation: Relation,
  form: RelatedForm,
): BoundFilter {
  const related = relatedFilter(test, relation, form)
  const matchesAbsent = test.value === null ? test.operator === 'eq' : test.operator === 'ne'
  if (!matchesAbsent) return related
  const none: BoundFilter = { kind: 'not', operand: { kind: 'any-related', relation } }
  return isConstant(related) ? none : { kind: 'or', operands: [related, none] }
}

const isMainValue = (path: AttributePath) => path.length === 1 && path[0]?.name === mainSubAttribute

/** Looks up the names of a filter in the schema and checks each value against its attribute. */
export function bindFilter(syntax: FilterSyntax, scope: Scope, policy: RequestPolicy): BoundFilter {
  const bind = (filter: FilterSyntax, within: Scope): BoundFilter => {
    switch (filter.kind) {
      case 'and':
      case 'or':
        return { kind: filter.kind, operands: filter.operands.map(operand => bind(operand, within)) }
      case 'not':
        return { kind: 'not', operand: bind(filter.operand, within) }
      case 'brackets':
        return bindBrackets(filter, within)
      case 'present':
        return bindPresent(filter.name, within)
      case 'compare':
        return bindCompare(filter, within)
    }
  }

  const bindBrackets = ({ name, where }: SyntaxOf<'brackets'>, within: Scope): BoundFilter => {
    if (isInOtherType(name, within)) return matchNone
    const { attribute, path } = attributeNamed(name, within)
    if (within.element) throw filterError(name, 'is inside brackets, which cannot be nested')
    if (!attribute.multiValued) {
      throw filterError(name, 'is single-valued and cannot have a filter in brackets; use a dot')
    }
    const bound = bind(where, scopeOfElement(attribute))
    return attribute.relation
      ? relatedFilter(bound, attribute.relation, 'brackets')
      : { kind: 'some', path, where: bound }
  }

  const bindPresent = (name: FilterName, within: Scope): BoundFilter => {
    if (isInOtherType(name, within)) return matchNone
    const { attribute, path } = attributeNamed(name, within)
    if (attribute.relation) return { kind: 'any-related', relation: attribute.relation }
    rejectDerived(name, { attribute, path }, within)
    const relation = relationOnPath(path)?.relation
    return relation
      ? relatedFilter({ kind: 'present', path: [attribute] }, relation, 'sub-attribute')
      : { kind: 'present', path }
  }

  const bindCompare = ({ name, operator, value }: SyntaxOf<'compare'>, within: Scope): BoundFilter => {
    if (isInOtherType(name, within)) return compareAbsent(operator, value)
    const { attribute, path } = comparedAttribute(name, within)
    rejectDerived(name, { attribute, path }, within)
    const compared = bindValue(value, attribute, operator, policy)
    const compare = { kind: 'compare', path, operator, value: compared } as const
    const relation = relationOnPath(path)?.relation
    if (!relation) return compare
    const form = attributeNamed(name, within).attribute.relation ? 'attribute' : 'sub-attribute'
    return relatedComparison({ ...compare, path: [attribute] }, relation, form)
  }

  return bind(syntax, scope)
}

type SyntaxOf<Kind extends FilterSyntax['kind']> = Extract<FilterSyntax, { kind: Kind }>

const isInOtherType = ({ text }: FilterName, { find, findInOtherTypes }: Scope) =>
  findInOtherTypes !== undefined && !find(text) && findInOtherTypes(text) !== undefined

/** The result of a comparison for resources without a value. */
function compareAbsent(operator: CompareOperator, { value }: FilterValue): BoundFilter {
  const matching = value === null ? 'eq' : 'ne'
  return operator === matching ? matchAll : matchNone
}

/** RFC 7644 §3.4.2.2: a complex attribute is compared by its `value`. Without one, the filter must name a sub-attribute. */
function comparedAttribute(token: FilterName, within: Scope): ResolvedAttribute {
  const { attribute, path } = attributeNamed(token, within)
  if (attribute.type !== 'complex') return { attribute, path }
  const value = findAttribute(subAttributesOf(attribute), mainSubAttribute)
  if (value) return { attribute: value, path: [...path, value] }
  const [example] = subAttributesOf(attribute)
  const hint = example ? `; use one of its sub-attributes, such as ${pathText([...path, example])}` : ''
  throw filterError(token, `has no value to compare${hint}`)
}

function attributeNamed(token: FilterName, within: Scope): ResolvedAttribute {
  const found = within.find(token.text)
  if (!found) {
    throw errors.invalidFilter(
      `${within.owner} has no attribute "${excerpt(token.text)}" (at position ${token.at + 1}).`,
    )
  }
  const hidden = isHidden(found.attribute) || found.path.some(isHidden)
  // Otherwise filters could reveal a password (RFC 7643 §7, returned "never").
  if (hidden) throw filterError(token, 'is never returned and cannot be used in filters')
  return found
}

const isHidden = ({ returned }: Attribute) => returned === 'never'

/** Derived attributes are computed for each response. The rows of relations contain all of them except URIs. */
function rejectDerived(token: FilterName, { attribute, path }: ResolvedAttribute, within: Scope) {
  const { derived, notFilterable } = attribute
  if (!derived && !notFilterable) return
  const isInRows = within.element?.relation !== undefined || relationOnPath(path) !== undefined
  if (notFilterable || derived === 'uri' || (derived && !isInRows)) {
    throw filterError(token, 'is computed for each response and cannot be used in filters')
  }
}

const filterError = ({ text, at }: FilterName, problem: string) =>
  errors.invalidFilter(`The attribute "${excerpt(text)}" at position ${at + 1} ${problem}.`)
