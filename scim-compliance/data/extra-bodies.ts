import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { SupportedType } from '../check.ts'
import { isObject, type Json, type JsonObject } from '../scim.ts'

/** What a server requires of every resource of a type in addition to its schemas; from `--with user.json`. */
export type ExtraBody = {
  /** Name of a type or its schema; if undefined, determined by `schemas`. */
  readonly type: string
  readonly body: JsonObject
}

/** Extras for a type, with `{unique}` in strings replaced. */
export const extraBodyFor = (
  type: SupportedType,
  extras: readonly ExtraBody[],
  unique: () => string,
): readonly JsonObject[] =>
  extras
    .filter(extra => [type.name, type.schema].some(name => name.toLowerCase() === extra.type.toLowerCase()))
    .map(({ body: { schemas: _, ...body } }) => fillPlaceholders(body, unique) as JsonObject)

function fillPlaceholders(value: Json, unique: () => string): Json {
  if (typeof value === 'string') return value.replaceAll('{unique}', () => unique())
  if (Array.isArray(value)) return value.map(one => fillPlaceholders(one, unique))
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fillPlaceholders(one, unique)]))
    : value
}

/**
 * `--with User=extra.json`; without a type it is the first of the `schemas` in the file, or the file's name: `user.json`
 * is for users. Throws an error message.
 */
export function readExtraBody(text: string): ExtraBody {
  const [, named, file = text] = /^([^=/\\]+)=(.+)$/.exec(text) ?? []
  const body = jsonOf(file)
  if (!isObject(body)) throw new Error(`--with ${file}: the file must contain a JSON object.`)
  const schema = Array.isArray(body.schemas) ? body.schemas[0] : undefined
  const type = named ?? (typeof schema === 'string' ? schema : basename(file, extname(file)))
  return { type, body }
}

function jsonOf(file: string): Json {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`--with ${file} can’t be read: ${(error as Error).message}.`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`--with ${file}: it isn’t JSON.`)
  }
}
