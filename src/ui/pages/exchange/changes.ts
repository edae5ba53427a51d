import { escapeHidden } from '../../../domain/client-text.ts'
import type { Outcome } from '../../../domain/contract/explanation.ts'
import { formatValue } from '../../components/json.tsx'

/** A path without the URN of its schema. */
export const shortPath = (path: string): string =>
  escapeHidden(path.startsWith('urn:') ? path.slice(path.lastIndexOf(':') + 1) : path)

/** What a request changed, a text for each attribute and member. `target`: the resource that it addressed. */
export const changeTexts = (
  { differences, memberships }: Pick<Outcome, 'differences' | 'memberships'>,
  names: Readonly<Record<string, string>>,
  target: string | undefined,
): readonly string[] => [
  ...differences.map(({ path, before, after }) => {
    const named = (value: unknown) =>
      value === undefined ? 'none' : formatValue(typeof value === 'string' ? (names[value] ?? value) : value)
    return `${shortPath(path)} ${before === undefined ? '' : `${named(before)} → `}${named(after)}`
  }),
  ...memberships.map(({ event, group, member }) => {
    const isGroup = group.id === target
    const other = isGroup ? member : group
    const verb = isGroup ? event : event === 'added' ? 'joined' : 'left'
    const name = escapeHidden(other.display ?? other.id)
    return isGroup ? `${name} ${verb}` : `${verb} ${name}`
  }),
]
