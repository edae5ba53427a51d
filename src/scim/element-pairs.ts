import { type Attribute, findAttribute, subAttributesOf } from './attribute.ts'
import { isObject, type Json } from './json.ts'
import { fold } from './text.ts'

/** A value of a list as it was and as it is; absent where it wasn't there. */
export type Pair = {
  /** The filter that chooses it: `[type eq "work"]`. */
  readonly selector: string
  /** The sub-attributes that the filter names. */
  readonly named: readonly string[]
  readonly isNamedByValue: boolean
  readonly before?: Json
  readonly after?: Json
}

type Selected = Pick<Pair, 'selector' | 'named' | 'isNamedByValue'> & {
  /** The same for the values that are one. */
  readonly key: string
  readonly element: Json
}

/**
 * Which values of two lists are the same one: by `type` where each type stands once, otherwise by `value` as well.
 * Undefined when some can't be told apart.
 */
export function pairElements(
  attribute: Attribute,
  before: Json | undefined,
  after: Json | undefined,
): readonly Pair[] | undefined {
  const lists = [listOf(before), listOf(after)]
  const taken = takenIn(attribute, lists)
  const [earlier, later] = lists.map(list => list && selectedIn(attribute, list, taken))
  if (!earlier || !later) return undefined
  const keys = new Set([...earlier.keys(), ...later.keys()])
  return [...keys].flatMap(key => pairOf(earlier.get(key), later.get(key)))
}

/** What doesn't tell a value apart: types that stand twice in a list, and values that stand with a type. */
type Taken = { readonly types: ReadonlySet<string>; readonly values: ReadonlySet<string> }

function takenIn(attribute: Attribute, lists: readonly (readonly Json[] | undefined)[]): Taken {
  const typesIn = (list: readonly Json[]) =>
    list.flatMap(element => partOf(attribute, element, 'type')?.[2] ?? [])
  const typed = lists
    .flat()
    .flatMap(element => (element !== undefined && partOf(attribute, element, 'type') ? [element] : []))
  return {
    types: new Set(lists.flatMap(list => (list ? repeated(typesIn(list)) : []))),
    values: new Set(typed.flatMap(element => partOf(attribute, element, 'value')?.[2] ?? [])),
  }
}

function pairOf(earlier: Selected | undefined, later: Selected | undefined): readonly Pair[] {
  const known = earlier ?? later
  if (!known) return []
  const { selector, named, isNamedByValue } = known
  return [
    {
      ...{ selector, named, isNamedByValue },
      ...(earlier && { before: earlier.element }),
      ...(later && { after: later.element }),
    },
  ]
}

const listOf = (value: Json | undefined): readonly Json[] | undefined => {
  if (value === undefined) return []
  return Array.isArray(value) ? value : undefined
}

const repeated = (keys: readonly string[]) => keys.filter((key, at) => keys.indexOf(key) !== at)

/** By their keys; undefined when two have the same, or one has none. */
function selectedIn(
  attribute: Attribute,
  list: readonly Json[],
  taken: Taken,
): ReadonlyMap<string, Selected> | undefined {
  const selected = list.flatMap(element => select(attribute, element, taken) ?? [])
  const byKey = new Map(selected.map(one => [one.key, one]))
  return byKey.size === list.length ? byKey : undefined
}

function select(attribute: Attribute, element: Json, taken: Taken): Selected | undefined {
  if (!isObject(element)) {
    const key = keyOf(attribute, element)
    return key === undefined ? undefined : selectedBy(element, [['value', element, key]])
  }
  const type = partOf(attribute, element, 'type')
  const value = partOf(attribute, element, 'value')
  if (type) {
    if (!taken.types.has(type[2])) return selectedBy(element, [type])
    return value && selectedBy(element, [type, value])
  }
  return value && !taken.values.has(value[2]) ? selectedBy(element, [value]) : undefined
}

function partOf(attribute: Attribute, element: Json, name: string): Condition | undefined {
  const sub = findAttribute(subAttributesOf(attribute), name)
  const value = isObject(element) && Object.hasOwn(element, name) ? element[name] : undefined
  const key = sub && value !== undefined ? keyOf(sub, value) : undefined
  return key === undefined || value === undefined ? undefined : [name, value, key]
}

/** A sub-attribute's name, its value, and the text by which the value is compared. */
type Condition = readonly [name: string, value: Json, key: string]

const selectedBy = (element: Json, conditions: readonly Condition[]): Selected => ({
  selector: `[${conditions.map(([name, value]) => `${name} eq ${JSON.stringify(value)}`).join(' and ')}]`,
  named: conditions.map(([name]) => name),
  isNamedByValue: conditions.some(([name]) => name === 'value'),
  key: JSON.stringify(conditions.map(([name, , key]) => [name, key])),
  element,
})

/** Undefined for what no filter compares. */
function keyOf({ caseExact }: Attribute, value: Json): string | undefined {
  if (value === null || typeof value === 'object') return undefined
  return JSON.stringify(typeof value === 'string' && !caseExact ? fold(value) : value)
}
