import { equals, printFilter } from '../../../scim/filter/syntax.ts'
import type { JsonObject } from '../../../scim/json.ts'
import type { Plan } from '../../kit/run.ts'
import type { RequestOptions } from '../../kit/target.ts'
import { evaluateExpression } from '../mapping/expression.ts'
import { matchingAttributes, type ObjectMapping } from '../mapping/mapping.ts'
import type { ExpressionContext, MappedValue } from '../mapping/values.ts'
import type { LinkOf } from './changes.ts'
import { codes, type Failure, readListResult } from './responses.ts'

export type Endpoint = 'Users' | 'Groups'

/** Spaces as +, quotes as %22, @ as %40, as in recorded requests (azure-docs#11784). */
export const encodeQuery = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+')

/** Search for an object by a matching attribute. Groups are returned without members. */
export const matchingQueryPath = (endpoint: Endpoint, attribute: string, value: string): string => {
  const filter = `filter=${encodeQuery(printFilter(equals(attribute, value)))}`
  return endpoint === 'Groups' ? `/Groups?excludedAttributes=members&${filter}` : `/Users?${filter}`
}

export const objectPath = (endpoint: Endpoint, id: string): string =>
  `/${endpoint}/${encodeURIComponent(id.toWellFormed())}`

export const objectReadPath = (endpoint: Endpoint, id: string): string =>
  objectPath(endpoint, id) + (endpoint === 'Groups' ? '?excludedAttributes=members' : '')

export const filterValue = (value: MappedValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export type ProvisioningTarget = {
  readonly kind: 'user' | 'group'
  readonly objectId: string
  readonly name: string
  readonly mapping: ObjectMapping
  readonly context: ExpressionContext
  readonly target: string | undefined
  readonly wire: RequestOptions
  readonly linkOf: LinkOf
  readonly disabledUnlinked: 'skip' | 'disable'
  readonly clearManager: boolean
  isTaken(target: string): boolean
  isShared(value: string): boolean
}

export const endpointOf = ({ kind }: Pick<ProvisioningTarget, 'kind'>): Endpoint =>
  kind === 'user' ? 'Users' : 'Groups'

export const labelOf = ({ kind, name }: Pick<ProvisioningTarget, 'kind' | 'name'>): string =>
  `${kind === 'user' ? 'User' : 'Group'} '${name}'`

type MatchResult =
  | { readonly found: (JsonObject & { readonly id: string }) | undefined }
  | { readonly failure: Failure }

export const matchingValues = (mapping: ObjectMapping, context: ExpressionContext) =>
  matchingAttributes(mapping).map(({ target, source }) => ({
    target,
    value: filterValue(evaluateExpression(source, context)),
  }))

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
    ? `${labelOf(subject)} has no value for the matching attribute ${target}.`
    : `The mapping has no matching attribute, so ${labelOf(subject)} cannot be matched.`,
})

const duplicateInSource = (subject: ProvisioningTarget, target: string, value: string): Failure => ({
  code: codes.duplicateSourceEntries,
  reason: `Another object in the directory has the same value "${value}" for the matching attribute ${target}, so ${labelOf(subject)} is not provisioned.`,
})

const duplicateInTarget = (
  subject: ProvisioningTarget,
  target: string,
  value: string,
  hits: number,
): Failure => ({
  code: codes.duplicateTargetEntries,
  reason: `The target returned ${hits} objects with ${target} "${value}", so ${labelOf(subject)} cannot be matched to one of them.`,
})
