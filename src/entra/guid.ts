import { createHash } from 'node:crypto'

/** A GUID that is always the same for the same text, and another one for every other (RFC 9562, version 8). */
export function guidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest()
  bytes[6] = 0x80 | (bytes.readUInt8(6) & 0x0f)
  bytes[8] = 0x80 | (bytes.readUInt8(8) & 0x3f)
  const hex = bytes.toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
