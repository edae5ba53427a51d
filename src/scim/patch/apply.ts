import type { Attribute } from '../attribute.ts'
import { errors, excerpt } from '../error.ts'
import type { BoundFilter } from '../filter/bound-filter.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { checkValueCount } from '../read-value.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { Resource } from '../resource.ts'
import {
  addElements,
  elementFromFilter,
  elementMatcher,
  hasContent,
  keepOnePrimary,
  removeElements,
} from './elements.ts'
import type { Assignment, PatchOperation, PatchTarget } from './operation.ts'
import { createWorkBudget, type WorkBudget } from './work-budget.ts'

/**
 * Applies operations to a resource, one after another (RFC 7644 §3.5.2). Related resources are not part of it; for these,
 * see `membershipEdits`. The caller checks the result with `checkRequired`.
 */
export const applyPatch = (
  resource: Resource,
  operations: readonly PatchOperation[],
  policy: RequestPolicy,
): Resource => {
  let index = 0
  const budget = createWorkBudget(() => `Operations[${index}]`)
  return operations.reduce((patched, { op, assignments }, at) => {
    index = at
    return assignments
      .filter(({ target }) => target.path.every(({ relation }) => relation === undefined))
      .reduce(
        (before, assignment) => applyAssignment(before, toChange(op, assignment, policy, budget)),
        patched,
      )
  }, resource)
}

/** A change at the end of a path. */
type AttributeChange = Assignment & {
  readonly op: PatchOperation['op']
  readonly budget: WorkBudget
  /** Returns the new value at a path without a filter; undefined removes it. */
  readonly nextValue: (attribute: Attribute, current: Json | undefined) => Json | undefined
  /** The effect if no value matches the filter. */
  readonly unmatched: 'create' | 'nothing' | 'reject'
  readonly typesUntyped: RequestPolicy['typesUntyped']
}

function toChange(
  op: PatchOperation['op'],
  { target, value }: Assignment,
  policy: RequestPolicy,
  budget: WorkBudget,
): AttributeChange {
  const change = { op, target, value, budget, typesUntyped: policy.typesUntyped }
  const isFiltered = target.where !== undefined
  switch (op) {
    case 'add':
      return {
        ...change,
        nextValue: addValue(value, budget),
        unmatched: value === undefined ? 'nothing' : 'create',
      }
    case 'remove':
      return {
        ...change,
        nextValue: removeValue(value, budget),
        unmatched: isFiltered && policy.unmatchedRemoval === 'noTarget' ? 'reject' : 'nothing',
      }
    case 'replace': {
      const isRejected = isFiltered && policy.missingElement === 'noTarget'
      const unmatched = isRejected ? 'reject' : value === undefined ? 'nothing' : 'create'
      return { ...change, nextValue: () => value, unmatched }
    }
  }
}

type NextValue = AttributeChange['nextValue']

// RFC 7644 §3.5.2.1: `add` appends to lists and replaces single values.
const addValue =
  (value: Json | undefined, budget: WorkBudget): NextValue =>
  (attribute, current) => {
    if (value === undefined) return current
    if (!attribute.multiValued) return value
    return addElements(attribute, listOf(current), listOf(value), budget)
  }

const removeValue =
  (value: Json | undefined, budget: WorkBudget): NextValue =>
  (attribute, current) =>
    value === undefined ? undefined : removeElements(attribute, listOf(current), listOf(value), budget)

const listOf = (value: Json | undefined): readonly Json[] => {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** One attribute of a path, optionally with a filter that selects among its values. */
type Step = { readonly attribute: Attribute; readonly where?: BoundFilter }

const stepsTo = ({ path, where, sub }: PatchTarget): readonly Step[] => {
  const steps = path.map((attribute, at) =>
    where && at === path.length - 1 ? { attribute, where } : { attribute },
  )
  return sub ? [...steps, { attribute: sub }] : steps
}

const applyAssignment = (resource: Resource, change: AttributeChange): Resource =>
  changeObject(resource, stepsTo(change.target), change)

function changeObject(object: JsonObject, steps: readonly Step[], change: AttributeChange): JsonObject {
  const [step, ...below] = steps
  if (!step) return object
  const { name } = step.attribute
  const next = changeAttribute(step, object[name], below, change)
  if (isEmpty(next)) return without(name, object)
  // Spread first, so that the attribute keeps its place.
  return { ...object, [name]: next }
}

const without = (name: string, { [name]: _gone, ...others }: JsonObject): JsonObject => others

const isEmpty = (value: Json | undefined): value is undefined =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0)

function changeAttribute(
  step: Step,
  current: Json | undefined,
  below: readonly Step[],
  change: AttributeChange,
): Json | undefined {
  const { attribute, where } = step
  // `emails.value` without a filter selects every value.
  if (where || (attribute.multiValued && below.length > 0))
    return changeMatching(step, current, below, change)
  if (below.length === 0) return change.nextValue(attribute, current)
  return changeObject(isObject(current) ? current : {}, below, change)
}

/** Changes the values that the path's filter selects. A single value counts as a list of one. */
function changeMatching(
  { attribute, where }: Step,
  current: Json | undefined,
  below: readonly Step[],
  change: AttributeChange,
): Json | undefined {
  const list = listOf(current)
  const isSelected = list.map(elementMatcher(attribute, where, change.budget))
  if (!isSelected.includes(true)) return createUnmatched(attribute, current, below, change)
  const after = list.flatMap((element, at) =>
    isSelected[at] ? (changeElement(attribute, element, below, change) ?? []) : [element],
  )
  return attribute.multiValued ? keepOnePrimary(attribute, list, after) : after[0]
}

function createUnmatched(
  attribute: Attribute,
  current: Json | undefined,
  below: readonly Step[],
  change: AttributeChange,
): Json | undefined {
  if (change.unmatched === 'reject') throw noMatch(change)
  if (change.unmatched === 'nothing') return current
  const described = elementFromFilter(change.target)
  const fill = (element: JsonObject) =>
    below.length > 0 ? changeObject(element, below, change) : mergeValue(element, change.value)
  if (!attribute.multiValued) return fill(described)
  const list = listOf(current)
  const untyped = change.typesUntyped?.(attribute) ? untypedElement(list, described) : undefined
  if (untyped)
    return list.map(element => (element === untyped ? fill({ ...untyped, ...described }) : element))
  const created = fill(described)
  checkValueCount(attribute, list.length + 1, attribute.name)
  return keepOnePrimary(attribute, list, [...list, created])
}

/** The value without a type that a filter by nothing but the type could mean. */
const untypedElement = (list: readonly Json[], described: JsonObject): JsonObject | undefined =>
  Object.keys(described).join() === 'type'
    ? list.filter(isObject).find(({ type }) => type === undefined)
    : undefined

const noMatch = ({ op, target }: AttributeChange) =>
  errors.noTarget(`No value matches "${excerpt(target.text)}", so there is nothing to ${op}.`)

function changeElement(
  attribute: Attribute,
  element: Json,
  below: readonly Step[],
  change: AttributeChange,
): Json | undefined {
  if (below.length > 0)
    return isObject(element) ? changeSubAttributes(attribute, element, below, change) : element
  const { op, target, value } = change
  if (op === 'remove') return undefined
  if (value === undefined) return op === 'replace' ? undefined : element
  return op === 'add' ? mergeValue(element, value) : replaceValue(target, element, value)
}

const mergeValue = (element: Json, value: Json | undefined): Json => {
  if (value === undefined) return element
  return isObject(element) && isObject(value) ? { ...element, ...value } : value
}

/**
 * RFC 7644 §3.5.2.3: a matching value is replaced as a whole. Only the sub-attributes in the filter stay, unless the new
 * value has them: the value that replaces `emails[type eq "work"]` has the type `work` even if it does not state it.
 */
function replaceValue({ where }: PatchTarget, element: Json, value: Json): Json {
  if (!isObject(element) || !isObject(value)) return value
  const known = comparedNames(where).filter(name => element[name] !== undefined)
  return { ...Object.fromEntries(known.map(name => [name, element[name] ?? null])), ...value }
}

function comparedNames(where: PatchTarget['where']): readonly string[] {
  if (where?.kind === 'and') return where.operands.flatMap(comparedNames)
  return where?.kind === 'compare' && where.operator === 'eq' ? where.path.map(({ name }) => name) : []
}

/**
 * Entra clears an email address by removing its `value`. The remainder `{"type": "work"}` is not an address, so it is
 * removed as well.
 */
function changeSubAttributes(
  attribute: Attribute,
  element: JsonObject,
  below: readonly Step[],
  change: AttributeChange,
): JsonObject | undefined {
  const next = changeObject(element, below, change)
  const isCleared = hasContent(attribute, element) && !hasContent(attribute, next)
  return isCleared || isEmpty(next) ? undefined : next
}
