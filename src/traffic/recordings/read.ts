import { isObject, type Json, parseJson } from '../../scim/json.ts'
import { readBlocks, SessionFileError } from '../session-file/read-blocks.ts'
import { type Captured, toRecordedRequest } from './captured.ts'
import { explainIssues, UnusableRecording } from './errors.ts'
import { readExchanges } from './read-exchanges.ts'
import { readHar } from './read-har.ts'
import {
  type Provenance,
  provenanceSchema,
  type RecordedRequest,
  type Recording,
  recordedRequestSchema,
} from './recording.ts'
import { findClearSecret, maskSecrets } from './secrets.ts'
import { findService } from './service.ts'

type SourceKind = 'recording' | 'har' | 'journal' | 'session'

export type RecordingSource = {
  readonly kind: SourceKind
  readonly provenance?: Provenance
  /** Oldest first, without secrets. */
  readonly requests: readonly RecordedRequest[]
}

/** Recording, HAR file, NDJSON export or HTML session file, by the text itself. Throws `UnusableRecording`. */
export function readRecordingSource(received: string): RecordingSource {
  // Proxies on Windows begin their files with a byte order mark.
  const text = received.replace(/^\ufeff/, '')
  const start = text.slice(0, 2000).trimStart()
  if (/^<!doctype html>/i.test(start)) return fromCaptured('session', readExchanges(sessionRequests(text)))
  const whole = /^\{\s*"log"\s*:/.test(start) ? parseWhole(text) : undefined
  if (whole !== undefined) return fromCaptured('har', readHar(whole))
  const lines = parseLines(text)
  const [first] = lines
  if (first === undefined) throw new UnusableRecording('It is empty.')
  if (isObject(first.value) && 'recording' in first.value) return { kind: 'recording', ...readLines(lines) }
  if (isObject(first.value) && 'url' in first.value && 'response' in first.value)
    return fromCaptured('journal', readExchanges(lines.map(({ value }) => value)))
  throw new UnusableRecording(
    'It is neither a recording, nor a HAR file, an export of the journal as NDJSON, or a session file. The first line of a recording is {"recording":1,…}.',
  )
}

const fromCaptured = (kind: SourceKind, captured: readonly Captured[]): RecordingSource => {
  const { base, requests } = findService(maskSecrets(captured))
  return { kind, requests: requests.map(one => toRecordedRequest(one, base)) }
}

const parseWhole = (text: string): Json => {
  try {
    return parseJson(text)
  } catch (error) {
    throw new UnusableRecording(`It is not JSON: ${(error as Error).message}`)
  }
}

type Line = { readonly number: number; readonly value: Json }

/** One JSON value per line; empty lines are allowed. */
function parseLines(text: string): readonly Line[] {
  const lines: Line[] = []
  let number = 0
  for (const line of text.split(/\r?\n/)) {
    number += 1
    if (line.trim() === '') continue
    try {
      lines.push({ number, value: parseJson(line) })
    } catch (error) {
      const reason = (error as Error).message.replace(/^line 1, /, '')
      throw new UnusableRecording(`Line ${number} is not JSON: ${reason}`)
    }
  }
  return lines
}

function readLines([first, ...others]: readonly Line[]): Recording {
  const head = provenanceSchema.safeParse(first?.value)
  if (!head.success) throw new UnusableRecording(`Line ${first?.number}: ${explainIssues(head.error)}`)
  const provenance = head.data
  const requests = others.map(({ number, value }) => {
    const parsed = recordedRequestSchema.safeParse(value)
    if (!parsed.success) throw new UnusableRecording(`Line ${number}: ${explainIssues(parsed.error)}`)
    checkCertainty(provenance, parsed.data, number)
    checkSecrets(parsed.data, number)
    return parsed.data
  })
  if (requests.length === 0) throw new UnusableRecording('It has no request: each further line is one.')
  return { provenance, requests }
}

/** Nothing that was composed by hand counts as captured. */
function checkCertainty({ capture, certainty }: Provenance, request: RecordedRequest, number: number): void {
  if (capture.how !== 'composed' || (request.certainty ?? certainty) !== 'captured') return
  throw new UnusableRecording(
    `Line ${number}: a request of a composed recording is not "captured". State observed, documented, inferred or assumed.`,
  )
}

/** A recording is for everybody, and its requests are sent to other servers. */
function checkSecrets(request: RecordedRequest, number: number): void {
  const place = findClearSecret(request)
  if (place === undefined) return
  throw new UnusableRecording(
    `Line ${number}: ${place}: A credential or password is not masked. Replace it by ***, and the value of Authorization by a scheme and ***.`,
  )
}

function sessionRequests(html: string): readonly unknown[] {
  const items: unknown[] = []
  let hasBlock = false
  try {
    for (const { name, text } of readBlocks(Buffer.from(html))) {
      if (name !== 'requests') continue
      hasBlock = true
      const block = parseWhole(text)
      if (Array.isArray(block)) for (const item of block) items.push(item)
    }
  } catch (error) {
    throw error instanceof SessionFileError ? new UnusableRecording(error.message) : error
  }
  if (hasBlock) return items
  throw new UnusableRecording(
    'It is an HTML file without requests of a session. `scimulator session export` writes one.',
  )
}

export const writeRecording = ({ provenance, requests }: Recording): string =>
  [provenance, ...requests].map(line => `${JSON.stringify(line)}\n`).join('')
