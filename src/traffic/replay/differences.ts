import { mark } from '../../domain/journal/credentials.ts'
import { isObject, isUnassigned, type Json, type JsonObject, jsonEquals } from '../../scim/json.ts'
import { isDiscovery } from '../recordings/recording.ts'
import type { BodyKind, Difference } from './comparison.ts'

/** A response without a body, or with one that was not recorded: `isKnown` is false. */
export type ComparedBody = { readonly kind: BodyKind; readonly json?: Json; readonly isKnown: boolean }

/**
 * The differences between the body of a recorded response, whose IDs are translated already, and of another. Members that
 * each server chooses are not compared: `meta`, `$ref`, the sentence `detail` of an error, and the documents that describe a
 * server.
 */
export function findDifferences(
  path: string,
  recorded: ComparedBody,
  replayed: ComparedBody,
): readonly Difference[] {
  if (!recorded.isKnown || isDiscovery(path)) return []
  if (recorded.kind !== replayed.kind)
    return [{ kind: 'body', recorded: recorded.kind, replayed: replayed.kind }]
  if (recorded.json === undefined || replayed.json === undefined) return []
  return [...valueDifferences('', recorded.json, replayed.json)]
}

const ignoredMembers = new Set(['meta', '$ref', 'detail', 'location', 'version'])

function* valueDifferences(
  path: string,
  recorded: Json | undefined,
  replayed: Json | undefined,
): Generator<Difference> {
  // A masked secret equals anything. RFC 7643 §2.5: no value, null and an empty list are the same.
  if (recorded === mark || (isUnassigned(recorded) && isUnassigned(replayed))) return
  if (isObject(recorded) && isObject(replayed)) return yield* memberDifferences(path, recorded, replayed)
  if (Array.isArray(recorded) && Array.isArray(replayed))
    return yield* elementDifferences(path, recorded, replayed)
  if (recorded === undefined) yield { kind: 'value', path, replayed: replayed ?? null }
  else if (replayed === undefined) yield { kind: 'value', path, recorded }
  else if (!jsonEquals(recorded, replayed)) yield { kind: 'value', path, recorded, replayed }
}

/** RFC 7643 §2.1: names of attributes ignore case. */
function* memberDifferences(path: string, recorded: JsonObject, replayed: JsonObject): Generator<Difference> {
  const others = new Map(
    Object.entries(replayed).map(([name, value]) => [name.toLowerCase(), { name, value }]),
  )
  for (const [name, value] of Object.entries(recorded)) {
    const folded = name.toLowerCase()
    const other = others.get(folded)
    others.delete(folded)
    if (!ignoredMembers.has(folded)) yield* valueDifferences(joinPath(path, name), value, other?.value)
  }
  for (const [folded, { name, value }] of others) {
    if (!ignoredMembers.has(folded)) yield* valueDifferences(joinPath(path, name), undefined, value)
  }
}

const joinPath = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

/** Lists of SCIM have no order: elements are paired by the values that identify them. */
function* elementDifferences(
  path: string,
  recorded: readonly Json[],
  replayed: readonly Json[],
): Generator<Difference> {
  const rest = new Map<string, Json[]>()
  for (const element of replayed) {
    const key = keyOf(element)
    const same = rest.get(key)
    if (same) same.push(element)
    else rest.set(key, [element])
  }
  for (const [at, element] of recorded.entries()) {
    yield* valueDifferences(`${path}[${at}]`, element, rest.get(keyOf(element))?.shift())
  }
  let at = recorded.length
  for (const element of [...rest.values()].flat()) {
    yield* valueDifferences(`${path}[${at}]`, undefined, element)
    at += 1
  }
}

function keyOf(element: Json): string {
  if (!isObject(element)) return JSON.stringify(element)
  const { id, bulkId, value, type } = element
  return JSON.stringify(id ?? bulkId ?? [value ?? null, type ?? null])
}
