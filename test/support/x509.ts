import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'

const lengthOf = (bytes: number): Buffer => {
  if (bytes < 0x80) return Buffer.from([bytes])
  const digits = bytes.toString(16)
  const encoded = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  return Buffer.concat([Buffer.from([0x80 | encoded.length]), encoded])
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))

const sha256WithRsa = sequence(objectId('2a864886f70d01010b'), der(0x05))
const commonName = objectId('550403')

/** GeneralizedTime: `20260301093000Z`. */
const time = (date: Date) =>
  der(0x18, Buffer.from(`${date.toISOString().replace(/[-T:]/g, '').slice(0, 14)}Z`))

type Validity = { readonly name: string; readonly notBefore: Date; readonly notAfter: Date }

/** A self-signed certificate of an RSA key as PEM, which no client trusts. */
export function selfSignedCertificate(key: KeyObject, { name, notBefore, notAfter }: Validity): string {
  const names = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(name)))))
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    sha256WithRsa,
    names,
    sequence(time(notBefore), time(notAfter)),
    names,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, key))
  const base64 = sequence(content, sha256WithRsa, signature).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`
}
