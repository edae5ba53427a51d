import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { compact } from '../../../scim/json.ts'
import {
  type Assertion,
  type Metadata,
  type ResponseFacts,
  readAssertion,
  readMetadata,
  readResponse,
} from './documents.ts'
import { InputError } from './input-error.ts'
import {
  type CertificateFacts,
  certificateFacts,
  readCertificates,
  type SignatureResult,
  verifySignatures,
} from './signature.ts'
import { child, children, descendants, type Element, isNamed, namespaces, parseXml } from './xml.ts'

export type CheckInput = {
  readonly response: string
  readonly metadata?: string
  readonly certificate?: string
}

export type SignatureFacts =
  | {
      readonly kind: 'valid'
      readonly covers: 'response' | 'assertion'
      readonly certificate: CertificateFacts
      readonly isGiven: boolean
    }
  | Exclude<SignatureResult, { kind: 'valid' }>

export type MetadataFacts =
  | 'too-long'
  | (Omit<Metadata, 'certificates'> & { readonly certificates: readonly CertificateFacts[] })

/** What a response contains. Assertion and response are read from signed bytes only. */
export type Inspection = {
  readonly form: ResponseForm
  /** Hash of the decoded XML. */
  readonly sha256: string
  readonly assertions: number
  readonly encryptedAssertions: number
  readonly signature: SignatureFacts
  readonly metadata?: MetadataFacts
  readonly hasCertificates: boolean
  readonly response?: ResponseFacts
  /** The status codes, which identity providers do not sign if they report an error. */
  readonly unsignedStatuses: readonly string[]
  /** Absent unless exactly one assertion is signed. */
  readonly assertion?: Assertion
}

/** Reads a response and verifies its signature. Throws `InputError`. Takes up to a second: call it in a thread. */
export function inspectResponse({ response, metadata, certificate }: CheckInput): Inspection {
  const { form, xml, bytes } = decodeResponse(response)
  const root = parseXml(xml, 'response')
  if (!isNamed(root, namespaces.protocol, 'Response')) {
    throw new InputError(
      'response',
      'The XML is not a SAML 2.0 response. Paste the value of the form field SAMLResponse that the browser posts to AWS.',
    )
  }
  const provider = metadata === undefined ? undefined : (readMetadata(metadata) ?? 'too-long')
  const certificates = [
    ...(provider === undefined || provider === 'too-long' ? [] : provider.certificates),
    ...(certificate === undefined ? [] : readCertificates(certificate, 'certificate')),
  ]
  const assertions = descendants(root, namespaces.assertion, 'Assertion').length
  const signature = verifySignatures(xml, root, certificates)
  const signed = signature.kind === 'valid' ? parseXml(signature.signed, 'response') : undefined
  const assertion = assertions === 1 ? signedAssertion(signed) : undefined
  return {
    form,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    assertions,
    encryptedAssertions: children(root, namespaces.assertion, 'EncryptedAssertion').length,
    signature:
      signature.kind === 'valid'
        ? {
            kind: 'valid',
            covers: signature.covers,
            certificate: certificateFacts(signature.certificate),
            isGiven: signature.isGiven,
          }
        : signature,
    hasCertificates: certificates.length > 0,
    unsignedStatuses: readResponse(root).statuses,
    ...compact({ metadata: provider && metadataFacts(provider) }),
    ...(signed && isNamed(signed, namespaces.protocol, 'Response') && { response: readResponse(signed) }),
    ...(assertion && { assertion: readAssertion(assertion) }),
  }
}

const metadataFacts = (metadata: Metadata | 'too-long'): MetadataFacts =>
  metadata === 'too-long'
    ? metadata
    : { ...metadata, certificates: metadata.certificates.map(certificateFacts) }

/** The assertion in signed bytes: it is the signed element, or directly in the signed response. */
function signedAssertion(signed: Element | undefined): Element | undefined {
  if (!signed) return undefined
  return isNamed(signed, namespaces.assertion, 'Assertion')
    ? signed
    : child(signed, namespaces.assertion, 'Assertion')
}

/** The most bytes of a response, as pasted, decoded and inflated. */
const maxResponseBytes = 256 * 1024

type ResponseForm = 'base64' | 'deflated' | 'xml'

type DecodedResponse = {
  readonly form: ResponseForm
  readonly xml: string
  readonly bytes: Uint8Array
}

const fail = (message: string): never => {
  throw new InputError('response', message)
}

/** XML, base64 (SAML bindings §3.5), deflated base64 (§3.4), or a form or URL with `SAMLResponse`. */
function decodeResponse(text: string): DecodedResponse {
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
