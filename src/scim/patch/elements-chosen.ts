import { type Attribute, findAttribute, subAttributesOf } from '../attribute.ts'
import { errors, shown } from '../error.ts'
import { type BoundFilter, testsIn } from '../filter/bound-filter.ts'
import { matches } from '../filter/matches.ts'
import { searchableMember, searchableValue } from '../filter/searchable.ts'
import { isObject, type Json, type JsonObject } from '../json.ts'
import { canonical } from '../read-simple.ts'
import { fold } from '../text.ts'
import { type Effort, looksOf } from './effort.ts'
import type { PatchTarget } from './operation.ts'

/** Whether the filter of a path chooses a value of the attribute; a path without one chooses every value. */
export function chooser(
  attribute: Attribute,
  where: BoundFilter | undefined,
  effort: Effort,
): (element: Json) => boolean {
  if (where === undefined) {
    return () => {
      effort.spend(1)
      return true
    }
  }
  const tests = testsIn(where)
  const named = [...new Set(tests.flatMap(([sub]) => sub ?? []))]
  return element => {
    const [visible, looks] = visibleOf(attribute, named, element, effort)
    effort.spend(tests.length * looks)
    return matches(where, visible)
  }
}

/** Of a value only what a filter asks for, as `searchableValue` has it, and how many looks a test of it takes. */
function visibleOf(
  attribute: Attribute,
  named: readonly Attribute[],
  element: Json,
  effort: Effort,
): readonly [visible: Json, looks: number] {
  if (attribute.type !== 'complex') return [seenIn(attribute, element, effort) ?? null, looksOf(element)]
  if (!isObject(element)) return [null, 1]
  const visible: Record<string, Json> = {}
  let looks = 1
  for (const sub of named) {
    const value = Object.hasOwn(element, sub.name) ? element[sub.name] : undefined
    if (value === undefined) continue
    const form = sub.multiValued ? searchableMember(sub, value) : seenIn(sub, value, effort)
    looks += looksOf(value) - 1
    if (form !== undefined) visible[sub.name] = form
  }
  return [visible, looks]
}

const seenIn = (attribute: Attribute, value: Json, { seen }: Effort) =>
  typeof value === 'string' ? seen(attribute, value) : searchableValue(attribute, value)

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
