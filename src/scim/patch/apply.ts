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
 * The resource after the operations, each done on what the one before left (RFC 7644 §3.5.2). Related resources
 * aren't part of it: `membershipEdits` says what becomes of them. Whether required attributes are left is for
 * `checkRequired`, once all is done.
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

/** What is to be done at the end of a path. */
type AttributeChange = Assignment & {
  readonly op: PatchOperation['op']
  readonly budget: WorkBudget
  /** The value of a path without a filter, as it will be; undefined when it is to have none. */
  readonly nextValue: (attribute: Attribute, current: Json | undefined) => Json | undefined
  /** What is done where no value matches the filter. */
  readonly unmatched: 'create' | 'nothing' | 'refuse'
}

function toChange(
  op: PatchOperation['op'],
  { target, value }: Assignment,
  policy: RequestPolicy,
  budget: WorkBudget,
): AttributeChange {
  const change = { op, target, value, budget }
  switch (op) {
    case 'add':
      return {
        ...change,
        nextValue: addValue(value, budget),
        unmatched: value === undefined ? 'nothing' : 'create',
      }
    case 'remove':
      return { ...change, nextValue: removeValue(value, budget), unmatched: 'nothing' }
    case 'replace': {
      const isRefused = target.where !== undefined && policy.missingElement === 'noTarget'
      const unmatched = isRefused ? 'refuse' : value === undefined ? 'nothing' : 'create'
      return { ...change, nextValue: () => value, unmatched }
    }
  }
}

type NextValue = AttributeChange['nextValue']

// RFC 7644 §3.5.2.1: lists grow, single values are replaced.
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

/** One attribute on the way down; with a filter, those of its values that are meant. */
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
  // `emails.value` without a filter speaks of every value.
  if (where || (attribute.multiValued && below.length > 0))
    return changeMatching(step, current, below, change)
  if (below.length === 0) return change.nextValue(attribute, current)
  return changeObject(isObject(current) ? current : {}, below, change)
}

/** Changes the values that the path's filter chooses. A single value that can be filtered is a list of one. */
function changeMatching(
  { attribute, where }: Step,
  current: Json | undefined,
  below: readonly Step[],
  change: AttributeChange,
): Json | undefined {
  const list = listOf(current)
  const isMeant = list.map(elementMatcher(attribute, where, change.budget))
  if (!isMeant.includes(true)) return createUnmatched(attribute, current, below, change)
  const after = list.flatMap((element, at) =>
    isMeant[at] ? (changeElement(attribute, element, below, change) ?? []) : [element],
  )
  return attribute.multiValued ? keepOnePrimary(attribute, list, after) : after[0]
}

function createUnmatched(
  attribute: Attribute,
  current: Json | undefined,
  below: readonly Step[],
  change: AttributeChange,
): Json | undefined {
  if (change.unmatched === 'refuse') throw noMatch(change.target)
  if (change.unmatched === 'nothing') return current
  const described = elementFromFilter(change.target)
  const made = below.length > 0 ? changeObject(described, below, change) : mergeValue(described, change.value)
  if (!attribute.multiValued) return made
  const list = listOf(current)
  checkValueCount(attribute, list.length + 1, attribute.name)
  return keepOnePrimary(attribute, list, [...list, made])
}

const noMatch = ({ text }: PatchTarget) =>
  errors.noTarget(`No value matches "${excerpt(text)}", so there is nothing to be replaced.`)

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
 * RFC 7644 §3.5.2.3: a value that matches is replaced as a whole. Only what the filter knew it by stays, unless
 * the new value says otherwise: what replaces `emails[type eq "work"]` is the work address, named so or not.
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
 * Entra clears an address by taking its `value` away. What is left would be `{"type": "work"}`, an address that
 * is none; it goes as well.
 */
function changeSubAttributes(
  attribute: Attribute,
  element: JsonObject,
  below: readonly Step[],
  change: AttributeChange,
): JsonObject | undefined {
  const next = changeObject(element, below, change)
  const isSpent = hasContent(attribute, element) && !hasContent(attribute, next)
  return isSpent || isEmpty(next) ? undefined : next
}
