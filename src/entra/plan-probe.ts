import { codes, type Failure } from './error-codes.ts'
import type { Mapping } from './mapping.ts'
import type { Plan } from './plan.ts'
import { type Endpoint, matchPath } from './query.ts'
import { readList } from './read-answer.ts'

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
      ? times(probes.users, ['Users', user] as const)
      : []),
    ...(mapping.groups.enabled ? times(probes.groups, ['Groups', group] as const) : []),
  ]
  for (const [endpoint, attribute] of lookUps) {
    const read = readList(yield { method: 'GET', path: matchPath(endpoint, attribute, newId()) })
    if ('failure' in read) return { ...read.failure, doubtful: true }
    if (read.found.length > 0) return filterIgnored(endpoint, read.found.length)
  }
  return undefined
}

const times = <Value>(count: number, value: Value): readonly Value[] =>
  Array.from({ length: count }, () => value)

const matchingAttribute = ({ attributes }: Mapping['users']): string | undefined =>
  attributes
    .toSorted((one, other) => (one.matching ?? 99) - (other.matching ?? 99))
    .find(({ matching }) => matching)?.target

const filterIgnored = (endpoint: Endpoint, hits: number): Failure => ({
  code: codes.incompatibleFiltering,
  reason: `The target answered ${hits} of its ${endpoint} to a filter that matches none: it seems to ignore filters.`,
  doubtful: true,
})

/** What an administrator reads when the test of the connection fails (snipe-it#14138). */
export const probeText = ({ reason }: Failure): string =>
  'While attempting to validate our authorization to access your application, we received this unexpected ' +
  `response: ${reason}`
