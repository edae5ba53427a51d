import type { Mapping } from '../mapping/mapping.ts'
import { codes, type Failure } from './error-codes.ts'
import type { Plan } from './plan.ts'
import { readListResult } from './responses.ts'
import { type Endpoint, matchingQueryPath } from './target-object.ts'

/** Look-ups of GUIDs that nobody has; the target must answer an empty list to each. */
export function* planProbe(
  mapping: Mapping,
  probes: { readonly users: number; readonly groups: number },
  newId: () => string,
): Plan<Failure | undefined> {
  const user = matchingAttribute(mapping.users) ?? 'userName'
  const group = matchingAttribute(mapping.groups) ?? 'displayName'
  const lookUps: (readonly [Endpoint, string])[] = [
    ...(mapping.users.enabled || !mapping.groups.enabled
      ? repeat(probes.users, ['Users', user] as const)
      : []),
    ...(mapping.groups.enabled ? repeat(probes.groups, ['Groups', group] as const) : []),
  ]
  for (const [endpoint, attribute] of lookUps) {
    const read = readListResult(
      yield { method: 'GET', path: matchingQueryPath(endpoint, attribute, newId()) },
    )
    if ('failure' in read) return { ...read.failure, mayConcernJob: true }
    if (read.found.length > 0) return filterIgnoredFailure(endpoint, read.found.length)
  }
  return undefined
}

const repeat = <Value>(count: number, value: Value): readonly Value[] =>
  Array.from({ length: count }, () => value)

const matchingAttribute = ({ attributes }: Mapping['users']): string | undefined =>
  attributes
    .toSorted((one, other) => (one.matching ?? 99) - (other.matching ?? 99))
    .find(({ matching }) => matching)?.target

const filterIgnoredFailure = (endpoint: Endpoint, hits: number): Failure => ({
  code: codes.incompatibleFiltering,
  reason: `The target answered ${hits} of its ${endpoint} to a filter that matches none: it seems to ignore filters.`,
  mayConcernJob: true,
})

/** What an administrator reads when the test of the connection fails (snipe-it#14138). */
export const probeFailureMessage = ({ reason }: Failure): string =>
  'While attempting to validate our authorization to access your application, we received this unexpected ' +
  `response: ${reason}`
