import { inflateRawSync } from 'node:zlib'
import { InputError } from './input-error.ts'

/** The most bytes of a response, as pasted, decoded and inflated. */
const maxResponseBytes = 256 * 1024

export type ResponseForm = 'base64' | 'deflated' | 'xml'

type DecodedResponse = {
  readonly form: ResponseForm
  readonly xml: string
  readonly bytes: Uint8Array
}

const fail = (message: string): never => {
  throw new InputError('response', message)
}

/** XML, base64 (SAML bindings §3.5), deflated base64 (§3.4), or a form or URL with `SAMLResponse`. */
export function decodeResponse(text: string): DecodedResponse {
  if (Buffer.byteLength(text) > maxResponseBytes) fail('The response is larger than 256 KiB.')
  const pasted = extractParameter(text).trim()
  if (pasted === '')
    fail('The response is empty. Paste the value of the form field SAMLResponse, or the XML.')
  if (pasted.startsWith('<')) return { form: 'xml', xml: pasted, bytes: Buffer.from(pasted) }
  const bytes = decodeBase64(pasted)
  if (startsWithMarkup(bytes)) return { form: 'base64', xml: decodeUtf8(bytes), bytes }
  const inflated = inflate(bytes)
  return { form: 'deflated', xml: decodeUtf8(inflated), bytes: inflated }
}

function extractParameter(text: string): string {
  const [, value] = /(?:^|[?&\s])SAMLResponse=([^&\s]*)/.exec(text) ?? []
  return value === undefined ? text : decodePercent(value)
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function decodeBase64(text: string): Uint8Array {
  const value = decodePercent(text).replace(/\s+/g, '')
  if (/^[\w+/-]+={0,2}$/.test(value)) return Buffer.from(value, 'base64')
  return fail('The response is neither XML nor base64. Paste the value of the form field SAMLResponse.')
}

const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

/** Also after white space and a byte order mark. */
function startsWithMarkup(bytes: Uint8Array): boolean {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  return bytes.subarray(start).find(byte => !isSpace(byte)) === 0x3c
}

function inflate(bytes: Uint8Array): Uint8Array {
  let inflated: Uint8Array
  try {
    inflated = inflateRawSync(bytes, { maxOutputLength: maxResponseBytes })
  } catch (error) {
    return (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
      ? fail('The inflated response is larger than 256 KiB.')
      : fail('The base64 text contains neither XML nor deflated XML. Copy the whole value.')
  }
  return startsWithMarkup(inflated) ? inflated : fail('The inflated text is not XML. Copy the whole value.')
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim()
  } catch {
    return fail('The response is not UTF-8 text.')
  }
}
