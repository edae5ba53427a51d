import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { isObject, type Json } from '../json.ts'
import type { Extra } from './extras.ts'

/**
 * `--with User=extra.json`; without a type it is the first of the `schemas` in the file, or the file's name: `user.json`
 * is for users. Throws a sentence.
 */
export function readExtra(text: string): Extra {
  const [, named, file = text] = /^([^=/\\]+)=(.+)$/.exec(text) ?? []
  const body = jsonOf(file)
  if (!isObject(body)) throw new Error(`--with ${file}: it has to be a JSON object.`)
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
