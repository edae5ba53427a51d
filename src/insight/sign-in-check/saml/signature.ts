import { X509Certificate } from 'node:crypto'
import { type SignatureAlgorithm, SignedXml } from 'xml-crypto'
import { InputError, type InputField } from './input-error.ts'
import {
  attribute,
  attributeValues,
  child,
  children,
  descendants,
  type Element,
  isNamed,
  namespaces,
  textOf,
} from './xml.ts'

type ValidSignature = {
  readonly kind: 'valid'
  readonly covers: 'response' | 'assertion'
  readonly signed: string
  readonly certificate: X509Certificate
  /** Whether it is one of the identity provider's certificates, or else only part of the response. */
  readonly isGiven: boolean
}

export type SignatureResult =
  | ValidSignature
  | { readonly kind: 'missing' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'unsupported'; readonly reason: string }

const invalid = (reason: string): SignatureResult => ({ kind: 'invalid', reason })

const transforms: ReadonlySet<string> = new Set([
  'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  'http://www.w3.org/2001/10/xml-exc-c14n#',
  'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
])

/**
 * Verifies the signatures of a response with the certificates of the identity provider, or with the certificate in the signature
 * (SAML core §5). A signature belongs to the response or to an assertion directly in it, and refers to that element by its ID:
 * anything else could wrap signed content. The signature of the response takes precedence over that of the assertion.
 */
export function verifySignatures(
  xml: string,
  root: Element,
  certificates: readonly X509Certificate[],
): SignatureResult {
  const signatures = descendants(root, namespaces.signature, 'Signature')
  if (signatures.length === 0) return { kind: 'missing' }
  const ids = attributeValues(root, 'ID')
  if (new Set(ids).size < ids.length) return invalid('Two elements have the same ID.')
  const signable = [root, ...children(root, namespaces.assertion, 'Assertion')]
  const owned = signable.flatMap(element =>
    children(element, namespaces.signature, 'Signature').map(signature => ({ element, signature })),
  )
  if (owned.length < signatures.length) {
    return invalid('A signature is neither directly in the response nor directly in an assertion of it.')
  }
  if (new Set(owned.map(({ element }) => element)).size < owned.length) {
    return invalid('An element has more than one signature.')
  }
  const results = owned.map(({ element, signature }) => verifyOne(xml, element, signature, certificates))
  return results.find(({ kind }) => kind !== 'valid') ?? results[0] ?? { kind: 'missing' }
}

function verifyOne(
  xml: string,
  element: Element,
  signature: Element,
  certificates: readonly X509Certificate[],
): SignatureResult {
  const fault = findReferenceFault(element, signature)
  if (fault !== undefined) return invalid(fault)
  const [embedded] = descendants(signature, namespaces.signature, 'X509Certificate').flatMap(
    each => readCertificate(textOf(each)) ?? [],
  )
  const candidates = [...certificates, ...(embedded ? [embedded] : [])]
  if (candidates.length === 0) {
    return invalid('The signature contains no certificate, and no metadata or certificate was given.')
  }
  const result = check(xml, signature, candidates)
  if ('kind' in result) return result
  const { signed, certificate } = result
  return {
    kind: 'valid',
    covers: isNamed(element, namespaces.assertion, 'Assertion') ? 'assertion' : 'response',
    signed,
    certificate,
    isGiven: certificates.includes(certificate),
  }
}

function findReferenceFault(element: Element, signature: Element): string | undefined {
  const info = child(signature, namespaces.signature, 'SignedInfo')
  const references = info ? children(info, namespaces.signature, 'Reference') : []
  const [reference] = references
  if (!reference || references.length > 1) return 'A signature does not have exactly one reference.'
  const id = attribute(element, 'ID')
  if (id === undefined || id === '' || attribute(reference, 'URI') !== `#${id}`) {
    return 'A signature refers to another element than the one that contains it (signature wrapping).'
  }
  const used = descendants(reference, namespaces.signature, 'Transform').map(
    each => attribute(each, 'Algorithm') ?? '',
  )
  return used.length <= 2 && used.every(algorithm => transforms.has(algorithm))
    ? undefined
    : 'A signature uses transforms that SAML does not allow.'
}

type Checked = { readonly signed: string; readonly certificate: X509Certificate }

function check(
  xml: string,
  signature: Element,
  certificates: readonly X509Certificate[],
): Checked | SignatureResult {
  const { verifier, matching } = createVerifier(certificates)
  try {
    verifier.loadSignature(signature as never)
    const [signed, ...others] = verifier.checkSignature(xml) ? verifier.getSignedReferences() : []
    const certificate = matching()
    if (signed !== undefined && others.length === 0 && certificate) return { signed, certificate }
    return invalid(
      'The content was changed after it was signed. If a tool has formatted the XML, paste the base64 text of the form field SAMLResponse instead.',
    )
  } catch (error) {
    // The messages of the library quote the response.
    return error instanceof Error && /is not supported/.test(error.message)
      ? { kind: 'unsupported', reason: 'The signature uses an algorithm that this check does not support.' }
      : invalid('The signature was not made with the key of the certificate.')
  }
}

/** The library takes one key and canonicalizes the content for it: its algorithms try all keys instead. */
function createVerifier(certificates: readonly X509Certificate[]) {
  const verifier = new SignedXml({ publicCert: certificates[0]?.toString() ?? '' })
  let matching: X509Certificate | undefined
  for (const [name, Algorithm] of Object.entries(verifier.SignatureAlgorithms)) {
    verifier.SignatureAlgorithms[name] = class extends Algorithm {
      override verifySignature = (material: string, _key: unknown, value: string): boolean => {
        matching = certificates.find(certificate => verifies(new Algorithm(), material, certificate, value))
        return matching !== undefined
      }
    }
  }
  return { verifier, matching: () => matching }
}

function verifies(
  algorithm: SignatureAlgorithm,
  material: string,
  certificate: X509Certificate,
  value: string,
): boolean {
  try {
    return algorithm.verifySignature(material, certificate.toString(), value)
  } catch {
    return false
  }
}

export type CertificateFacts = {
  readonly subject: string
  /** Hexadecimal digits of the hash of the DER form. */
  readonly sha256: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
}

/** The text between the lines of a PEM file, or the content of `X509Certificate` in XML. */
export function readCertificate(base64: string): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(base64.replace(/\s+/g, ''), 'base64'))
  } catch {
    return undefined
  }
}

const maxCertificates = 16

export function readCertificates(text: string, field: InputField): readonly X509Certificate[] {
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)].map(
    ([, content = '']) => content,
  )
  const certificates = (blocks.length > 0 ? blocks : [text]).slice(0, maxCertificates).map(readCertificate)
  const valid = certificates.filter(certificate => certificate !== undefined)
  if (valid.length === certificates.length) return valid
  throw new InputError(
    field,
    'The certificate cannot be read. Paste the X.509 certificate as PEM or as base64.',
  )
}

export const certificateFacts = (certificate: X509Certificate): CertificateFacts => ({
  subject: certificate.subject.replaceAll('\n', ', '),
  sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  notBefore: certificate.validFromDate.getTime(),
  notAfter: certificate.validToDate.getTime(),
})
