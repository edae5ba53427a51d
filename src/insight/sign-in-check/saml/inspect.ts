import { createHash } from 'node:crypto'
import { compact } from '../../../scim/json.ts'
import { type Assertion, type ResponseFacts, readAssertion, readResponse } from './assertion.ts'
import { type CertificateFacts, certificateFacts, readCertificates } from './certificate.ts'
import { decodeResponse, type ResponseForm } from './decode.ts'
import { InputError } from './input-error.ts'
import { type Metadata, readMetadata } from './metadata.ts'
import { type SignatureResult, verifySignatures } from './signature.ts'
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
