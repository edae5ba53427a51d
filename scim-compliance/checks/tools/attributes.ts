import { skip } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../json.ts'
import type { AttributeAtHand, Stage, TypeAtHand } from '../../stage.ts'

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

const among = (attributes: readonly AttributeAtHand[], path: string): AttributeAtHand | undefined => {
  const [name = '', ...rest] = path.split('.')
  const found = attributes.find(attribute => same(attribute.name, name))
  return found && rest.length > 0 ? among(found.subAttributes, rest.join('.')) : found
}

/** An attribute of a type by its path: `title`, `name.givenName`; of an extension when its schema is given. */
export const attributeOf = (type: TypeAtHand, path: string, schema?: string): AttributeAtHand | undefined =>
  among(
    schema === undefined
      ? type.attributes
      : (type.extensions.find(extension => same(extension.schema, schema))?.attributes ?? []),
    path,
  )

/** Whether an attribute is returned without being asked for. */
export const isSeen = ({ returned }: AttributeAtHand): boolean =>
  returned === 'default' || returned === 'always'

/** An attribute that can be written and is shown; skips the check where the type has none such. */
export const writable = (type: TypeAtHand, path: string, schema?: string): AttributeAtHand => {
  const found = attributeOf(type, path, schema)
  return found !== undefined && found.mutability === 'readWrite' && isSeen(found)
    ? found
    : skip(`${type.name} has no ${path} that can be written and is shown.`)
}

/** Skips the check unless all of these can be written and are shown. */
export const needWritable = (type: TypeAtHand, ...paths: readonly string[]): void => {
  for (const path of paths) writable(type, path)
}

const isText = ({ type, multiValued, canonicalValues }: AttributeAtHand): boolean =>
  type === 'string' && !multiValued && canonicalValues.length === 0

const texts = ['title', 'nickName', 'displayName', 'userType', 'profileUrl']
/** The name of an optional text that can be written and is shown, by preference one that nobody gives a meaning to. */
export const textOf = (type: TypeAtHand, except: readonly string[] = []): string => {
  const fitting = (name: string): boolean => {
    const found = attributeOf(type, name)
    return (
      found !== undefined &&
      found.mutability === 'readWrite' &&
      !found.required &&
      isSeen(found) &&
      isText(found)
    )
  }
  const found = texts.find(name => !except.includes(name) && fitting(name))
  return found ?? skip(`${type.name} has no further optional text that can be written.`)
}

/** A type and the name of a whole number of its that can be written and is shown; skips where no type has one. */
export const numberOf = ({ types }: Stage): { readonly type: TypeAtHand; readonly name: string } => {
  for (const type of types) {
    const found = type.attributes.find(
      one =>
        one.type === 'integer' &&
        !one.multiValued &&
        one.mutability === 'readWrite' &&
        one.uniqueness === 'none' &&
        one.canonicalValues.length === 0 &&
        isSeen(one),
    )
    if (found) return { type, name: found.name }
  }
  return skip('No type has a whole number that can be written.')
}

/** What a body has to have so that an extension's attributes have these values; the rest of the sample stays. */
export const extended = (stage: Stage, type: TypeAtHand, schema: string, values: JsonObject): JsonObject => {
  const sample = stage.sample(type)
  const schemas = Array.isArray(sample.schemas) ? sample.schemas : [type.schema]
  const before = sample[schema]
  return {
    ...sample,
    schemas: [...new Set([...schemas, schema])],
    [schema]: { ...(isObject(before) ? before : {}), ...values },
  }
}

/** The value at a path of names, whatever their case; undefined where there is nothing. */
export const at = (value: Json | undefined, ...path: readonly string[]): Json | undefined => {
  const [name, ...rest] = path
  if (name === undefined) return value
  if (!isObject(value)) return undefined
  const key = Object.keys(value).find(one => same(one, name))
  return key === undefined ? undefined : at(value[key], ...rest)
}

/** Nothing, in any of the ways to say so: left out, null, or an empty list (RFC 7643 §2.5). */
export const isUnassigned = (value: Json | undefined): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0)

/** The objects of a multi-valued attribute; none where it is unassigned. */
export const valuesAt = (value: Json | undefined, ...path: readonly string[]): readonly JsonObject[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter(isObject) : []
}

/** What they have as `value`, in order of the alphabet. */
export const sortedValues = (value: Json | undefined, ...path: readonly string[]): readonly string[] =>
  valuesAt(value, ...path)
    .map(one => String(one.value))
    .sort()
