import { errors } from './error.ts'
import { compact, isObject, type Json, type JsonObject } from './json.ts'
import { memoize } from './memoize.ts'
import type { RequestPolicy } from './request-policy.ts'
import { excerpt } from './text.ts'

/** RFC 7643 §2.1: names are compared ignoring case. Two spellings of one name would be ambiguous. */
export function lowerCaseNames(object: JsonObject, at: string): JsonObject {
  if (Object.keys(object).every(name => name === name.toLowerCase())) return object
  const entries = new Map<string, Json>()
  for (const [name, value] of Object.entries(object)) {
    const lower = name.toLowerCase()
    if (entries.has(lower)) throw errors.invalidSyntax(`${at} has "${excerpt(name)}" twice. Send it once.`)
    entries.set(lower, value)
  }
  return Object.fromEntries(entries)
}

export const includesSchema = (schemas: unknown, urn: string): boolean =>
  Array.isArray(schemas) &&
  schemas.some(schema => typeof schema === 'string' && schema.toLowerCase() === urn.toLowerCase())

type ListPage =
  | {
      readonly by: 'index'
      readonly resources: readonly string[]
      readonly total: number
      readonly startIndex: number
    }
  | {
      readonly by: 'cursor'
      readonly resources: readonly string[]
      /** RFC 9865 §2: may be omitted if unknown. */
      readonly total?: number
      readonly next?: string
      readonly previous?: string
    }

const listResponseUrn = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'

/** RFC 7644 §3.4.2, RFC 9865 §2. Stored documents are inserted as text, without parsing them. */
export function listResponse(page: ListPage): string {
  const beginning = `${pagePosition(page)}"schemas":["${listResponseUrn}"],"Resources":[`
  const { resources } = page
  if (resources.length <= 1) return `${beginning}${resources[0] ?? ''}]}`
  const [first = '', ...others] = resources
  // A join copies each text once. Text around it would make V8 copy all of it again.
  const last = others.pop() ?? ''
  return [beginning + first, ...others, `${last}]}`].join(',')
}

function pagePosition(page: ListPage): string {
  const itemsPerPage = page.resources.length
  switch (page.by) {
    case 'index':
      return `{"totalResults":${page.total},"itemsPerPage":${itemsPerPage},"startIndex":${page.startIndex},`
    case 'cursor': {
      const position = JSON.stringify({
        ...(page.total !== undefined && { totalResults: page.total }),
        itemsPerPage,
        ...(page.previous !== undefined && { previousCursor: page.previous }),
        ...(page.next !== undefined && { nextCursor: page.next }),
      })
      return `${position.slice(0, -1)},`
    }
  }
}

const searchRequestUrn = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest'

const texts = ['filter', 'sortBy', 'sortOrder', 'cursor'] as const
const numbers = ['startIndex', 'count'] as const
const lists = ['attributes', 'excludedAttributes'] as const

/**
 * Reads a SearchRequest (RFC 7644 §3.4.3, RFC 9865 §3) as the parameters of an equivalent GET. The case of names is
 * ignored, `null` counts as absent, and members that the RFCs do not define are ignored.
 */
export function readSearchRequest(
  body: Json | undefined,
  policy: Pick<RequestPolicy, 'schemas'>,
): Readonly<Record<string, string>> {
  if (!isObject(body)) throw errors.invalidSyntax(`The body must be a JSON object: a ${searchRequestUrn}.`)
  const message = lowerCaseNames(body, 'The body')
  if (policy.schemas === 'required' && !includesSchema(message.schemas, searchRequestUrn)) {
    throw errors.invalidSyntax(`"schemas" must contain "${searchRequestUrn}".`)
  }
  return Object.fromEntries([
    ...membersOf(message, texts, textIn),
    // Values that are not integers are rejected by the parser of GET parameters.
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
  throw errors.invalidValue(`"${name}" in the body must be a string.`)
}

function listIn(name: string, value: Json): string {
  if (!Array.isArray(value)) {
    throw errors.invalidValue(`"${name}" in the body must be an array of strings.`)
  }
  return value.map((each: Json, at) => textIn(`${name}[${at}]`, each)).join(',')
}

function parseObject(text: string | undefined): JsonObject | undefined {
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

export type SentOperation = { readonly op: string; readonly path?: string; readonly value?: Json }

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
