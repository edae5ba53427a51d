import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16
const maxLength = 4000

export type Seal = {
  seal(value: object): string
  /** What was sealed with the present key for this purpose; undefined for anything else. */
  open(text: string): unknown
}

/** Encrypts and authenticates values. Instances over one database share the key. */
export function createSeal(key: () => Buffer, purpose: string): Seal {
  const derivedKey = () => Buffer.from(hkdfSync('sha256', key(), '', `scimulator console ${purpose}`, 32))
  return {
    seal(value) {
      const iv = randomBytes(ivLength)
      const cipher = createCipheriv(algorithm, derivedKey(), iv, { authTagLength: tagLength })
      const sealed = [cipher.update(JSON.stringify(value)), cipher.final()]
      return Buffer.concat([iv, ...sealed, cipher.getAuthTag()]).toString('base64url')
    },
    open(text) {
      const bytes = Buffer.from(text.length > maxLength ? '' : text, 'base64url')
      if (bytes.length <= ivLength + tagLength) return undefined
      const decipher = createDecipheriv(algorithm, derivedKey(), bytes.subarray(0, ivLength), {
        authTagLength: tagLength,
      })
      decipher.setAuthTag(bytes.subarray(-tagLength))
      try {
        const opened = [decipher.update(bytes.subarray(ivLength, -tagLength)), decipher.final()]
        return JSON.parse(Buffer.concat(opened).toString('utf8'))
      } catch {
        return undefined
      }
    },
  }
}
