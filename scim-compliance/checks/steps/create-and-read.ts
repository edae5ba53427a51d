import { isDeepStrictEqual } from 'node:util'
import type { CheckContext, HttpHeaders, ScimResponse, SupportedType } from '../../check.ts'
import {
  cameInstead,
  expectCreated,
  expectStatus,
  expectThat,
  fail,
  formatValue,
  jsonObject,
} from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import { sortedValues, valueIn } from './attributes.ts'

export async function readResource(
  context: CheckContext,
  path: string,
): Promise<{ response: ScimResponse; body: JsonObject }> {
  const response = await context.get(path)
  expectStatus(response, 200)
  return { response, body: jsonObject(response) }
}

export const readBody = async (context: CheckContext, path: string): Promise<JsonObject> =>
  (await readResource(context, path)).body

/** The value at a path as Entra writes it: `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`. */
export function valueAtPath(body: JsonObject, path: string): Json | undefined {
  const urn = Object.keys(body).find(key => key.startsWith('urn:') && startsWith(path, `${key}:`))
  if (urn !== undefined) {
    const extension = body[urn]
    return isObject(extension) ? valueAtPath(extension, path.slice(urn.length + 1)) : undefined
  }
  // The resource doesn't have the extension; the dots in its URN don't separate sub-attributes.
  if (path.startsWith('urn:')) return valueIn(body, path)
  return path.split(/\.(?![^[]*\])/).reduce<Json | undefined>(step, body)
}

const startsWith = (text: string, start: string) => text.toLowerCase().startsWith(start.toLowerCase())

const step = (value: Json | undefined, part: string): Json | undefined => {
  if (!isObject(value)) return undefined
  const [, name = part, by, wanted] = /^(\w+)\[(\w+) eq "([^"]*)"\]$/.exec(part) ?? []
  const found = valueIn(value, name)
  if (by === undefined) return found
  return Array.isArray(found) ? found.find(element => valueIn(element, by) === wanted) : undefined
}

/** The values of a multi-valued attribute, in any order. */
export class Values {
  readonly wanted: readonly string[]
  constructor(wanted: readonly string[]) {
    this.wanted = wanted.toSorted()
  }
}

/** A value that isn't known exactly; it may be null or empty. */
export class Fitting {
  /** Completes “id that is …”. */
  readonly what: string
  readonly fits: (value: Json | undefined) => boolean
  constructor(what: string, fits: Fitting['fits']) {
    this.what = what
    this.fits = fits
  }
}

type Wanted = Json | Values | Fitting | undefined

/** By path as Entra writes it; undefined: no value. */
export type Expected = Readonly<Record<string, Wanted>>

function readValue(body: JsonObject, path: string, wanted: Wanted): Json | undefined {
  const value = valueAtPath(body, path)
  if (wanted instanceof Fitting) return value
  return wanted instanceof Values ? sortedValues(value) : withoutEmpty(value)
}

const exactly = (value: Exclude<Wanted, Fitting>): Json | undefined =>
  value instanceof Values ? value.wanted : value

const isWanted = (path: string, got: Json | undefined, value: Wanted): boolean =>
  value instanceof Fitting ? value.fits(got) : isSameAt(path, got, exactly(value))

const inWords = (value: Wanted): string => {
  if (value instanceof Fitting) return `that is ${value.what}`
  return value === undefined ? 'without a value' : formatValue(exactly(value))
}

/** Fails once for all values that differ. `before`: the state before a write that reported success. */
export function expectValues(
  body: JsonObject,
  wanted: Expected,
  response: ScimResponse,
  before?: JsonObject,
): void {
  const wrong = Object.entries(wanted).flatMap(([path, value]) => {
    const got = readValue(body, path, value)
    return isWanted(path, got, value) ? [] : [{ path, value, got }]
  })
  const [first] = wrong
  if (first === undefined) return
  const earlier = before && { value: readValue(before, first.path, first.value) }
  // A value that doesn't fit is missing, or other than expected.
  const expected = first.value instanceof Fitting ? (first.got ?? null) : exactly(first.value)
  fail(
    wrong.map(({ path, value }) => `${path} ${inWords(value)}`).join(', '),
    wrong.map(({ path, got }) => `${path} ${formatValue(got)}`).join(', '),
    response,
    cameInstead(first.got, expected, response, earlier),
  )
}

/** Expects these values in a GET. `before`: the state before a write that reported success. */
export async function expectStored(
  context: CheckContext,
  path: string,
  wanted: Expected,
  before?: JsonObject,
): Promise<JsonObject> {
  const { response, body } = await readResource(context, path)
  expectValues(body, wanted, response, before)
  return body
}

const isSameAt = (path: string, stored: Json | undefined, sent: Json | undefined): boolean =>
  isDeepStrictEqual(stored, sent) ||
  (/^phoneNumbers\b/i.test(path) &&
    typeof stored === 'string' &&
    typeof sent === 'string' &&
    isSamePhoneNumber(stored, sent))

/**
 * RFC 7643 §4.1.2: service providers should return phone numbers in the format of RFC 3966 (`tel:+44-131-496-0100`). Its
 * visual separators have no meaning, and its parameters may add the context of a local number.
 */
const isSamePhoneNumber = (one: string, other: string): boolean => subscriber(one) === subscriber(other)

const subscriber = (phoneNumber: string): string =>
  phoneNumber
    .replace(/^tel:/i, '')
    .replace(/;.*$/, '')
    .replace(/[\s().-]/g, '')

/** Null, an empty string and an empty list are no value (RFC 7643 §2.5). */
export const withoutEmpty = (value: Json | undefined): Json | undefined =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0) ? undefined : value

/** The response to a POST that may be rejected; what it creates is removed afterwards. */
export async function postForCleanup(
  context: CheckContext,
  type: SupportedType,
  body: Json,
  headers?: HttpHeaders,
): Promise<ScimResponse> {
  const response = await context.post(type.endpoint, body, headers)
  context.removeAfterwards(type, response)
  return response
}

export const postSample = (context: CheckContext, type: SupportedType, given: JsonObject) =>
  postForCleanup(context, type, context.sample(type, given))

/** Rows of a check: by label, the type in the context. */
export const userAndGroup = { user: 'users', group: 'groups' } as const

export function expectSchema(response: ScimResponse, urn: string): void {
  const { schemas } = jsonObject(response)
  expectThat(Array.isArray(schemas) && schemas.includes(urn), `${urn} in schemas`, schemas, response)
}

/** Posts a sample without one of its attributes. */
export function postWithout(context: CheckContext, type: SupportedType, name: string): Promise<ScimResponse> {
  const { [name]: _, ...body } = context.sample(type)
  return postForCleanup(context, type, body)
}

/** Creates a user from a body that need not be JSON. */
export const postText = (context: CheckContext, body: string, headers?: HttpHeaders): Promise<ScimResponse> =>
  postForCleanup(context, context.users, body, headers)

/** Posts a body that has to be accepted; the resource is removed afterwards. */
export async function postCreated(context: CheckContext, type: SupportedType, body: Json) {
  const response = await postForCleanup(context, type, body)
  expectCreated(response)
  return response
}

/** A successful PUT: 200, or 204, which RFC 9110 §9.3.4 allows; rfc/put/answers-200 reports the latter. */
export const isReplaced = ({ status }: ScimResponse): boolean => status === 200 || status === 204

export const expectReplaced = (response: ScimResponse): void => expectStatus(response, 200, 204)
