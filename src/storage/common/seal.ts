import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

export type Seal = {
  seal(text: string, name: string): Buffer
  /** Undefined for what was sealed with another key or for another name. */
  open(sealed: Buffer, name: string): string | undefined
}

const algorithm = 'aes-256-gcm'
const keyLength = 32
const ivLength = 12
const tagLength = 16

/** Characters. */
export const minSealKeyLength = 32

export const newSealKey = (): string => randomBytes(keyLength).toString('base64')

export function createSeal(key: string): Seal {
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'scimulator access keys', keyLength))
  return {
    seal: (text, name) => {
      const iv = randomBytes(ivLength)
      const cipher = createCipheriv(algorithm, derived, iv, { authTagLength: tagLength })
      cipher.setAAD(Buffer.from(name))
      return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()])
    },
    open: (sealed, name) => {
      if (sealed.length < ivLength + tagLength) return undefined
      const iv = sealed.subarray(0, ivLength)
      const decipher = createDecipheriv(algorithm, derived, iv, { authTagLength: tagLength })
      decipher.setAAD(Buffer.from(name))
      decipher.setAuthTag(sealed.subarray(-tagLength))
      try {
        const opened = [decipher.update(sealed.subarray(ivLength, -tagLength)), decipher.final()]
        return Buffer.concat(opened).toString()
      } catch {
        return undefined
      }
    },
  }
}
