import * as z from 'zod'
import { sharedSlices } from './slices.ts'

const portions = Symbol('portions of JSON')

/** A response that a thread has written as JSON. */
export type WrittenJson = { readonly [portions]: readonly string[] }

export const writtenJson = (written: readonly string[]): WrittenJson => ({ [portions]: written })

/** The portions of a response that is written already or has a long list; undefined for others. */
export function jsonPortions(
  schema: z.ZodType,
  body: unknown,
  signal?: AbortSignal,
): AsyncIterable<string> | undefined {
  if (typeof body === 'object' && body !== null && portions in body)
    return inSlices((body as WrittenJson)[portions], signal)
  const large = asLargeObject(schema, body)
  return large && writeLargeObject(large, signal)
}

/** A client that reads fast would get all of 18 MB in one turn of the event loop. */
async function* inSlices(written: readonly string[], signal?: AbortSignal): AsyncGenerator<string> {
  for (const portion of written) {
    yield portion
    if (sharedSlices.isOver()) await sharedSlices.next(signal)
  }
}

/** A longer list is written in slices. */
const maxElements = 1000

const portionLength = 64 * 1024

type LargeObject = { readonly schema: z.ZodObject; readonly object: Readonly<Record<string, unknown>> }

function asLargeObject(schema: z.ZodType, body: unknown): LargeObject | undefined {
  if (!(schema instanceof z.ZodObject) || typeof body !== 'object' || body === null) return undefined
  const object: Readonly<Record<string, unknown>> = { ...body }
  const isLarge = Object.values(object).some(value => Array.isArray(value) && value.length > maxElements)
  return isLarge ? { schema, object } : undefined
}

export async function* writeLargeObject(
  { schema, object }: LargeObject,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  let text = '{'
  let separator = ''
  for (const [name, ofValue] of Object.entries(schema.shape)) {
    const value = object[name]
    if (value === undefined) continue
    text += `${separator}${JSON.stringify(name)}:`
    separator = ','
    if (!(ofValue instanceof z.ZodArray) || !Array.isArray(value)) {
      text += writeValue(ofValue, value)
      continue
    }
    text += '['
    for (const [at, element] of value.entries()) {
      text += `${at === 0 ? '' : ','}${writeValue(ofValue.element, element)}`
      if (text.length >= portionLength) {
        yield text
        text = ''
      }
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
    }
    text += ']'
  }
  yield `${text}}`
}

const writeValue = (schema: z.core.$ZodType, value: unknown): string =>
  JSON.stringify(z.encode(schema, value))
