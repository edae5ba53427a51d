import { isObject, type Json, type JsonObject } from '../json.ts'

/** A file that was given isn't what it should be; the message says what is wrong with it. */
export class Unreadable extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'Unreadable'
  }
}

/** `what` names the file: `known.json`. */
export function readJson(text: string, what: string): Json {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw new Unreadable(`${what} isn't JSON: ${error instanceof Error ? error.message : error}`)
  }
}

/** A text with something in it. */
export function textIn(object: JsonObject, name: string, where: string): string {
  const value = object[name]
  if (typeof value !== 'string' || value.trim() === '')
    throw new Unreadable(`${where} needs "${name}", a text.`)
  return value
}

export function listOfObjects(value: Json | undefined, where: string): readonly JsonObject[] {
  if (!Array.isArray(value) || !value.every(isObject))
    throw new Unreadable(`${where} has to be a list of objects.`)
  return value
}
