import { createCipheriv, createDecipheriv, hash } from 'node:crypto'
import type { Membership } from '../ports/memberships.ts'

/** What the id of a membership says: enough to find it by keys. */
export type MembershipParts = {
  /** The beginning of the id of the group. */
  readonly groupPrefix: string
  readonly key: number
  /** The time of joining, shortened. */
  readonly joined: number
}

const bytesOfPrefix = 6
const bytesOfNumber = 5
const modulus = 2 ** (8 * bytesOfNumber)

/**
 * The id of a membership, in the form of a UUID. It is not stored: it consists of what identifies the membership, encrypted
 * with a key that follows from the tenant's id. So it stays the same after a restart and in snapshots, and joining again gives
 * another.
 */
export function toMembershipId(tenant: string, { group, key, at }: Membership): string {
  const block = Buffer.alloc(16)
  block.write(group.replaceAll('-', '').slice(0, 2 * bytesOfPrefix), 'hex')
  block.writeUIntBE(key % modulus, bytesOfPrefix, bytesOfNumber)
  block.writeUIntBE(shorten(at), bytesOfPrefix + bytesOfNumber, bytesOfNumber)
  const cipher = createCipheriv(algorithm, keyOf(tenant), null).setAutoPadding(false)
  const hex = Buffer.concat([cipher.update(block), cipher.final()]).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Undefined for an id that no membership can have. */
export function readMembershipId(tenant: string, id: string): MembershipParts | undefined {
  const sealed = Buffer.from(id.replaceAll('-', ''), 'hex')
  if (sealed.length !== 16) return undefined
  const decipher = createDecipheriv(algorithm, keyOf(tenant), null).setAutoPadding(false)
  const block = Buffer.concat([decipher.update(sealed), decipher.final()])
  const prefix = block.toString('hex', 0, bytesOfPrefix)
  return {
    groupPrefix: `${prefix.slice(0, 8)}-${prefix.slice(8)}`,
    key: block.readUIntBE(bytesOfPrefix, bytesOfNumber),
    joined: block.readUIntBE(bytesOfPrefix + bytesOfNumber, bytesOfNumber),
  }
}

/** Whether a membership that was found by the parts of an id is the one that the id was made for. */
export const isSameMembership = ({ key, at }: Membership, parts: MembershipParts): boolean =>
  key === parts.key && shorten(at) === parts.joined

/** Milliseconds modulo 34 years. */
const shorten = (at: number): number => at % modulus

/** One block, which contains no repetition, needs no chaining. */
const algorithm = 'aes-128-ecb'
const keyOf = (tenant: string): Buffer =>
  hash('sha256', `scimulator membership ${tenant}`, 'buffer').subarray(0, 16)
