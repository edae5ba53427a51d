import type { Attribute } from '../attribute.ts'
import { checkNumberOfValues } from '../elements.ts'
import { errors, shown } from '../error.ts'
import type { BoundFilter } from '../filter/bound-filter.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import type { Reads } from '../reads.ts'
import type { Resource } from '../resource.ts'
import { createEffort, type Effort } from './effort.ts'
import { chooser, describedElement, saysSomething } from './elements-chosen.ts'
import { onePrimary, withAdded, withoutListed } from './list-changes.ts'
import type { Assignment, PatchOperation, PatchTarget } from './operation.ts'

/**
 * The resource after the operations, each done on what the one before left (RFC 7644 §3.5.2). Related resources
 * aren't part of it: `membershipEdits` says what becomes of them. Whether required attributes are left is for
 * `checkRequired`, once all is done.
 */
export const applyPatch = (
  resource: Resource,
  operations: readonly PatchOperation[],
  reads: Reads,
): Resource => {
  let index = 0
  const effort = createEffort(() => `Operations[${index}]`)
  return operations.reduce((patched, { op, assignments }, at) => {
    index = at
    return assignments
      .filter(({ target }) => target.path.every(({ relation }) => relation === undefined))
      .reduce((before, assignment) => assigned(before, changeOf(op, assignment, reads, effort)), patched)
  }, resource)
}

/** What is to be done at the end of a path. */
type Change = Assignment & {
  readonly op: PatchOperation['op']
  readonly effort: Effort
  /** The value of a path without a filter, as it will be; undefined when it is to have none. */
  readonly next: (attribute: Attribute, current: Json | undefined) => Json | undefined
  /** What is done where no value matches the filter. */
  readonly unmatched: 'create' | 'nothing' | 'refuse'
}

function changeOf(
  op: PatchOperation['op'],
  { target, value }: Assignment,
  reads: Reads,
  effort: Effort,
): Change {
  const change = { op, target, value, effort }
  switch (op) {
    case 'add':
      return {
        ...change,
        next: added(value, effort),
        unmatched: value === undefined ? 'nothing' : 'create',
      }
    case 'remove':
      return { ...change, next: removed(value, effort), unmatched: 'nothing' }
    case 'replace': {
      const isRefused = target.where !== undefined && reads.missingElement === 'noTarget'
      const unmatched = isRefused ? 'refuse' : value === undefined ? 'nothing' : 'create'
      return { ...change, next: () => value, unmatched }
    }
  }
}

type Next = Change['next']

// RFC 7644 §3.5.2.1: lists grow, single values are replaced.
const added =
  (value: Json | undefined, effort: Effort): Next =>
  (attribute, current) => {
    if (value === undefined) return current
    if (!attribute.multiValued) return value
    return withAdded(attribute, listOf(current), listOf(value), effort)
  }

const removed =
  (value: Json | undefined, effort: Effort): Next =>
  (attribute, current) =>
    value === undefined ? undefined : withoutListed(attribute, listOf(current), listOf(value), effort)

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

const assigned = (resource: Resource, change: Change): Resource =>
  changedIn(resource, stepsTo(change.target), change)

function changedIn(object: JsonObject, steps: readonly Step[], change: Change): JsonObject {
  const [step, ...below] = steps
  if (!step) return object
  const { name } = step.attribute
  const next = changedAt(step, object[name], below, change)
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

function changedAt(
  step: Step,
  current: Json | undefined,
  below: readonly Step[],
  change: Change,
): Json | undefined {
  const { attribute, where } = step
  // `emails.value` without a filter speaks of every value.
  if (where || (attribute.multiValued && below.length > 0)) return changedWhere(step, current, below, change)
  if (below.length === 0) return change.next(attribute, current)
  return changedIn(isObject(current) ? current : {}, below, change)
}

/** Changes the values that the path's filter chooses. A single value that can be filtered is a list of one. */
function changedWhere(
  { attribute, where }: Step,
  current: Json | undefined,
  below: readonly Step[],
  change: Change,
): Json | undefined {
  const list = listOf(current)
  const isMeant = list.map(chooser(attribute, where, change.effort))
  if (!isMeant.includes(true)) return withUnmatched(attribute, current, below, change)
  const after = list.flatMap((element, at) =>
    isMeant[at] ? (changedElement(attribute, element, below, change) ?? []) : [element],
  )
  return attribute.multiValued ? onePrimary(attribute, list, after) : after[0]
}

function withUnmatched(
  attribute: Attribute,
  current: Json | undefined,
  below: readonly Step[],
  change: Change,
): Json | undefined {
  if (change.unmatched === 'refuse') throw nothingMatches(change.target)
  if (change.unmatched === 'nothing') return current
  const described = describedElement(change.target)
  const made = below.length > 0 ? changedIn(described, below, change) : merged(described, change.value)
  if (!attribute.multiValued) return made
  const list = listOf(current)
  checkNumberOfValues(attribute, list.length + 1, attribute.name)
  return onePrimary(attribute, list, [...list, made])
}

const nothingMatches = ({ text }: PatchTarget) =>
  errors.noTarget(`No value matches "${shown(text)}", so there is nothing to be replaced.`)

function changedElement(
  attribute: Attribute,
  element: Json,
  below: readonly Step[],
  change: Change,
): Json | undefined {
  if (below.length > 0) return isObject(element) ? changedPart(attribute, element, below, change) : element
  const { op, target, value } = change
  if (op === 'remove') return undefined
  if (value === undefined) return op === 'replace' ? undefined : element
  return op === 'add' ? merged(element, value) : replaced(target, element, value)
}

const merged = (element: Json, value: Json | undefined): Json => {
  if (value === undefined) return element
  return isObject(element) && isObject(value) ? { ...element, ...value } : value
}

/**
 * RFC 7644 §3.5.2.3: a value that matches is replaced as a whole. Only what the filter knew it by stays, unless
 * the new value says otherwise: what replaces `emails[type eq "work"]` is the work address, named so or not.
 */
function replaced({ where }: PatchTarget, element: Json, value: Json): Json {
  if (!isObject(element) || !isObject(value)) return value
  const known = namesIn(where).filter(name => element[name] !== undefined)
  return { ...Object.fromEntries(known.map(name => [name, element[name] ?? null])), ...value }
}

function namesIn(where: PatchTarget['where']): readonly string[] {
  if (where?.kind === 'and') return where.operands.flatMap(namesIn)
  return where?.kind === 'compare' && where.operator === 'eq' ? where.path.map(({ name }) => name) : []
}

/**
 * Entra clears an address by taking its `value` away. What is left would be `{"type": "work"}`, an address that
 * is none; it goes as well.
 */
function changedPart(
  attribute: Attribute,
  element: JsonObject,
  below: readonly Step[],
  change: Change,
): JsonObject | undefined {
  const next = changedIn(element, below, change)
  const isSpent = saysSomething(attribute, element) && !saysSomething(attribute, next)
  return isSpent || isEmpty(next) ? undefined : next
}
