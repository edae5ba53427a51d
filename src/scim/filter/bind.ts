import type { Compare, Filter, Suffix, ValuePath } from 'scim2-parse-filter'
import { findAttribute, pathText, subAttributesOf } from '../attribute.ts'
import { errors, shown } from '../error.ts'
import type { Reads } from '../reads.ts'
import { bindValue } from './bind-value.ts'
import { always, type BoundFilter, type CompareOperator, never } from './bound-filter.ts'
import { relatedAt, relatedWhere, relationOn } from './related.ts'
import { mainSubAttribute, type NamedAttribute, type Scope, scopeOfElement } from './scope.ts'
import type { Syntax } from './syntax.ts'
import type { FilterToken, ValueToken } from './token.ts'

/** Looks the names of a filter up in the schema and checks each value against its attribute. */
export function bindFilter({ tree, tokens }: Syntax, scope: Scope, reads: Reads): BoundFilter {
  const bind = (filter: Filter, within: Scope): BoundFilter => {
    switch (filter.op) {
      case 'and':
      case 'or':
        return { kind: filter.op, operands: filter.filters.map(operand => bind(operand, within)) }
      case 'not':
        return { kind: 'not', operand: bind(filter.filter, within) }
      case '[]':
        return bindSome(filter, within)
      case 'pr':
        return bindPresent(filter, within)
      default:
        return bindCompare(filter, within)
    }
  }

  const bindSome = ({ attrPath, valFilter }: ValuePath, within: Scope): BoundFilter => {
    const token = tokenAt(tokens, attrPath)
    if (isElsewhere(token, within)) return never
    const { attribute, path } = attributeNamed(token, within)
    if (within.element) throw wrong(token, 'stands inside brackets already, which cannot be nested')
    if (!attribute.multiValued) {
      throw wrong(token, 'has one value at most, so that brackets have nothing to choose from; use dots')
    }
    const where = bind(valFilter, scopeOfElement(attribute))
    return attribute.relation ? relatedWhere(where, attribute.relation) : { kind: 'some', path, where }
  }

  const bindPresent = ({ attrPath }: Suffix, within: Scope): BoundFilter => {
    const token = tokenAt(tokens, attrPath)
    if (isElsewhere(token, within)) return never
    const { attribute, path } = attributeNamed(token, within)
    if (attribute.relation) return { kind: 'any-related', relation: attribute.relation }
    refuseDerived(token, { attribute, path }, within)
    const relation = relationOn(path)?.relation
    return relation
      ? relatedWhere({ kind: 'present', path: [attribute] }, relation)
      : { kind: 'present', path }
  }

  const bindCompare = (filter: Compare, within: Scope): BoundFilter => {
    const token = tokenAt(tokens, filter.attrPath)
    if (isElsewhere(token, within)) return holdsOfAbsent(filter.op, valueAt(tokens, filter.compValue))
    const { attribute, path } = comparedAttribute(token, within)
    refuseDerived(token, { attribute, path }, within)
    const value = bindValue(valueAt(tokens, filter.compValue), attribute, filter.op, reads)
    const compare = { kind: 'compare', path, operator: filter.op, value } as const
    const relation = relationOn(path)?.relation
    return relation ? relatedAt({ ...compare, path: [attribute] }, relation) : compare
  }

  return bind(tree, scope)
}

const isElsewhere = ({ text }: FilterToken, { find, elsewhere }: Scope) =>
  elsewhere !== undefined && !find(text) && elsewhere(text) !== undefined

/** What a comparison says of a resource that has no value. */
function holdsOfAbsent(operator: CompareOperator, { value }: ValueToken): BoundFilter {
  const asked = value === null ? 'eq' : 'ne'
  return operator === asked ? always : never
}

/** RFC 7644 §3.4.2.2: a complex attribute is compared by its `value`; one without needs a sub-attribute named. */
function comparedAttribute(token: FilterToken, within: Scope): NamedAttribute {
  const { attribute, path } = attributeNamed(token, within)
  if (attribute.type !== 'complex') return { attribute, path }
  const value = findAttribute(subAttributesOf(attribute), mainSubAttribute)
  if (value) return { attribute: value, path: [...path, value] }
  const [example] = subAttributesOf(attribute)
  const hint = example ? `: name one of its sub-attributes, such as ${pathText([...path, example])}` : ''
  throw wrong(token, `has no value of its own to compare${hint}`)
}

function attributeNamed(token: FilterToken, within: Scope): NamedAttribute {
  const found = within.find(token.text)
  if (!found) {
    throw errors.invalidFilter(
      `${within.owner} has no attribute "${shown(token.text)}" (at position ${token.at + 1}).`,
    )
  }
  const hidden = [...found.path, found.attribute].some(({ returned }) => returned === 'never')
  // Else a client could find a password out by asking for it (RFC 7643 §7, returned "never").
  if (hidden) throw wrong(token, 'is never shown, and so cannot be asked for')
  return found
}

/** These are made when an answer is written; of related resources the store's rows know all but the URIs. */
function refuseDerived(token: FilterToken, { attribute, path }: NamedAttribute, within: Scope) {
  const { derived, unfiltered } = attribute
  const isInRows = within.element?.relation !== undefined || relationOn(path) !== undefined
  if (unfiltered || derived === 'uri' || (derived && !isInRows)) {
    throw wrong(token, 'is filled in by the server when it answers, and cannot be asked for')
  }
}

const wrong = ({ text, at }: FilterToken, what: string) =>
  errors.invalidFilter(`The attribute "${shown(text)}" at position ${at + 1} ${what}.`)

function tokenAt(tokens: readonly FilterToken[], index: unknown): FilterToken {
  const token = tokens[Number(index)]
  if (!token) throw new Error(`The filter's tree points at token ${index}, which is not there.`)
  return token
}

function valueAt(tokens: readonly FilterToken[], index: unknown): ValueToken {
  const token = tokenAt(tokens, index)
  if (token.role !== 'value') throw new Error(`The filter's tree takes "${token.text}" for a value.`)
  return token
}
