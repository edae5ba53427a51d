import { isObject, type Json, type JsonObject } from '../json.ts'
import { patchOpUrn } from '../patch/parse.ts'

/** The bulkId of a text that is a reference, `bulkId:x` (RFC 7644 §3.7.2). */
export const parseBulkId = (text: string): string | undefined => /^bulkId:(\S+)$/.exec(text)?.[1]

export type RewriteReference = (reference: string, bulkId: string) => string

/**
 * Rewrites the references in the data of an operation: all texts that consist of `bulkId:x`, and `"bulkId:x"` in the
 * filters of PATCH paths. A URI that ends in one (`$ref`) is not rewritten, because the server derives it from the ID.
 * `isSecret` identifies attributes with a secret, which is never a reference.
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

function patchPath(json: JsonObject): string | undefined {
  const names = Object.keys(json)
  const path = names.find(name => name.toLowerCase() === 'path')
  const value = path === undefined ? undefined : json[path]
  return typeof value === 'string' && names.some(name => name.toLowerCase() === 'op') ? value : undefined
}

export function referencedBulkIds(data: Json, isSecret: (path: string) => boolean): readonly string[] {
  const found = new Set<string>()
  const collect: RewriteReference = (reference, bulkId) => {
    found.add(bulkId)
    return reference
  }
  rewriteReferences(data, collect, isSecret)
  return [...found]
}

/** RFC 7644 figure 8 has PATCH operations without a PatchOp message around them (erratum 5050). */
export const asPatchOp = (data: Json): Json =>
  Array.isArray(data) ? { schemas: [patchOpUrn], Operations: data } : data

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
