import { isDeepStrictEqual } from 'node:util'
import type { CheckContext, HttpHeaders, ScimResponse, SupportedType } from '../../check.ts'
import { expectCreated, expectStatus, expectThat, fail, formatValue, jsonObject } from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'

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
  if (path.startsWith('urn:')) return member(body, path)
  return path.split(/\.(?![^[]*\])/).reduce<Json | undefined>(step, body)
}

const startsWith = (text: string, start: string) => text.toLowerCase().startsWith(start.toLowerCase())

/** Attribute names ignore case (RFC 7643 §2.1). */
const member = (object: JsonObject, name: string): Json | undefined =>
  object[name] ?? Object.entries(object).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]

const step = (value: Json | undefined, part: string): Json | undefined => {
  if (!isObject(value)) return undefined
  const [, name = part, by, wanted] = /^(\w+)\[(\w+) eq "([^"]*)"\]$/.exec(part) ?? []
  const found = member(value, name)
  if (by === undefined) return found
  return Array.isArray(found)
    ? found.find(element => isObject(element) && member(element, by) === wanted)
    : undefined
}

/** Expects the stored values at paths as Entra writes them; undefined means no value. */
export async function expectStored(
  context: CheckContext,
  path: string,
  wanted: Readonly<Record<string, Json | undefined>>,
): Promise<JsonObject> {
  const { response, body } = await readResource(context, path)
  const wrong = Object.entries(wanted).filter(
    ([at, value]) => !isSameAt(at, withoutEmpty(valueAtPath(body, at)), value),
  )
  if (wrong.length === 0) return body
  fail(
    wrong
      .map(([at, value]) => `${at} ${value === undefined ? 'without a value' : formatValue(value)}`)
      .join(', '),
    wrong.map(([at]) => `${at} ${formatValue(valueAtPath(body, at))}`).join(', '),
    response,
  )
  return body
}

export const isSameAt = (path: string, stored: Json | undefined, sent: Json | undefined): boolean =>
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

export const postSample = (
  context: CheckContext,
  type: SupportedType,
  given: JsonObject,
): Promise<ScimResponse> => postForCleanup(context, type, context.sample(type, given))

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
export async function postText(
  context: CheckContext,
  body: string,
  headers: HttpHeaders = {},
): Promise<ScimResponse> {
  const response = await context.send('POST', context.users.endpoint, { body, headers })
  context.removeAfterwards(context.users, response)
  return response
}

/** Posts a body that has to be accepted; the resource is removed afterwards. */
export async function postCreated(
  context: CheckContext,
  type: SupportedType,
  body: Json,
): Promise<ScimResponse> {
  const response = await postForCleanup(context, type, body)
  expectCreated(response)
  return response
}

/** A successful PUT: 200, or 204, which RFC 9110 §9.3.4 allows; rfc/put/answers-200 reports the latter. */
export const isReplaced = ({ status }: ScimResponse): boolean => status === 200 || status === 204

export const expectReplaced = (response: ScimResponse): void => expectStatus(response, 200, 204)
