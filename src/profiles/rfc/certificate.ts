import { X509Certificate } from 'node:crypto'

const derSequence = 0x30

/** Whether a text is one X.509 certificate in DER, in base64, and nothing after it. */
export function isCertificate(base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64')
  // PEM in base64 would be read as well, but is no DER.
  if (bytes[0] !== derSequence) return false
  try {
    return new X509Certificate(bytes).raw.length === bytes.length
  } catch {
    return false
  }
}
