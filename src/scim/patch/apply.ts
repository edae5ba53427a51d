import type { Attribute } from '../attribute.ts'
import { errors } from '../error.ts'
import { type BoundFilter, comparedPaths, mainSubAttribute } from '../filter/bound-filter.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { checkValueCount } from '../read-value.ts'
import type { RequestPolicy } from '../request-policy.ts'
import type { Resource } from '../resource.ts'
import { excerpt } from '../text.ts'
import {
  type Assignment,
  addElements,
  createWorkBudget,
  elementFromFilter,
  elementMatcher,
  hasContent,
  keepOnePrimary,
  type MembershipEdit,
  type PatchOperation,
  type PatchTarget,
  removeElements,
  toSentMembers,
  type WorkBudget,
} from './elements.ts'

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

type AttributeChange = Assignment & {
  readonly op: PatchOperation['op']
  readonly budget: WorkBudget
  readonly nextValue: (attribute: Attribute, current: Json | undefined) => Json | undefined
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

/** Entra clears an address by removing its `value`; the remainder `{"type": "work"}` is removed as well. */
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

export function membershipEdits(operations: readonly PatchOperation[]): readonly MembershipEdit[] {
  const edits = operations.flatMap(({ op, assignments }) =>
    assignments.filter(isOfMembers).flatMap(assignment => editOf(op, assignment) ?? []),
  )
  checkComparisons(edits)
  return edits
}

/** A group may have any number of members, and filters without IDs are evaluated for each. */
export const maxMemberComparisons = 20

function checkComparisons(edits: readonly MembershipEdit[]): void {
  const tests = edits.flatMap(edit => ('where' in edit ? comparedPaths(edit.where) : [])).length
  if (tests <= maxMemberComparisons) return
  throw errors.tooMany(
    `The filters on "members" have ${tests} comparisons in total; the maximum per request is ${maxMemberComparisons}, ` +
      'because each is evaluated for every member. Select members by ID, as in members[value eq "…"], or send fewer at once.',
  )
}

/** The number of members in the edits. An edit without a list of members (all, or a filter) counts as one. */
export const membershipChanges = (edits: readonly MembershipEdit[]): number =>
  edits.reduce((total, edit) => total + ('members' in edit ? edit.members.length : 1), 0)

const isOfMembers = ({ target }: Assignment) => target.path[0]?.relation === 'members'

function editOf(op: PatchOperation['op'], { target, value }: Assignment): MembershipEdit | undefined {
  const { where, text } = target
  // RFC 7643 §8.7.1: the sub-attributes of a member are immutable.
  if (target.sub || target.path.length > 1 || (where && op !== 'remove')) {
    throw errors.mutability(
      `"${excerpt(text)}" would change a member in place. Add and remove whole members instead.`,
    )
  }
  if (where) return removalWhere(where)
  const sent = Array.isArray(value) ? toSentMembers(value) : undefined
  switch (op) {
    case 'add':
      return sent && { kind: 'add', ...sent }
    case 'remove':
      return sent ? { kind: 'remove', members: sent.members } : { kind: 'remove-all' }
    case 'replace':
      return sent ? { kind: 'replace', ...sent } : { kind: 'remove-all' }
  }
}

function removalWhere(where: BoundFilter): MembershipEdit {
  const members = idsNamedBy(where)
  return members ? { kind: 'remove', members } : { kind: 'remove-where', where }
}

function idsNamedBy(where: BoundFilter): readonly string[] | undefined {
  if (where.kind === 'or') {
    const lists = where.operands.map(idsNamedBy)
    return lists.every(list => list !== undefined) ? lists.flat() : undefined
  }
  if (where.kind !== 'compare' || where.operator !== 'eq' || typeof where.value !== 'string') return undefined
  const [attribute, ...below] = where.path
  return below.length === 0 && attribute?.name === mainSubAttribute ? [where.value] : undefined
}
