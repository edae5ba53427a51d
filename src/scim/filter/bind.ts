import {
  type Attribute,
  type AttributePath,
  type AttributeType,
  findAttribute,
  pathText,
  subAttributesOf,
} from '../attribute.ts'
import { errors, ScimError } from '../error.ts'
import { isUnassigned } from '../json.ts'
import { parseDateTime } from '../read-value.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { ResourceType } from '../resource-types.ts'
import { isSecret } from '../secrets.ts'
import { excerpt, fold } from '../text.ts'
import {
  type BoundFilter,
  type CompareOperator,
  isConstant,
  mainSubAttribute,
  matchAll,
  matchNone,
  type ResolvedAttribute,
  type Scope,
  scopeOfElement,
  scopeOfResource,
  scopeOfTypes,
} from './bound-filter.ts'
import { simplifyForType } from './evaluate.ts'
import {
  checkStorable,
  type FilterComparison,
  type FilterLimits,
  type FilterName,
  type FilterSyntax,
  parseSyntax,
} from './syntax.ts'

/** RFC 7644 §3.4.2.2. Throws `invalidFilter` with the position of the error, counted from 1. */
export function parseFilter(
  text: string,
  type: ResourceType,
  policy: RequestPolicy,
  limits: FilterLimits,
): BoundFilter {
  return read(text, scopeOfResource(type, policy), policy, limits, 0)
}

/** RFC 7644 §3.4.2.1. An attribute that only other types have counts as absent; a wholly unknown name is rejected. */
export function parseFilterForTypes(
  text: string,
  types: readonly ResourceType[],
  policy: RequestPolicy,
  limits: FilterLimits,
): ReadonlyMap<ResourceType, BoundFilter> {
  return new Map(
    types.map(type => {
      const filter = read(text, scopeOfTypes(type, types, policy), policy, limits, 0)
      return [type, simplifyForType(filter, type.name)]
    }),
  )
}

/**
 * Parses the filter in the brackets of a PATCH path (RFC 7644 figure 7). Its paths start at one value of the attribute. If
 * the attribute has no sub-attributes, `value` is the value itself. `offset` is the position of the text in the path, for
 * the positions in errors.
 */
export function parseValueFilter(
  text: string,
  attribute: Attribute,
  policy: RequestPolicy,
  limits: FilterLimits,
  offset = 0,
): BoundFilter {
  return read(text, scopeOfElement(attribute), policy, limits, offset)
}

function read(
  text: string,
  scope: Scope,
  policy: RequestPolicy,
  limits: FilterLimits,
  offset: number,
): BoundFilter {
  return redactSecretErrors(text, scope, () =>
    bindFilter(parseSyntax(text, policy, limits, offset), scope, policy),
  )
}

/**
 * Errors quote the text that cannot be parsed, which could contain the value of a secret. Filters on secrets are rejected
 * in any case, so this error replaces others.
 */
export function redactSecretErrors(text: string, scope: Scope, readFilter: () => BoundFilter): BoundFilter {
  try {
    return readFilter()
  } catch (error) {
    const secret = error instanceof ScimError && secretNamed(text, scope)
    if (!secret) throw error
    throw errors.invalidFilter(`The attribute "${secret}" is never returned and cannot be used in filters.`)
  }
}

const secretNamed = (text: string, { find, findInOtherTypes }: Scope): string | undefined =>
  text.split(/[^\w$.:-]+/).find(word => {
    const found = find(word) ?? findInOtherTypes?.(word)
    return found && [...found.path, found.attribute].some(isSecret)
  })

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

function bindValue(comparison: FilterComparison, attribute: Attribute, policy: RequestPolicy): Scalar {
  const { op, valueAt } = comparison
  if (!operators[attribute.type].includes(op)) {
    throw errors.invalidFilter(
      `"${attribute.name}" is of type ${attribute.type} and cannot be compared with "${op}" (at position ` +
        `${valueAt + 1}). Use ${operators[attribute.type].join(', ')} or pr.`,
    )
  }
  const value = writtenValue(comparison, attribute, policy)
  return toComparable(normalized(value, attribute, policy), comparison, attribute)
}

/** If a profile accepts strings without quotes, `007`, `1e5` and `true` are strings for attributes of text types. */
const writtenValue = (
  { compValue, valueText }: FilterComparison,
  { type }: Attribute,
  policy: RequestPolicy,
): Scalar => {
  if (typeof compValue === 'string' || compValue === null) return compValue
  const isText = type === 'string' || type === 'reference' || type === 'binary'
  return policy.unquotedFilterValues && isText ? valueText : compValue
}

/** A search for an empty `externalId` must not find all users without one, so absent-like values are kept here. */
function normalized(value: Scalar, attribute: Attribute, policy: RequestPolicy): unknown {
  const read = value === null ? null : policy.normalizeValue(attribute, value)
  return isUnassigned(read) ? value : read
}

function toComparable(
  value: unknown,
  { op, valueAt, valueText }: FilterComparison,
  attribute: Attribute,
): Scalar {
  if (value === null && equality.includes(op)) return null
  switch (attribute.type) {
    case 'string':
    case 'reference':
      if (typeof value !== 'string') break
      return checkStorable(attribute.caseExact ? value : fold(value), valueAt)
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
    `${excerpt(valueText)} at position ${valueAt + 1} cannot be compared with "${attribute.name}" by ` +
      `"${op}": write ${expectedValue[attribute.type]}.`,
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

const relationOnPath = (path: AttributePath): Attribute | undefined => path.find(({ relation }) => relation)

/** An index serves tests for an ID and for any value; other tests are evaluated for each row. */
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

/** Without rows, a path through the relation has one absent value. */
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

function bindFilter(syntax: FilterSyntax, scope: Scope, policy: RequestPolicy): BoundFilter {
  const bind = (filter: FilterSyntax, within: Scope): BoundFilter => {
    switch (filter.op) {
      case 'and':
      case 'or':
        return { kind: filter.op, operands: filter.filters.map(operand => bind(operand, within)) }
      case 'not':
        return { kind: 'not', operand: bind(filter.filter, within) }
      case '[]':
      case '[].':
        return bindValuePath(filter, within)
      case 'pr':
        return bindPresent(filter, within)
      default:
        return bindCompare(filter, within)
    }
  }

  const bindValuePath = (filter: SyntaxOf<'[]' | '[].'>, within: Scope): BoundFilter => {
    if (isInOtherType(filter, within)) return matchNone
    const { attribute, path } = attributeNamed(filter, within)
    if (within.element) throw filterError(filter, 'is inside brackets, which cannot be nested')
    if (!attribute.multiValued) {
      throw filterError(filter, 'is single-valued and cannot have a filter in brackets; use a dot')
    }
    const element = scopeOfElement(attribute)
    const inBrackets = bind(filter.valFilter, element)
    const bound: BoundFilter =
      filter.op === '[].'
        ? { kind: 'and', operands: [inBrackets, bind(filter.subFilter, element)] }
        : inBrackets
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

  const bindCompare = (comparison: FilterComparison, within: Scope): BoundFilter => {
    if (isInOtherType(comparison, within)) return compareAbsent(comparison)
    const { attribute, path } = comparedAttribute(comparison, within)
    rejectDerived(comparison, { attribute, path }, within)
    const value = bindValue(comparison, attribute, policy)
    const compare = { kind: 'compare', path, operator: comparison.op, value } as const
    const relation = relationOnPath(path)?.relation
    if (!relation) return compare
    const form = attributeNamed(comparison, within).attribute.relation ? 'attribute' : 'sub-attribute'
    return relatedComparison({ ...compare, path: [attribute] }, relation, form)
  }

  return bind(syntax, scope)
}

type SyntaxOf<Op extends FilterSyntax['op']> = Extract<FilterSyntax, { op: Op }>

const isInOtherType = ({ attrPath }: FilterName, { find, findInOtherTypes }: Scope) =>
  findInOtherTypes !== undefined && !find(attrPath) && findInOtherTypes(attrPath) !== undefined

function compareAbsent({ op, compValue }: FilterComparison): BoundFilter {
  const matching = compValue === null ? 'eq' : 'ne'
  return op === matching ? matchAll : matchNone
}

/** RFC 7644 §3.4.2.2: a complex attribute is compared by its `value`. Without one, the filter must name a sub-attribute. */
function comparedAttribute(name: FilterName, within: Scope): ResolvedAttribute {
  const { attribute, path } = attributeNamed(name, within)
  if (attribute.type !== 'complex') return { attribute, path }
  const value = findAttribute(subAttributesOf(attribute), mainSubAttribute)
  if (value) return { attribute: value, path: [...path, value] }
  const [example] = subAttributesOf(attribute)
  const hint = example ? `; use one of its sub-attributes, such as ${pathText([...path, example])}` : ''
  throw filterError(name, `has no value to compare${hint}`)
}

function attributeNamed(name: FilterName, within: Scope): ResolvedAttribute {
  const found = within.find(name.attrPath)
  if (!found) {
    throw errors.invalidFilter(
      `${within.owner} has no attribute "${excerpt(name.attrPath)}" (at position ${name.at + 1}).`,
    )
  }
  const hidden = isHidden(found.attribute) || found.path.some(isHidden)
  // Otherwise filters could reveal a password (RFC 7643 §7, returned "never").
  if (hidden) throw filterError(name, 'is never returned and cannot be used in filters')
  return found
}

const isHidden = ({ returned }: Attribute) => returned === 'never'

/** Derived attributes are computed for each response. The rows of relations contain all of them except URIs. */
function rejectDerived(name: FilterName, { attribute, path }: ResolvedAttribute, within: Scope) {
  const { derived, notFilterable } = attribute
  if (!derived && !notFilterable) return
  const isInRows = within.element?.relation !== undefined || relationOnPath(path) !== undefined
  if (notFilterable || derived === 'uri' || (derived && !isInRows)) {
    throw filterError(name, 'is computed for each response and cannot be used in filters')
  }
}

const filterError = ({ attrPath, at }: FilterName, problem: string) =>
  errors.invalidFilter(`The attribute "${excerpt(attrPath)}" at position ${at + 1} ${problem}.`)
