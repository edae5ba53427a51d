import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { isObject, type Json, type JsonObject } from '../scim/json.ts'
import { inputErrors } from './shape.ts'

export type PagedRequest = {
  readonly tenant: number
  readonly operation: string
  readonly input: object
}

export type PageTokens = {
  /** Returns characters that AWS's pattern of tokens allows. `position` is where the next page begins. */
  seal(position: Json, request: PagedRequest): string
  /** The position. Throws ApiError unless the token was sealed with the present key for this request. */
  open(token: string, request: PagedRequest): Json
}

const algorithm = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16

/** Tokens are encrypted and authenticated: they need no storage, and every instance opens them. `key`: 32 bytes. */
export const createPageTokens = (key: () => Buffer): PageTokens => ({
  seal: (position, request) => {
    const iv = randomBytes(ivLength)
    const cipher = createCipheriv(algorithm, key(), iv, { authTagLength: tagLength })
    cipher.setAAD(boundTo(request))
    const sealed = [cipher.update(JSON.stringify(position)), cipher.final()]
    return Buffer.concat([iv, ...sealed, cipher.getAuthTag()]).toString('base64url')
  },
  open: (token, request) => {
    const bytes = Buffer.from(token, 'base64url')
    if (bytes.length <= ivLength + tagLength) throw inputErrors.pageToken()
    const decipher = createDecipheriv(algorithm, key(), bytes.subarray(0, ivLength), {
      authTagLength: tagLength,
    })
    decipher.setAAD(boundTo(request))
    decipher.setAuthTag(bytes.subarray(-tagLength))
    try {
      const opened = [decipher.update(bytes.subarray(ivLength, -tagLength)), decipher.final()]
      return JSON.parse(Buffer.concat(opened).toString())
    } catch {
      throw inputErrors.pageToken()
    }
  },
})

const boundTo = ({ tenant, operation, input }: PagedRequest): Buffer => {
  const { NextToken: _token, MaxResults: _max, ...args } = input as JsonObject
  return Buffer.from(JSON.stringify([tenant, operation, sortMembers(args)]))
}

/** Clients need not repeat members in the same order. */
function sortMembers(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sortMembers)
  if (!isObject(value)) return value
  const sorted = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(sorted.map(([name, member]) => [name, sortMembers(member)]))
}
