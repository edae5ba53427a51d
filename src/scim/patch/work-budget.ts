import type { Attribute } from '../attribute.ts'
import { errors } from '../error.ts'
import { valueToSearchForm } from '../filter/evaluate.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { elementIdentity } from '../read-value.ts'

/**
 * The maximum number of inspections of values by the operations of one request. It allows the maximum number of operations
 * on the longest list, each with one test. Without a limit, long filters on long lists would block the server for seconds.
 */
export const maxInspections = 2_000_000

/** The number of characters whose comparison takes as long as one inspection. */
const charactersPerInspection = 256
/** The cost of computing an identity, and the number of its characters that cost one more inspection. */
const identityCost = 8
const identityCharactersPerInspection = 16

/** The remaining work of one PATCH, and cached forms of values that its operations have inspected. */
export type WorkBudget = {
  /** Throws `tooMany` when the budget is exceeded. */
  readonly spend: (inspections: number) => void
  /** The form for filters of a text value. */
  readonly searchForm: (attribute: Attribute, text: string) => Json | undefined
  /** Equal for values that count as the same one. `names` limits the comparison to these sub-attributes. */
  readonly identity: (attribute: Attribute, element: Json, names?: readonly string[]) => string
}

/** `at` returns the current operation, for the error text. */
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

/** Keyed by text: when a value changes, its unchanged texts are found again. */
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

/** The number of inspections for comparing a value with another. */
export function inspectionCost(value: Json): number {
  if (Array.isArray(value)) return value.reduce((cost: number, each: Json) => cost + inspectionCost(each), 1)
  return typeof value === 'string' ? 1 + value.length / charactersPerInspection : 1
}
