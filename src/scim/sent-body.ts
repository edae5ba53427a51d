import { compact, isObject, type Json, type JsonObject } from './json.ts'
import { memoize } from './memoize.ts'

/** Undefined for truncated bodies and for texts that are no JSON object. */
export function parseObject(text: string | undefined): JsonObject | undefined {
  if (text === undefined || !/^\s*\{/.test(text)) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** The object in the body of a recorded message, which is parsed once; undefined for other bodies. */
export const objectIn = (message: { readonly body?: string }): JsonObject | undefined =>
  message.body === undefined ? undefined : parsedBody(message).object

const parsedBody = memoize((message: { readonly body?: string }) => ({ object: parseObject(message.body) }))

/** An operation of a PATCH as sent; names are read regardless of case. */
export type SentOperation = { readonly op: string; readonly path?: string; readonly value?: Json }

/** Empty if the body is no PatchOp. */
export function readOperations(body: JsonObject): readonly SentOperation[] {
  const sent = memberIgnoringCase(body, 'operations')
  if (!Array.isArray(sent)) return []
  return sent.filter(isObject).map(operation => {
    const op = memberIgnoringCase(operation, 'op')
    const path = memberIgnoringCase(operation, 'path')
    const value = memberIgnoringCase(operation, 'value')
    return {
      op: typeof op === 'string' ? op : '',
      ...(typeof path === 'string' && { path }),
      ...compact({ value }),
    }
  })
}

/** RFC 7643 §2.1: names are case insensitive. */
const memberIgnoringCase = (object: JsonObject, name: string): Json | undefined =>
  Object.entries(object).find(([key]) => key.toLowerCase() === name)?.[1]
