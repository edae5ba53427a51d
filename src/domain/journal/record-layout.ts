import type { AwsApi } from './aws-operations.ts'
import type { Exchange } from './exchange.ts'
import type { Operation } from './operation.ts'

export type Entry = Recorded | Exchange

export const isRecorded = (entry: Entry): entry is Recorded => 'secretNames' in entry

/** Records begin at multiples of 8 bytes. */
export type RecordMemory = {
  readonly bytes: Buffer
  readonly words: Int32Array
  readonly floats: Float64Array
}

export const memoryOf = (
  buffer: ArrayBufferLike,
  start = 0,
  length = buffer.byteLength - start,
): RecordMemory => ({
  bytes: Buffer.from(buffer, start, length),
  words: new Int32Array(buffer, start, length / 4),
  floats: new Float64Array(buffer, start, length / 8),
})

/*
 * A record has no separators, so no text of a client can be mistaken for another field:
 *
 *     i32        bytes of the record, a multiple of 8
 *     i32        kind
 *     f64        time of the arrival
 *     f64 …      the other numbers, NaN if absent
 *     i32 …      lengths of the texts in UTF-16 code units, -1 if absent
 *     UTF-8      the texts
 *     UTF-8      the body of the request, then that of the response
 *
 * An exchange has one other number, the bytes of its JSON, and then the JSON.
 */

const kinds = { recorded: 1, exchange: 2, filler: 15 } as const

/** Bytes of size, kind and time, which contain no secrets. */
export const prefixBytes = 16

const roundUp = (bytes: number): number => Math.ceil(bytes / 8) * 8

/** An entry that can be written: an exchange as JSON, or a request with its texts joined. One text is written faster than fifty. */
export type Source =
  | { readonly at: number; readonly json: string }
  | {
      readonly at: number
      readonly recorded: Recorded
      readonly texts: readonly (string | undefined)[]
      readonly joined: string
    }

export function toSource(entry: Entry): Source {
  if (!isRecorded(entry)) return { at: entry.at, json: JSON.stringify(entry) }
  const texts = textsOf(entry)
  let joined = ''
  for (const text of texts) if (text !== undefined) joined += text
  return { at: entry.at, recorded: entry, texts, joined }
}

export const timeAt = ({ floats }: RecordMemory, offset: number): number => floats[offset / 8 + 1] ?? 0

export const sizeAt = ({ words }: RecordMemory, offset: number): number => words[offset / 4] ?? 0

export const isFiller = ({ words }: RecordMemory, offset: number): boolean =>
  words[offset / 4 + 1] === kinds.filler

/** Leaves `bytes` unused, at least 8. */
export function writeFiller({ words }: RecordMemory, offset: number, bytes: number): void {
  words[offset / 4] = bytes
  words[offset / 4 + 1] = kinds.filler
}

/** At least the bytes of the record: three for each code unit, without a look at the texts. */
export function maxBytesOf(source: Source): number {
  if ('json' in source) return roundUp(prefixBytes + 8 + 3 * source.json.length)
  const { recorded, texts, joined } = source
  const bodies = maxBytesOfBody(recorded.request.body) + maxBytesOfBody(recorded.response.body)
  return roundUp(prefixBytes + 8 * fixedNumbers + 4 * texts.length + 3 * joined.length + bodies)
}

const maxBytesOfBody = (body: RecordedMessage['body']): number =>
  body === undefined ? 0 : typeof body === 'string' ? 3 * body.length : body.length

/** Writes a record at `offset`, where `maxBytesOf` bytes are free. Returns its bytes. Unpaired surrogates become U+FFFD. */
export function writeRecord(memory: RecordMemory, offset: number, source: Source): number {
  const end =
    'json' in source ? writeJson(memory, offset, source.json) : writeRecorded(memory, offset, source)
  const size = roundUp(end - offset)
  memory.words[offset / 4] = size
  memory.words[offset / 4 + 1] = 'json' in source ? kinds.exchange : kinds.recorded
  memory.floats[offset / 8 + 1] = source.at
  return size
}

function writeJson({ bytes, floats }: RecordMemory, offset: number, json: string): number {
  const start = offset + prefixBytes + 8
  const written = bytes.write(json, start)
  floats[(offset + prefixBytes) / 8] = written
  return start + written
}

function writeRecorded(
  { bytes, words, floats }: RecordMemory,
  offset: number,
  { recorded, texts, joined }: Extract<Source, { recorded: Recorded }>,
): number {
  const { request, response } = recorded
  const numbersAt = (offset + prefixBytes) / 8
  let lengthAt = 2 * (numbersAt + fixedNumbers)
  for (const text of texts) words[lengthAt++] = text === undefined ? -1 : text.length
  const start = 4 * lengthAt
  const textBytes = bytes.write(joined, start)
  const requestBytes = writeBody(bytes, start + textBytes, request.body)
  const responseAt = start + textBytes + (requestBytes ?? 0)
  const responseBytes = writeBody(bytes, responseAt, response.body)
  writeNumbers(floats, numbersAt, recorded, { textBytes, requestBytes, responseBytes })
  return responseAt + (responseBytes ?? 0)
}

const writeBody = (bytes: Buffer, start: number, body: RecordedMessage['body']): number | undefined => {
  if (body === undefined) return undefined
  return typeof body === 'string' ? bytes.write(body, start) : body.copy(bytes, start)
}

/** Reads the record at `offset`, which may not be longer than `size` bytes. Throws if it is damaged. */
export function readRecord(memory: RecordMemory, offset: number, size: number): Entry {
  switch (memory.words[offset / 4 + 1]) {
    case kinds.recorded:
      return readRecorded(memory, offset, size)
    case kinds.exchange:
      return readExchange(memory, offset, size)
    default:
      throw damaged()
  }
}

const damaged = () => new Error('A request is missing from the journal: its record in memory is damaged.')

function readExchange({ bytes, floats }: RecordMemory, offset: number, size: number): Exchange {
  const length = floats[(offset + prefixBytes) / 8] ?? 0
  const start = offset + prefixBytes + 8
  if (!(length >= 0 && start + length <= offset + size)) throw damaged()
  return JSON.parse(bytes.toString('utf8', start, start + length))
}

function readRecorded({ bytes, words, floats }: RecordMemory, offset: number, size: number): Recorded {
  let numberAt = (offset + prefixBytes) / 8
  let lengthAt = 2 * (numberAt + fixedNumbers)
  const end = offset + size
  if (4 * lengthAt > end) throw damaged()
  const number = (): number => floats[numberAt++] ?? Number.NaN
  const optional = (): number | undefined => {
    const value = number()
    return Number.isNaN(value) ? undefined : value
  }
  const count = (): number => {
    const value = number()
    if (!(value >= 0 && value <= size)) throw damaged()
    return value
  }

  const [requestHeaders, responseHeaders, secrets] = [count(), count(), count()]
  const start = 4 * (lengthAt + fixedTexts + requestHeaders + responseHeaders + secrets)
  const requestAt = start + count()
  const requestBytes = optional()
  const responseAt = requestAt + (requestBytes ?? 0)
  const responseBytes = optional()
  if (!(start <= requestAt && requestAt <= responseAt && responseAt + (responseBytes ?? 0) <= end))
    throw damaged()

  const joined = bytes.toString('utf8', start, requestAt)
  // Only then may a surrogate have lost the other half of its pair.
  const isAscii = joined.length === requestAt - start
  let textAt = 0
  const text = (): string | undefined => {
    const length = words[lengthAt++] ?? 0
    if (length < 0) return undefined
    const found = joined.slice(textAt, textAt + length)
    textAt += length
    return isAscii ? found : found.toWellFormed()
  }
  const texts = (count: number): string[] => {
    const found: string[] = []
    for (let left = count; left > 0; left--) found.push(text() ?? '')
    return found
  }
  const message = (headers: number, bodyAt: number, bodyBytes: number | undefined): RecordedMessage => ({
    headers: texts(headers),
    body: bodyBytes === undefined ? undefined : bytes.toString('utf8', bodyAt, bodyAt + bodyBytes),
    cutFrom: optional(),
    isMasked: number() === 1,
    limit: number(),
    margin: number(),
  })

  const recorded = {
    id: text() ?? '',
    parent: text(),
    at: floats[offset / 8 + 1] ?? 0,
    tenantTime: number(),
    microseconds: number(),
    method: text() ?? '',
    url: text() ?? '',
    status: number(),
    operation: text() as Operation,
    action: text() ?? '',
    enabled: toBoolean(optional()),
    results: optional(),
    membersAdded: optional(),
    membersRemoved: optional(),
    bulkOperations: optional(),
    tenant: text(),
    profile: text(),
    tokenId: text(),
    tokenEnding: text(),
    credential: text(),
    refusal: text() as Exchange['refusal'],
    unauthenticated: number() === 1,
    api: text() as AwsApi | undefined,
    apiOperation: text(),
    accessKey: text(),
    region: text(),
    targetType: text(),
    targetId: text(),
    targetLabel: text(),
    rule: text(),
    replayOf: text(),
    faultId: text(),
    faultSummary: text(),
    remoteAddress: text(),
    secretNames: text() ?? '',
    request: message(requestHeaders, requestAt, requestBytes),
    response: message(responseHeaders, responseAt, responseBytes),
    secrets: texts(secrets),
  }
  if (textAt !== joined.length) throw damaged()
  return recorded
}

const toBoolean = (value: number | undefined): boolean | undefined =>
  value === undefined ? undefined : value === 1

type Sizes = {
  readonly textBytes: number
  readonly requestBytes: number | undefined
  readonly responseBytes: number | undefined
}

function writeNumbers(floats: Float64Array, start: number, recorded: Recorded, sizes: Sizes): void {
  const { request, response, enabled } = recorded
  let at = start
  floats[at++] = request.headers.length
  floats[at++] = response.headers.length
  floats[at++] = recorded.secrets.length
  floats[at++] = sizes.textBytes
  floats[at++] = sizes.requestBytes ?? Number.NaN
  floats[at++] = sizes.responseBytes ?? Number.NaN
  floats[at++] = recorded.tenantTime
  floats[at++] = recorded.microseconds
  floats[at++] = recorded.status
  floats[at++] = enabled === undefined ? Number.NaN : Number(enabled)
  floats[at++] = recorded.results ?? Number.NaN
  floats[at++] = recorded.membersAdded ?? Number.NaN
  floats[at++] = recorded.membersRemoved ?? Number.NaN
  floats[at++] = recorded.bulkOperations ?? Number.NaN
  floats[at++] = Number(recorded.unauthenticated)
  floats[at++] = request.cutFrom ?? Number.NaN
  floats[at++] = Number(request.isMasked)
  floats[at++] = request.limit
  floats[at++] = request.margin
  floats[at++] = response.cutFrom ?? Number.NaN
  floats[at++] = Number(response.isMasked)
  floats[at++] = response.limit
  floats[at++] = response.margin
}
const fixedNumbers = 23

function textsOf(recorded: Recorded): readonly (string | undefined)[] {
  const texts = [
    recorded.id,
    recorded.parent,
    recorded.method,
    recorded.url,
    recorded.operation,
    recorded.action,
    recorded.tenant,
    recorded.profile,
    recorded.tokenId,
    recorded.tokenEnding,
    recorded.credential,
    recorded.refusal,
    recorded.api,
    recorded.apiOperation,
    recorded.accessKey,
    recorded.region,
    recorded.targetType,
    recorded.targetId,
    recorded.targetLabel,
    recorded.rule,
    recorded.replayOf,
    recorded.faultId,
    recorded.faultSummary,
    recorded.remoteAddress,
    recorded.secretNames,
  ]
  for (const text of recorded.request.headers) texts.push(text)
  for (const text of recorded.response.headers) texts.push(text)
  for (const text of recorded.secrets) texts.push(text)
  return texts
}
const fixedTexts = 25

/**
 * A request to be recorded and its response, with all secrets: what the thread of the requests knows, as plain values. The writer
 * of the journal makes an exchange of it. Members without a comment are those of the exchange, before their texts are redacted.
 */
export type Recorded = {
  readonly id: string
  readonly parent: string | undefined
  readonly at: number
  readonly tenantTime: number
  readonly microseconds: number
  readonly method: string
  readonly url: string
  readonly status: number
  readonly operation: Operation
  readonly action: string
  readonly enabled: boolean | undefined
  readonly results: number | undefined
  readonly membersAdded: number | undefined
  readonly membersRemoved: number | undefined
  readonly bulkOperations: number | undefined
  readonly tenant: string | undefined
  readonly profile: string | undefined
  readonly tokenId: string | undefined
  readonly tokenEnding: string | undefined
  readonly credential: string | undefined
  readonly refusal: Exchange['refusal']
  readonly unauthenticated: boolean
  readonly api: AwsApi | undefined
  readonly apiOperation: string | undefined
  readonly accessKey: string | undefined
  readonly region: string | undefined
  readonly targetType: string | undefined
  readonly targetId: string | undefined
  readonly targetLabel: string | undefined
  readonly rule: string | undefined
  readonly replayOf: string | undefined
  readonly faultId: string | undefined
  readonly faultSummary: string | undefined
  readonly remoteAddress: string | undefined
  readonly secretNames: string
  /** Secrets that the headers and the URL don't show: text, placeholder, text, placeholder … */
  readonly secrets: readonly string[]
  readonly request: RecordedMessage
  readonly response: RecordedMessage
}

export type RecordedMessage = {
  /** Name, value, name, value … */
  readonly headers: readonly string[]
  /** Bytes are UTF-8. */
  readonly body: Buffer | string | undefined
  readonly cutFrom: number | undefined
  readonly isMasked: boolean
  /** Characters of the body. */
  readonly limit: number
  /** Characters behind `limit` that are searched for secrets, since one may lie across the end. */
  readonly margin: number
}
