import type { Plan } from '../../kit/run.ts'
import { type Mapping, matchingAttributes } from '../mapping/mapping.ts'
import { codes, type Failure, readListResult } from './responses.ts'
import { type Endpoint, matchingQueryPath } from './target-object.ts'

/** Searches for random GUIDs; the target must return an empty list for each. */
export function* planProbe(
  mapping: Mapping,
  probes: { readonly users: number; readonly groups: number },
  newId: () => string,
): Plan<Failure | undefined> {
  const user = matchingAttributes(mapping.users)[0]?.target ?? 'userName'
  const group = matchingAttributes(mapping.groups)[0]?.target ?? 'displayName'
  const searches: (readonly [Endpoint, string])[] = [
    ...(mapping.users.enabled || !mapping.groups.enabled
      ? repeat(probes.users, ['Users', user] as const)
      : []),
    ...(mapping.groups.enabled ? repeat(probes.groups, ['Groups', group] as const) : []),
  ]
  for (const [endpoint, attribute] of searches) {
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

const filterIgnoredFailure = (endpoint: Endpoint, hits: number): Failure => ({
  code: codes.incompatibleFiltering,
  reason: `The target returned ${hits} ${endpoint} for a filter that matches none. It seems to ignore filters.`,
  mayConcernJob: true,
})

/** The message that the portal shows when Test Connection fails (snipe-it#14138). */
export const probeFailureMessage = ({ reason }: Failure): string =>
  'While attempting to validate our authorization to access your application, we received this unexpected ' +
  `response: ${reason}`
