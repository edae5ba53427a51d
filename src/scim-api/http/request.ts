import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Intent } from '../../domain/journal/description.ts'
import type { ExchangeTarget } from '../../domain/journal/exchange.ts'
import { errors, type ScimError } from '../../scim/error.ts'
import { deepestJson, endOfString, type Json, parseJson } from '../../scim/json.ts'
import { excerpt } from '../../scim/text.ts'
import type { ReservedIds } from '../provider/call.ts'
import type { Provider } from '../provider/provider.ts'
import type { AdmittedCaller, Caller, Received } from './receive.ts'

export type ResourceDeps = {
  readonly provider: Provider
  readonly recordSeen: (tenant: number, key: number, at: number) => void
  /** Milliseconds since 1970, by the clock of the database. */
  readonly clock: () => number
}

export type ScimRequest = {
  readonly received: Received
  readonly caller: AdmittedCaller
  readonly method: string
  /** As the client wrote it. */
  readonly root: string
  readonly base: string
  readonly query: unknown
  /** Reads the body; undefined for an empty one. Throws UnreadableBody. */
  body(): Json | undefined
  readonly bodyBytes?: number | undefined
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  /** Returns the signal that the client has disconnected; undefined if the request is handled nevertheless. */
  signal(): AbortSignal | undefined
  readonly reserved?: ReservedIds
}

/** The profile's headers are added later. The body is JSON text. */
export type ScimResponse = {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Absent: the profile's. */
  readonly mediaType?: string
}

export type Subject = { readonly intent: Intent; readonly target?: ExchangeTarget | undefined }

/** `rule` is the rule of the profile that the request violated. */
export type Handled = Subject & { readonly response: ScimResponse; readonly rule?: string | undefined }

export type Failed = Subject & { readonly error: unknown }

export type Outcome = Handled | Failed

/** The tenant may have changed since authentication. */
export type Completed = Handled & { readonly caller: Caller }

export const unreadable: Subject = { intent: { kind: 'malformed' } }

type Headers = {
  readonly 'content-type'?: string | undefined
  readonly 'content-encoding'?: string | undefined
}

const jsonTypes = /^application\/(scim\+)?json\s*(;.*)?$/i

export function unsupportedContent(headers: Headers): ScimError | undefined {
  const encoding = contentEncoding(headers)
  if (encoding !== undefined) return errors.unsupportedEncoding(encoding)
  const mediaType = headers['content-type'] ?? ''
  return jsonTypes.test(mediaType) ? undefined : errors.unsupportedMediaType(mediaType)
}

/** The content coding of a body (RFC 9110 §8.4); undefined for the identity. */
export function contentEncoding({ 'content-encoding': codings = '' }: Headers): string | undefined {
  const isIdentity = codings.split(',').every(coding => /^(identity)?$/i.test(coding.trim()))
  return isIdentity ? undefined : codings
}

/** Names that can reach an object's prototype. No SCIM attribute has such a name. */
const prototypeNames = new Set(['__proto__', 'constructor', 'prototype'])

const quote = 0x22
const colon = 0x3a
const openings = new Set([0x7b, 0x5b])
const closings = new Set([0x7d, 0x5d])

type Level = { readonly names: Set<string> | undefined; last: string | undefined }

/**
 * Rejects what JSON.parse accepts: duplicate names in an object, of which parsers use different ones, names that can
 * reach a prototype, and deep nesting.
 * Reads strings and brackets only, once; JSON.parse checks the rest. Throws `invalidJson`.
 */
function checkStructure(text: string): void {
  const levels: Level[] = []
  let level: Level | undefined
  let start = -1
  let end = -1
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === quote) {
      start = at
      at = end = endOfString(text, at)
    } else if (unit === colon) {
      if (level?.names && start >= 0) checkName(nameIn(text, start, end), level, level.names, levels)
    } else if (openings.has(unit)) {
      if (levels.length >= deepestJson)
        throw errors.invalidJson(`The body is nested deeper than ${deepestJson} levels.`)
      level = { names: unit === 0x7b ? new Set() : undefined, last: undefined }
      levels.push(level)
      start = -1
    } else if (closings.has(unit)) {
      levels.pop()
      level = levels.at(-1)
      start = -1
    }
  }
}

function nameIn(text: string, start: number, end: number): string {
  const name = text.slice(start + 1, end)
  return name.includes('\\') ? unescaped(name) : name
}

function unescaped(name: string): string {
  try {
    return JSON.parse(`"${name}"`)
  } catch {
    return name
  }
}

function checkName(name: string, level: Level, names: Set<string>, levels: readonly Level[]): void {
  if (names.has(name))
    throw errors.invalidJson(`"${memberPlace(name, levels)}" occurs twice in the body. Send it once.`)
  if (prototypeNames.has(name))
    throw errors.invalidJson(`"${memberPlace(name, levels)}" is not allowed as the name of an attribute.`)
  names.add(name)
  level.last = name
}

const memberPlace = (name: string, levels: readonly Level[]) =>
  excerpt([...levels.slice(0, -1).map(({ last }) => last), name].filter(part => part !== undefined).join('.'))

/** Undefined for an empty body. Throws `invalidJson`, also for duplicate or prototype names, NUL and deep nesting. */
export function readJson(bytes: Buffer): Json | undefined {
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw errors.invalidJson('The body is not valid UTF-8.')
  return readJsonText(bytes.toString('utf8'))
}

/** Parses a JSON text as `readJson` does. If the caller passes its value as `parsed`, the text is only checked. */
export function readJsonText(sent: string, parsed?: Json): Json | undefined {
  const text = withoutByteOrderMark(sent)
  if (text.trim() === '') return undefined
  checkStructure(text)
  const value = parsed ?? parseText(text)
  checkTexts(text)
  return value
}

/** RFC 8259 §8.1 lets a parser ignore the byte order mark, which PowerShell sends. */
const withoutByteOrderMark = (text: string) => (text.startsWith('\uFEFF') ? text.slice(1) : text)

function parseText(text: string): Json {
  try {
    return parseJson(text)
  } catch (error) {
    throw errors.invalidJson(`The body is not valid JSON: ${(error as Error).message}`)
  }
}

const quoted = /"(?:[^"\\]|\\.)*"/g

/** JSON has no raw control characters and UTF-8 no surrogates, so only escapes can produce them. */
function checkTexts(text: string): void {
  if (!text.includes('\\u')) return
  for (const { 0: literal, index } of text.matchAll(quoted)) {
    if (!literal.includes('\\u')) continue
    const value: string = JSON.parse(literal)
    if (value.includes('\0')) throw invalidText(index, 'a NUL character')
    if (!value.isWellFormed()) throw invalidText(index, 'an unpaired surrogate')
  }
}

/** Without the text itself, which may be a secret. */
const invalidText = (index: number, what: string) =>
  errors.invalidJson(`The text at position ${index + 1} of the body contains ${what}. Remove it.`)

export class UnreadableBody extends Error {
  constructor(cause: unknown) {
    super('The body cannot be read.', { cause })
    this.name = 'UnreadableBody'
  }
}

/** The JSON in the received bytes. Throws `invalidJson`, or 415 for headers that announce another format. */
export function parseBody({ body, headers }: Pick<FastifyRequest, 'body' | 'headers'>): Json | undefined {
  const bytes = body as Buffer | undefined
  if (bytes === undefined || bytes.length === 0) return undefined
  const unsupported = unsupportedContent(headers)
  if (unsupported) throw unsupported
  return readJson(bytes)
}

/** The received body as text; undefined if there is none, or if its bytes are compressed. */
export const bodyText = ({ body, headers }: FastifyRequest): string | undefined =>
  Buffer.isBuffer(body) && contentEncoding(headers) === undefined ? body.toString('utf8') : undefined

/** Scheme and host as the client sees them, also behind a proxy that ends TLS (RFC 7644 §7.2). */
export function originOf(request: FastifyRequest): string {
  const { host, 'x-forwarded-host': forwardedHost, 'x-forwarded-proto': forwardedProto } = request.headers
  const forwarded = firstOf(forwardedProto)
  const scheme = forwarded === 'https' || forwarded === 'http' ? forwarded : request.protocol
  const authority = authorityIn(firstOf(forwardedHost)) ?? authorityIn(host) ?? 'localhost'
  return `${scheme}://${authority}`
}

/** Each proxy appends its own value, so the first one is what the client used. */
const firstOf = (header: string | string[] | undefined): string | undefined =>
  (Array.isArray(header) ? header[0] : header)?.split(',', 1)[0]?.trim()

const authorities = new LRUCache<string, { readonly authority: string | undefined }>({
  max: 100,
  memoMethod: text => ({ authority: readAuthority(text) }),
})

const authorityIn = (text = ''): string | undefined => authorities.memo(text).authority

/** The host and port; undefined if a URL parser reads them differently (`x:99999`, `[::1`, `0x7f.1`). */
function readAuthority(text: string): string | undefined {
  const host = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,255})(?::\d+)?$/.exec(text)?.[1]
  const isUnambiguous = host !== undefined && URL.parse(`http://${text}`)?.hostname === host.toLowerCase()
  return isUnambiguous ? text : undefined
}
