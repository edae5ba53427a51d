import { z } from 'zod'
import { sharedSlices } from '../domain/event-loop/slices.ts'

/** A longer list is written in slices. */
const maxElements = 1000

/** Characters that are sent at a time. */
const portionLength = 64 * 1024

/** An object with a list that takes long to write, and its schema. */
type LargeObject = { readonly schema: z.ZodObject; readonly object: Readonly<Record<string, unknown>> }

/** The body of a response if it is an object with a long list. */
export function asLargeObject(schema: z.ZodType, body: unknown): LargeObject | undefined {
  if (!(schema instanceof z.ZodObject) || typeof body !== 'object' || body === null) return undefined
  const object: Readonly<Record<string, unknown>> = { ...body }
  const isLarge = Object.values(object).some(value => Array.isArray(value) && value.length > maxElements)
  return isLarge ? { schema, object } : undefined
}

/** Writes an object as JSON text, lists in slices. Validates the values, as the serializer does. */
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
