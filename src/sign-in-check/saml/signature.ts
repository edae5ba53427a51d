import type { X509Certificate } from 'node:crypto'
import { SignedXml } from 'xml-crypto'
import { readCertificate } from './certificate.ts'
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

/** What a signature covers, with the bytes that were signed and the certificate that verifies it. */
export type ValidSignature = {
  readonly kind: 'valid'
  readonly covers: 'response' | 'assertion'
  /** The canonical form of the signed element, as XML. */
  readonly signed: string
  readonly certificate: X509Certificate
  /** Whether it is one of the identity provider's certificates, or else only part of the response. */
  readonly isGiven: boolean
}

export type SignatureResult =
  | ValidSignature
  | { readonly kind: 'missing' }
  /** Why nothing of the response can be relied on. */
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
  const covers = isNamed(element, namespaces.assertion, 'Assertion') ? 'assertion' : 'response'
  let failure: SignatureResult = invalid(
    'The response contains no certificate, and neither metadata nor a certificate was given.',
  )
  for (const certificate of [...certificates, ...(embedded ? [embedded] : [])]) {
    const result = checkWith(xml, signature, certificate)
    if (typeof result === 'string') {
      const isGiven = certificates.includes(certificate)
      return { kind: 'valid', covers, signed: result, certificate, isGiven }
    }
    failure = result
  }
  return failure
}

/** Whether the signature refers to the element that contains it, and only to that. */
function findReferenceFault(element: Element, signature: Element): string | undefined {
  const info = child(signature, namespaces.signature, 'SignedInfo')
  const references = info ? children(info, namespaces.signature, 'Reference') : []
  const [reference] = references
  if (!reference || references.length > 1) return 'A signature does not have exactly one reference.'
  const id = attribute(element, 'ID')
  if (id === undefined || id === '' || attribute(reference, 'URI') !== `#${id}`) {
    return 'A signature refers to another element than the one that contains it (signature wrapping).'
  }
  const used = descendants(reference, namespaces.signature, 'Transform').map(each => attribute(each, 'Algorithm') ?? '')
  return used.length <= 2 && used.every(algorithm => transforms.has(algorithm))
    ? undefined
    : 'A signature uses transforms that SAML does not allow.'
}

/** The bytes that were signed, or why the signature is not valid with this certificate. */
function checkWith(xml: string, signature: Element, certificate: X509Certificate): string | SignatureResult {
  const check = new SignedXml({ publicCert: certificate.toString() })
  try {
    check.loadSignature(signature as never)
    if (check.checkSignature(xml)) {
      const [signed, ...others] = check.getSignedReferences()
      if (signed !== undefined && others.length === 0) return signed
    }
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
