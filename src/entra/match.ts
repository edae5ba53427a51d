import type { JsonObject } from '../scim/json.ts'
import { codes, type Failure } from './error-codes.ts'
import { evaluate } from './expression.ts'
import type { ObjectMapping } from './mapping.ts'
import type { Plan } from './plan.ts'
import { matchPath, matchValue } from './query.ts'
import { readList } from './read-answer.ts'
import type { ExpressionContext } from './source-object.ts'
import { endpointOfSubject, type Subject, titleOf } from './subject.ts'

export type Match =
  | { readonly found: (JsonObject & { readonly id: string }) | undefined }
  | { readonly failure: Failure }

/** Matching attributes and the object's values of them, by precedence. */
export const matchingValues = (mapping: ObjectMapping, context: ExpressionContext) =>
  mapping.attributes
    .filter(({ matching }) => matching !== undefined)
    .toSorted((one, other) => (one.matching ?? 0) - (other.matching ?? 0))
    .map(({ target, source }) => ({ target, value: matchValue(evaluate(source, context)) }))

/** Looks an object up that has no link: one filter for each matching attribute, until one finds something. */
export function* planMatch(subject: Subject): Plan<Match> {
  const [first, ...others] = matchingValues(subject.mapping, subject.context)
  if (first?.value === undefined) return { failure: withoutMatchingValue(subject, first?.target) }
  if (subject.isShared(first.value)) return { failure: sharedInSource(subject, first.target, first.value) }

  for (const { target, value } of [first, ...others]) {
    if (value === undefined) continue
    const read = readList(yield { method: 'GET', path: matchPath(endpointOfSubject(subject), target, value) })
    if ('failure' in read) return read
    const [hit, another] = read.found
    if (another) return { failure: severalInTarget(subject, target, value, read.found.length) }
    if (hit && subject.isTaken(hit.id)) return { failure: sharedInSource(subject, target, value) }
    if (hit) return { found: hit }
  }
  return { found: undefined }
}

const withoutMatchingValue = (subject: Subject, target: string | undefined): Failure => ({
  code: codes.mandatoryFieldsMissing,
  reason: target
    ? `${titleOf(subject)} has no value for the matching attribute ${target}, and cannot be looked up without one.`
    : `No attribute is mapped to match by, so ${titleOf(subject)} cannot be looked up.`,
})

const sharedInSource = (subject: Subject, target: string, value: string): Failure => ({
  code: codes.duplicateSourceEntries,
  reason: `Another object of the directory has the value "${value}" of the matching attribute ${target} too, so ${titleOf(subject)} is not provisioned.`,
})

const severalInTarget = (subject: Subject, target: string, value: string, hits: number): Failure => ({
  code: codes.duplicateTargetEntries,
  reason: `The target answered ${hits} objects whose ${target} is "${value}", so it cannot be told which is ${titleOf(subject)}.`,
})
