import { type Attribute, type AttributePath, findAttribute, subAttributesOf } from '../attribute.ts'
import { errors } from '../error.ts'
import { type BoundFilter, comparedPaths } from '../filter/bound-filter.ts'
import { attributeToSearchForm, matches, valueToSearchForm } from '../filter/evaluate.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { checkValueCount, elementIdentity, isPrimary, toCanonicalValue } from '../read-value.ts'
import { excerpt, fold } from '../text.ts'

/** Returns a test for the values that the filter of a path selects. A path without a filter selects every value. */
export function elementMatcher(
  attribute: Attribute,
  where: BoundFilter | undefined,
  budget: WorkBudget,
): (element: Json) => boolean {
  if (where === undefined) {
    return () => {
      budget.spend(1)
      return true
    }
  }
  const tests = comparedPaths(where)
  const named = [...new Set(tests.flatMap(([sub]) => sub ?? []))]
  return element => {
    const [form, cost] = filterableForm(attribute, named, element, budget)
    budget.spend(tests.length * cost)
    return matches(where, form)
  }
}

function filterableForm(
  attribute: Attribute,
  named: readonly Attribute[],
  element: Json,
  budget: WorkBudget,
): readonly [form: Json, cost: number] {
  if (attribute.type !== 'complex')
    return [searchFormOf(attribute, element, budget) ?? null, inspectionCost(element)]
  if (!isObject(element)) return [null, 1]
  const forms: Record<string, Json> = {}
  let cost = 1
  for (const sub of named) {
    const value = Object.hasOwn(element, sub.name) ? element[sub.name] : undefined
    if (value === undefined) continue
    const form = sub.multiValued ? attributeToSearchForm(sub, value) : searchFormOf(sub, value, budget)
    cost += inspectionCost(value) - 1
    if (form !== undefined) forms[sub.name] = form
  }
  return [forms, cost]
}

const searchFormOf = (attribute: Attribute, value: Json, { searchForm }: WorkBudget) =>
  typeof value === 'string' ? searchForm(attribute, value) : valueToSearchForm(attribute, value)

/**
 * The value that the filter of a path describes: `{ type: 'work' }` for `emails[type eq "work"]`. Entra writes to such a
 * path even if there is no such value yet, and expects it to be created. Only filters of `eq`, joined by `and`, describe a
 * value.
 */
export function elementFromFilter({ where, text, path }: PatchTarget): JsonObject {
  const described = where === undefined ? {} : equalityConditions(where, path.at(-1), text)
  if (described) return described
  throw errors.noTarget(`No value matches the filter in "${excerpt(text)}".`)
}

function equalityConditions(
  where: BoundFilter,
  attribute: Attribute | undefined,
  text: string,
): JsonObject | undefined {
  if (where.kind === 'and') {
    const parts = where.operands.map(operand => equalityConditions(operand, attribute, text))
    return parts.every(part => part !== undefined) ? Object.assign({}, ...parts) : undefined
  }
  if (where.kind !== 'compare' || where.operator !== 'eq' || where.value === null) return undefined
  const [sub, ...below] = where.path
  if (!attribute || !sub || below.length > 0 || sub.type === 'dateTime') return undefined
  const { value } = where
  return {
    [sub.name]: typeof value === 'string' ? toCanonicalValue(sub, originalSpelling(text, value)) : value,
  }
}

/** Texts in a bound filter are folded. The created value has the client's spelling. */
function originalSpelling(path: string, folded: string): string {
  for (const [quoted] of path.matchAll(/"(?:[^"\\]|\\.)*"/g)) {
    const text: unknown = JSON.parse(quoted)
    if (typeof text === 'string' && fold(text) === fold(folded)) return text
  }
  return folded
}

/** Whether an element has content. `type`, `primary` and `display` alone only describe a value. */
export const hasContent = (attribute: Attribute, element: JsonObject): boolean =>
  subAttributesOf(attribute).some(
    ({ name }) => !labelSubAttributes.includes(name) && element[name] !== undefined,
  )

const labelSubAttributes: readonly string[] = ['type', 'primary', 'display']

const supportsPrimary = (attribute: Attribute): boolean =>
  findAttribute(subAttributesOf(attribute), 'primary')?.type === 'boolean'

/**
 * Adds values to a list. If a value is in the list already (the same `type` and `value`, RFC 7643 §2.4), it keeps its place
 * and gains the other sub-attributes, so adding a value twice has no further effect (RFC 7644 §3.5.2.1).
 */
export function addElements(
  attribute: Attribute,
  list: readonly Json[],
  added: readonly Json[],
  { identity }: WorkBudget,
): readonly Json[] {
  const places = new Map(list.map((element, at) => [identity(attribute, element), at]))
  const next = [...list]
  for (const element of added) {
    const same = identity(attribute, element)
    const at = places.get(same)
    if (at === undefined) {
      places.set(same, next.length)
      next.push(element)
    } else {
      const existing = next[at]
      if (isObject(existing) && isObject(element)) {
        next[at] = { ...existing, ...element, ...keepSpelling(existing) }
      }
    }
  }
  checkValueCount(attribute, next.length, attribute.name)
  return keepOnePrimary(attribute, list, next)
}

const keepSpelling = ({ type, value }: Readonly<Record<string, Json>>) => ({
  ...(type !== undefined && { type }),
  ...(value !== undefined && { value }),
})

/** Clients often list values by `value` alone; sub-attributes that a listed value lacks are not compared. */
export function removeElements(
  attribute: Attribute,
  list: readonly Json[],
  listed: readonly Json[],
  { identity }: WorkBudget,
): readonly Json[] {
  // Grouped by the names of their sub-attributes: there are few such groups, but both lists can be long.
  const identities = new Map<string, { names: readonly string[]; known: Set<string> }>()
  for (const one of listed) {
    const names = isObject(one) ? Object.keys(one).sort() : []
    const alike = identities.get(names.join()) ?? { names, known: new Set() }
    identities.set(names.join(), alike)
    alike.known.add(identity(attribute, one))
  }
  const groups = [...identities.values()]
  return list.filter(
    element => !groups.some(({ names, known }) => known.has(identity(attribute, element, names))),
  )
}

/** RFC 7644 §3.5.2: if an operation marks a value as primary, the others are no longer primary. */
export function keepOnePrimary(
  attribute: Attribute,
  before: readonly Json[],
  after: readonly Json[],
): readonly Json[] {
  const primary = supportsPrimary(attribute) ? after.filter(isPrimary) : []
  if (primary.length < 2) return after
  const known = new Set(before.filter(isPrimary))
  const chosen = primary.find(element => !known.has(element)) ?? primary[0]
  return after.map(element =>
    element !== chosen && isObject(element) && isPrimary(element) ? { ...element, primary: false } : element,
  )
}

/**
 * The maximum number of inspections of values by the operations of one request. It allows the maximum number of operations
 * on the longest list, each with one test. Without a limit, long filters on long lists would block the server for seconds.
 */
export const maxInspections = 2_000_000

const charactersPerInspection = 256
/** The cost of computing an identity, and the number of its characters that cost one more inspection. */
const identityCost = 8
const identityCharactersPerInspection = 16

export type WorkBudget = {
  readonly spend: (inspections: number) => void
  readonly searchForm: (attribute: Attribute, text: string) => Json | undefined
  /** Equal for values that count as the same one. `names` limits the comparison to these sub-attributes. */
  readonly identity: (attribute: Attribute, element: Json, names?: readonly string[]) => string
}

export function createWorkBudget(at: () => string): WorkBudget {
  let left = maxInspections
  const spend = (inspections: number): void => {
    left -= inspections
    if (left < 0) throw budgetExceeded(at())
  }
  const identity = memoizeIdentities(spend)
  return { spend, searchForm: memoizeSearchForms(), identity }
}

const budgetExceeded = (at: string) =>
  errors.tooMany(
    `The operations up to ${at} exceed the maximum of ${maxInspections.toLocaleString('en-US')} inspections of values, ` +
      'because filters and lists are long. Nothing was changed. Send fewer operations per request, or shorter filters.',
  )

function memoizeSearchForms(): WorkBudget['searchForm'] {
  const known = new Map<Attribute, Map<string, Json | undefined>>()
  return (attribute, text) => {
    const forms = known.get(attribute) ?? new Map<string, Json | undefined>()
    known.set(attribute, forms)
    const form = forms.get(text)
    if (form !== undefined || forms.has(text)) return form
    const seen = valueToSearchForm(attribute, text)
    forms.set(text, seen)
    return seen
  }
}

function memoizeIdentities(spend: WorkBudget['spend']): WorkBudget['identity'] {
  const known = new Map<string, WeakMap<JsonObject, string>>()
  const compute = (attribute: Attribute, element: Json): string => {
    const identity = elementIdentity(attribute, element)
    spend(identityCost + identity.length / identityCharactersPerInspection)
    return identity
  }
  return (attribute, element, names) => {
    if (!isObject(element)) return compute(attribute, element)
    const kind = names?.join() ?? ''
    const identities = known.get(kind) ?? new WeakMap<JsonObject, string>()
    known.set(kind, identities)
    const found = identities.get(element)
    if (found !== undefined) {
      spend(1)
      return found
    }
    const identity = compute(attribute, names ? limitedTo(names, element) : element)
    identities.set(element, identity)
    return identity
  }
}

const limitedTo = (names: readonly string[], element: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(element).filter(([name]) => names.includes(name)))

function inspectionCost(value: Json): number {
  if (Array.isArray(value)) return value.reduce((cost: number, each: Json) => cost + inspectionCost(each), 1)
  return typeof value === 'string' ? 1 + value.length / charactersPerInspection : 1
}

/** The target of a PATCH path (RFC 7644 figure 7), resolved by the schema. */
export type PatchTarget = {
  /** From the top of the resource. For `emails[type eq "work"].value` it ends at `emails`. */
  readonly path: AttributePath
  readonly where?: BoundFilter
  readonly sub?: Attribute
  readonly text: string
}

export type Assignment = { readonly target: PatchTarget; readonly value: Json | undefined }

export type PatchOperation = {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path?: string
  readonly assignments: readonly Assignment[]
  readonly ignored: readonly string[]
}

export type MembershipEdit =
  | ({ readonly kind: 'add' } & SentMembers)
  | { readonly kind: 'remove'; readonly members: readonly string[] }
  | { readonly kind: 'remove-where'; readonly where: BoundFilter }
  | ({ readonly kind: 'replace' } & SentMembers)
  | { readonly kind: 'remove-all' }

export type SentMembers = {
  readonly members: readonly string[]
  /** The `display` of those that have one, by ID; the first one if a member is listed twice. Absent if none has. */
  readonly displays?: ReadonlyMap<string, string>
}

export function toSentMembers(elements: readonly Json[]): SentMembers {
  const members: string[] = []
  let displays: Map<string, string> | undefined
  for (const element of elements) {
    const id = String(isObject(element) ? element.value : element)
    members.push(id)
    if (!isObject(element) || typeof element.display !== 'string' || element.display === '') continue
    displays ??= new Map()
    if (!displays.has(id)) displays.set(id, element.display)
  }
  return { members, ...(displays && { displays }) }
}
