import { X509Certificate } from 'node:crypto'
import { InputError, type InputField } from './input-error.ts'

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
