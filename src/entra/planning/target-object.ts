import type { JsonObject } from '../../scim/json.ts'
import { evaluateExpression } from '../mapping/expression.ts'
import type { ObjectMapping } from '../mapping/mapping.ts'
import type { ExpressionContext, MappedValue } from '../mapping/values.ts'
import type { RequestOptions } from '../target.ts'
import type { LinkOf } from './attribute-values.ts'
import { codes, type Failure } from './error-codes.ts'
import type { Plan } from './plan.ts'
import { readListResult } from './responses.ts'

export type Endpoint = 'Users' | 'Groups'

export const endpointForKind = (kind: 'user' | 'group'): Endpoint => (kind === 'user' ? 'Users' : 'Groups')

/** Blanks as +, quotes as %22, @ as %40: as recorded (azure-docs#11784). */
export const encodeQuery = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+')

// RFC 7644 §3.4.2.2: values are JSON strings.
const quoted = (value: string) => JSON.stringify(value)

/** The look-up of an object by a matching attribute. Groups never come with their members. */
export const matchingQueryPath = (endpoint: Endpoint, attribute: string, value: string): string => {
  const filter = `filter=${encodeQuery(`${attribute} eq ${quoted(value)}`)}`
  return endpoint === 'Groups' ? `/Groups?excludedAttributes=members&${filter}` : `/Users?${filter}`
}

/** An object under its own address, to be written to. */
export const objectPath = (endpoint: Endpoint, id: string): string => `/${endpoint}/${encodeURIComponent(id)}`

/** The same, to be read. */
export const objectReadPath = (endpoint: Endpoint, id: string): string =>
  objectPath(endpoint, id) + (endpoint === 'Groups' ? '?excludedAttributes=members' : '')

/** A value as a filter holds it; undefined for what cannot be matched by. */
export const filterValue = (value: MappedValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** One object of the directory, with all that its plan has to know. */
export type ProvisioningTarget = {
  readonly kind: 'user' | 'group'
  readonly objectId: string
  /** As people call it: the user principal name, or the group's name. */
  readonly name: string
  readonly mapping: ObjectMapping
  readonly context: ExpressionContext
  /** Its id in the target, if it is linked. */
  readonly target: string | undefined
  readonly wire: RequestOptions
  readonly linkOf: LinkOf
  /** A manager was written and the source has none any more. */
  readonly clearManager: boolean
  /** Whether another object of the directory is linked to this id. */
  isTaken(target: string): boolean
  /** Whether another object in scope has this value of the matching attribute. */
  isShared(value: string): boolean
}

export const endpointOf = ({ kind }: Pick<ProvisioningTarget, 'kind'>) => endpointForKind(kind)
export const labelOf = ({ kind, name }: Pick<ProvisioningTarget, 'kind' | 'name'>): string =>
  `${kind === 'user' ? 'User' : 'Group'} '${name}'`

export type MatchResult =
  | { readonly found: (JsonObject & { readonly id: string }) | undefined }
  | { readonly failure: Failure }

/** Matching attributes and the object's values of them, by precedence. */
export const matchingValues = (mapping: ObjectMapping, context: ExpressionContext) =>
  mapping.attributes
    .filter(({ matching }) => matching !== undefined)
    .toSorted((one, other) => (one.matching ?? 0) - (other.matching ?? 0))
    .map(({ target, source }) => ({ target, value: filterValue(evaluateExpression(source, context)) }))

/** Looks an object up that has no link: one filter for each matching attribute, until one finds something. */
export function* planMatch(subject: ProvisioningTarget): Plan<MatchResult> {
  const [first, ...others] = matchingValues(subject.mapping, subject.context)
  if (first?.value === undefined) return { failure: withoutMatchingValue(subject, first?.target) }
  if (subject.isShared(first.value)) return { failure: duplicateInSource(subject, first.target, first.value) }

  for (const { target, value } of [first, ...others]) {
    if (value === undefined) continue
    const read = readListResult(
      yield { method: 'GET', path: matchingQueryPath(endpointOf(subject), target, value) },
    )
    if ('failure' in read) return read
    const [hit, another] = read.found
    if (another) return { failure: duplicateInTarget(subject, target, value, read.found.length) }
    if (hit && subject.isTaken(hit.id)) return { failure: duplicateInSource(subject, target, value) }
    if (hit) return { found: hit }
  }
  return { found: undefined }
}

const withoutMatchingValue = (subject: ProvisioningTarget, target: string | undefined): Failure => ({
  code: codes.mandatoryFieldsMissing,
  reason: target
    ? `${labelOf(subject)} has no value for the matching attribute ${target}, and cannot be looked up without one.`
    : `No attribute is mapped to match by, so ${labelOf(subject)} cannot be looked up.`,
})

const duplicateInSource = (subject: ProvisioningTarget, target: string, value: string): Failure => ({
  code: codes.duplicateSourceEntries,
  reason: `Another object of the directory has the value "${value}" of the matching attribute ${target} too, so ${labelOf(subject)} is not provisioned.`,
})

const duplicateInTarget = (
  subject: ProvisioningTarget,
  target: string,
  value: string,
  hits: number,
): Failure => ({
  code: codes.duplicateTargetEntries,
  reason: `The target answered ${hits} objects whose ${target} is "${value}", so it cannot be told which is ${labelOf(subject)}.`,
})
