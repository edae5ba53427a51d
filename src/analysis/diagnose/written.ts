import { inFull } from '../../profiles/short-names.ts'
import { findAttribute, pathText, subAttributesOf } from '../../scim/attribute.ts'
import { resolveName } from '../../scim/attribute-name.ts'
import { groupType, userType } from '../../scim/core-types.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'

/** One value that a client writes, as it sent it. */
export type Written = {
  /** As the RFC's tables have it, without brackets: `name.givenName`, `emails.value`; else as the client wrote it. */
  readonly path: string
  readonly value: Json
  /** What the client wrote there: `Add`, `replace`; absent of a POST and PUT. */
  readonly op?: string
}

/** An operation of a PATCH as it was sent, whatever the case of its members' names. */
export type SentOperation = { readonly op: string; readonly path?: string; readonly value?: Json }

/** Deeper than this no attribute lies: an extension, an attribute, its sub-attribute. */
const deepest = 4

const fullName = inFull([userType, groupType])

/** The values of a POST or PUT. */
export const writtenIn = (type: ResourceType, body: JsonObject): readonly Written[] =>
  Object.entries(body).flatMap(([name, value]) => valuesBelow(type, name, value, 1))

/** The values that the operations of a PATCH speak of. */
export const patchedIn = (type: ResourceType, operations: readonly SentOperation[]): readonly Written[] =>
  operations.flatMap(({ op, path, value }) => {
    const values =
      path === undefined
        ? isObject(value)
          ? writtenIn(type, value)
          : []
        : valuesBelow(type, path, value ?? null, 1)
    return values.map(written => ({ ...written, op }))
  })

/** Nothing where the body isn't a PatchOp. */
export function operationsIn(body: JsonObject): readonly SentOperation[] {
  const sent = memberNamed(body, 'operations')
  if (!Array.isArray(sent)) return []
  return sent.filter(isObject).map(operation => {
    const op = memberNamed(operation, 'op')
    const path = memberNamed(operation, 'path')
    const value = memberNamed(operation, 'value')
    return {
      op: typeof op === 'string' ? op : '',
      ...(typeof path === 'string' && { path }),
      ...(value !== undefined && { value }),
    }
  })
}

/** RFC 7643 §2.1: the case of names doesn't count. */
const memberNamed = (object: JsonObject, name: string): Json | undefined =>
  Object.entries(object).find(([key]) => key.toLowerCase() === name)?.[1]

function valuesBelow(type: ResourceType, name: string, value: Json, depth: number): readonly Written[] {
  if (depth > deepest) return []
  if (Array.isArray(value)) {
    return value.flatMap((element: Json) => valuesBelow(type, name, element, depth + 1))
  }
  if (!isObject(value)) return [{ path: placeOf(type, name, value), value }]
  return Object.entries(value).flatMap(([below, inner]) =>
    valuesBelow(type, joined(name, below), inner, depth + 1),
  )
}

const joined = (name: string, below: string) => `${name}${/:\d[^:]*:[^.:]+$/.test(name) ? ':' : '.'}${below}`

/** A bare text stands for the `value` of what has parts, as Entra sends a manager. */
function placeOf(type: ResourceType, name: string, value: Json): string {
  const bare = name.replace(/\[[^\]]*\]/g, '')
  const path = resolveName(type, fullName(type.name, bare))
  if (!path) return bare
  const last = path.at(-1)
  const part =
    last?.type === 'complex' && value !== null ? findAttribute(subAttributesOf(last), 'value') : undefined
  return pathText(part ? [...path, part] : path)
}
