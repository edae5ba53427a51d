import { errors, excerpt } from './error.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import type { RequestPolicy } from './request-policy.ts'

/** RFC 7643 §2.1 compares names without case; two spellings of one would leave open which of them counts. */
export function lowerCaseNames(object: JsonObject, at: string): JsonObject {
  const entries = new Map<string, Json>()
  for (const [name, value] of Object.entries(object)) {
    const lower = name.toLowerCase()
    if (entries.has(lower)) throw errors.invalidSyntax(`${at} has "${excerpt(name)}" twice. Send it once.`)
    entries.set(lower, value)
  }
  return Object.fromEntries(entries)
}

/** Whether the `schemas` of a message hold this URN (RFC 7644 §3.1); URNs have no case. */
export const includesSchema = (schemas: unknown, urn: string): boolean =>
  Array.isArray(schemas) &&
  schemas.some(stated => typeof stated === 'string' && stated.toLowerCase() === urn.toLowerCase())

/** What a list answers with: resources as JSON texts, and where they stand among all that match. */
export type ListPage =
  | {
      readonly by: 'index'
      readonly resources: readonly string[]
      readonly total: number
      /** Counts from 1. */
      readonly startIndex: number
    }
  | {
      readonly by: 'cursor'
      readonly resources: readonly string[]
      /** RFC 9865 §2: may be left out when it isn't known. */
      readonly total?: number
      /** Absent on the last page. */
      readonly next?: string
      /** Absent on the first page, and where no way back is offered. */
      readonly previous?: string
    }

export const listResponseUrn = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'

/**
 * A ListResponse as JSON text (RFC 7644 §3.4.2, RFC 9865 §2). Stored documents are put in as the texts they
 * are: a page of them is neither parsed nor written anew.
 */
export function listResponse(page: ListPage): string {
  const envelope = JSON.stringify({ ...pagePosition(page), schemas: [listResponseUrn] })
  return `${envelope.slice(0, -1)},"Resources":[${page.resources.join(',')}]}`
}

function pagePosition(page: ListPage) {
  const itemsPerPage = page.resources.length
  switch (page.by) {
    case 'index':
      return { totalResults: page.total, itemsPerPage, startIndex: page.startIndex }
    case 'cursor':
      return {
        ...(page.total !== undefined && { totalResults: page.total }),
        itemsPerPage,
        ...(page.previous !== undefined && { previousCursor: page.previous }),
        ...(page.next !== undefined && { nextCursor: page.next }),
      }
  }
}

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
  policy: Pick<RequestPolicy, 'schemas'>,
): Readonly<Record<string, string>> {
  if (!isObject(body)) throw errors.invalidSyntax(`The body must be a JSON object: a ${searchRequestUrn}.`)
  const message = lowerCaseNames(body, 'The body')
  if (policy.schemas === 'required' && !includesSchema(message.schemas, searchRequestUrn)) {
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
