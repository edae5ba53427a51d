import { isObject, type Json, type JsonObject } from '../json.ts'
import { patchOpUrn } from '../patch/parse.ts'

/** The bulkId that a text consists of, if it is such a reference: `bulkId:x` (RFC 7644 §3.7.2). */
export const parseBulkId = (text: string): string | undefined => /^bulkId:(\S+)$/.exec(text)?.[1]

/** What stands in the place of a reference; the same text where it is to stay. */
export type RewriteReference = (reference: string, bulkId: string) => string

/**
 * The data of an operation with its references rewritten: texts that are `bulkId:x` and nothing else, wherever they
 * stand, and `"bulkId:x"` in the filters of a PATCH's paths. A URI that ends so (`$ref`) is left alone, for the server
 * derives it from the id. `isSecret` says which attributes hold a secret, which is never a reference.
 */
export function rewriteReferences(
  data: Json,
  rewrite: RewriteReference,
  isSecret: (path: string) => boolean,
): Json {
  const text = (value: string): string => {
    const bulkId = parseBulkId(value)
    return bulkId === undefined ? value : rewrite(value, bulkId)
  }
  const walk = (json: Json): Json => {
    if (typeof json === 'string') return text(json)
    if (Array.isArray(json)) return json.map(walk)
    return isObject(json) ? object(json) : json
  }
  const object = (json: JsonObject): JsonObject => {
    const path = patchPath(json)
    const valueIsSecret = path !== undefined && isSecret(path)
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => {
        const folded = name.toLowerCase()
        if (isSecret(name) || (valueIsSecret && folded === 'value')) return [name, value]
        if (path !== undefined && folded === 'path') return [name, filtered(path)]
        return [name, walk(value)]
      }),
    )
  }
  const filtered = (path: string): string =>
    path.replace(/"(bulkId:([^\s"\\]+))"/g, (_, reference: string, bulkId: string) =>
      JSON.stringify(rewrite(reference, bulkId)),
    )
  return walk(data)
}

/** The path of an operation of a PATCH; nothing else has an `op` beside it. */
export function patchPath(json: JsonObject): string | undefined {
  const names = Object.keys(json)
  const path = names.find(name => name.toLowerCase() === 'path')
  const value = path === undefined ? undefined : json[path]
  return typeof value === 'string' && names.some(name => name.toLowerCase() === 'op') ? value : undefined
}

/** The bulkIds that the data refers to, each once. */
export function referencedBulkIds(data: Json, isSecret: (path: string) => boolean): readonly string[] {
  const found = new Set<string>()
  const note: RewriteReference = (reference, bulkId) => {
    found.add(bulkId)
    return reference
  }
  rewriteReferences(data, note, isSecret)
  return [...found]
}

/** RFC 7644 figure 8 sends the operations of a PATCH without a message around them (erratum 5050). */
export const asPatchOp = (data: Json): Json =>
  Array.isArray(data) ? { schemas: [patchOpUrn], Operations: data } : data

/**
 * Counts the secrets that the data of an operation sets: attributes that hold one, and values of a PATCH whose path leads
 * to one. `isSecret` says which names and paths do.
 */
export function countSecrets(data: Json, isSecret: (path: string) => boolean): number {
  if (Array.isArray(data)) return sum(data.map((element: Json) => countSecrets(element, isSecret)))
  if (!isObject(data)) return 0
  const path = patchPath(data)
  const valueIsSecret = path !== undefined && isSecret(path)
  return sum(
    Object.entries(data).map(([name, value]) => {
      const setsOne = isSecret(name) || (valueIsSecret && name.toLowerCase() === 'value')
      return setsOne ? 1 : countSecrets(value, isSecret)
    }),
  )
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
