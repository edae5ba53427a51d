import { isObject, type Json, parseJson } from '../../scim/json.ts'
import { readBlocks, SessionFileError } from '../session-file.ts'
import { explainIssues, UnusableRecording } from './errors.ts'
import { type Captured, pathOf, readExchanges, readHar, toRecordedRequest } from './read-captured.ts'
import {
  type Provenance,
  provenanceSchema,
  type RecordedRequest,
  type Recording,
  recordedRequestSchema,
} from './recording.ts'
import { findClearSecret, isFormMessage, maskSecrets } from './secrets.ts'

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

const endpoint =
  /^(.*?)\/(Users|Groups|Me|Bulk|Schemas|ResourceTypes|ServiceProviderConfig|\.search)(?=[/?#]|$)/

export type Service = { readonly base: string; readonly requests: readonly Captured[] }

/**
 * The requests to the one SCIM service of a file, with the path of its base. Other requests are left out. Throws
 * `UnusableRecording` if there is no service, or several: the requests of two servers are not one recording.
 */
function findService(captured: readonly Captured[]): Service {
  const addresses = new Map<string, Captured[]>()
  for (const one of captured) {
    const [, base] = endpoint.exec(pathOf(one.url).split('?', 1)[0] ?? '') ?? []
    if (base === undefined) continue
    const address = originOf(one.url) + base
    const known = addresses.get(address)
    if (known) known.push(one)
    else addresses.set(address, [one])
  }
  const [only, ...others] = addresses
  if (only === undefined) {
    throw new UnusableRecording(
      'It has no SCIM request: no path has a segment such as /Users, /Groups or /ServiceProviderConfig.',
    )
  }
  if (others.length > 0) {
    throw new UnusableRecording(
      `It has requests to ${addresses.size} services: ${[...addresses.keys()].slice(0, 5).join(', ')}. Export the requests to one of them.`,
    )
  }
  const [address] = only
  const base = address.slice(originOf(address).length)
  // Requests below the base to endpoints of declared types belong to it, too, but those to a token endpoint don't.
  const isBelow = ({ url, request }: Captured) =>
    originOf(url) === originOf(address) && pathOf(url).startsWith(`${base}/`) && !isFormMessage(request)
  return { base, requests: captured.filter(isBelow) }
}

const originOf = (url: string): string => url.slice(0, url.length - pathOf(url).length)
