import { type Attribute, findAttribute, subAttributesOf } from '../attribute.ts'
import { errors, shown } from '../error.ts'
import type { BoundFilter } from '../filter/bound-filter.ts'
import { matches } from '../filter/matches.ts'
import { searchableValue } from '../filter/searchable.ts'
import type { Json, JsonObject } from '../json.ts'
import { canonical } from '../read-simple.ts'
import { fold } from '../text.ts'
import type { PatchTarget } from './operation.ts'

/** Whether the filter of a path chooses this value of the attribute; a path without one chooses every value. */
export const isChosen = (attribute: Attribute, where: BoundFilter | undefined, element: Json): boolean =>
  where === undefined || matches(where, searchableValue(attribute, element) ?? null)

/**
 * The value that the filter of a path describes: `{ type: 'work' }` for `emails[type eq "work"]`. Entra writes
 * to such a path when there is no such value yet, and expects that it is made. Only `eq`, joined by `and`, says
 * what a value is to be; with any other filter there is nothing to be made.
 */
export function describedElement({ where, text, path }: PatchTarget): JsonObject {
  const described = where === undefined ? {} : conditionsOf(where, path.at(-1), text)
  if (described) return described
  throw errors.noTarget(`No value matches the filter in "${shown(text)}".`)
}

function conditionsOf(
  where: BoundFilter,
  attribute: Attribute | undefined,
  text: string,
): JsonObject | undefined {
  if (where.kind === 'and') {
    const parts = where.operands.map(operand => conditionsOf(operand, attribute, text))
    return parts.every(part => part !== undefined) ? Object.assign({}, ...parts) : undefined
  }
  if (where.kind !== 'compare' || where.operator !== 'eq' || where.value === null) return undefined
  const [sub, ...below] = where.path
  if (!attribute || !sub || below.length > 0 || sub.type === 'dateTime') return undefined
  const { value } = where
  return { [sub.name]: typeof value === 'string' ? canonical(sub, spellingIn(text, value)) : value }
}

/** The filter's texts are folded for comparison; the value to be made is spelt as the client wrote it. */
function spellingIn(path: string, folded: string): string {
  for (const [quoted] of path.matchAll(/"(?:[^"\\]|\\.)*"/g)) {
    const text: unknown = JSON.parse(quoted)
    if (typeof text === 'string' && fold(text) === fold(folded)) return text
  }
  return folded
}

/** Whether a value still says something: `type`, `primary` and `display` alone only speak about a value. */
export const saysSomething = (attribute: Attribute, element: JsonObject): boolean =>
  subAttributesOf(attribute).some(({ name }) => !labels.includes(name) && element[name] !== undefined)

const labels: readonly string[] = ['type', 'primary', 'display']

/** Whether the values of an attribute can be the primary one (RFC 7643 §2.4). */
export const hasPrimary = (attribute: Attribute): boolean =>
  findAttribute(subAttributesOf(attribute), 'primary')?.type === 'boolean'
