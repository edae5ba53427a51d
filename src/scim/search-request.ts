import { errors } from './error.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { inLowerCase, states } from './message.ts'
import type { Reads } from './reads.ts'

export const searchRequestUrn = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

const texts = ['filter', 'sortBy', 'sortOrder', 'cursor'] as const
const numbers = ['startIndex', 'count'] as const
const lists = ['attributes', 'excludedAttributes'] as const

/**
 * Reads a SearchRequest (RFC 7644 §3.4.3, RFC 9865 §3) into the parameters that a GET would have. Names are taken in
 * any case, `null` counts as left out, and members that the RFCs don't know are ignored.
 */
export function readSearchRequest(
  body: Json | undefined,
  reads: Pick<Reads, 'schemas'>,
): Readonly<Record<string, string>> {
  if (!isObject(body)) throw errors.invalidSyntax(`The body must be a JSON object: a ${searchRequestUrn}.`)
  const message = inLowerCase(body, 'The body')
  if (reads.schemas === 'required' && !states(message.schemas, searchRequestUrn)) {
    throw errors.invalidSyntax(`"schemas" must hold "${searchRequestUrn}".`)
  }
  return Object.fromEntries([
    ...membersOf(message, texts, textIn),
    // What is no whole number is refused where the numbers of a GET are read.
    ...membersOf(message, numbers, (_name, value) => JSON.stringify(value)),
    ...membersOf(message, lists, listIn),
  ])
}

const membersOf = (
  message: JsonObject,
  names: readonly string[],
  read: (name: string, value: Json) => string,
): readonly (readonly [string, string])[] =>
  names.flatMap(name => {
    const value = message[name.toLowerCase()]
    return value === undefined || value === null ? [] : [[name, read(name, value)] as const]
  })

function textIn(name: string, value: Json): string {
  if (typeof value === 'string') return value
  throw errors.invalidValue(`"${name}" in the body has to be a string.`)
}

function listIn(name: string, value: Json): string {
  if (!Array.isArray(value)) {
    throw errors.invalidValue(`"${name}" in the body has to be an array of strings.`)
  }
  return value.map((each: Json, at) => textIn(`${name}[${at}]`, each)).join(',')
}
