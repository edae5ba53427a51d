import type { Attribute } from '../attribute.ts'
import { errors } from '../error.ts'
import { valueToSearchForm } from '../filter/evaluate.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { elementIdentity } from '../read-value.ts'

/**
 * So often may the operations of one request look at values. It lets the most operations walk the longest list that is
 * kept, each with one test; without an end to it, long filters on long lists would keep everybody waiting for seconds.
 */
export const maxInspections = 2_000_000

/** Comparing a text goes through it: so many characters take as long as another look. */
const charactersPerInspection = 256
/** What makes a value the same as another takes so many looks to work out, and one more for so many characters. */
const identityCost = 8
const identityCharactersPerInspection = 16

/** What the operations of one PATCH know of values that they have looked at, and how much more they may look at. */
export type WorkBudget = {
  /** Throws `tooMany` when it was too much. */
  readonly spend: (looks: number) => void
  /** How filters see the text that is a value of an attribute. */
  readonly searchForm: (attribute: Attribute, text: string) => Json | undefined
  /** What two values have in common that are the same one; with names, as far as these sub-attributes go. */
  readonly identity: (attribute: Attribute, element: Json, names?: readonly string[]) => string
}

/** `at` is the operation that is being done, for the message. */
export function createWorkBudget(at: () => string): WorkBudget {
  let left = maxInspections
  const spend = (looks: number): void => {
    left -= looks
    if (left < 0) throw budgetExceeded(at())
  }
  const identity = memoizeIdentities(spend)
  return { spend, searchForm: memoizeSearchForms(), identity }
}

const budgetExceeded = (at: string) =>
  errors.tooMany(
    `${at} is one too many: the operations up to it look at values more than ${maxInspections.toLocaleString('en-US')} ` +
      'times, for their filters are long and so are the lists. Nothing was changed. Send fewer operations in a ' +
      'request, or shorter filters.',
  )

/** By the texts, because a value that changes in one place has the same text in the others. */
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
  const workOut = (attribute: Attribute, element: Json): string => {
    const identity = elementIdentity(attribute, element)
    spend(identityCost + identity.length / identityCharactersPerInspection)
    return identity
  }
  return (attribute, element, names) => {
    if (!isObject(element)) return workOut(attribute, element)
    const kind = names?.join() ?? ''
    const identities = known.get(kind) ?? new WeakMap<JsonObject, string>()
    known.set(kind, identities)
    const found = identities.get(element)
    if (found !== undefined) {
      spend(1)
      return found
    }
    const identity = workOut(attribute, names ? limitedTo(names, element) : element)
    identities.set(element, identity)
    return identity
  }
}

const limitedTo = (names: readonly string[], element: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(element).filter(([name]) => names.includes(name)))

/** How many looks it takes to compare a value with another. */
export function inspectionCost(value: Json): number {
  if (Array.isArray(value))
    return value.reduce((looks: number, each: Json) => looks + inspectionCost(each), 1)
  return typeof value === 'string' ? 1 + value.length / charactersPerInspection : 1
}
