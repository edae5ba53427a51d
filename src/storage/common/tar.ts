/** POSIX.1-2024, section pax: an archive consists of blocks of this many bytes. */
export const tarBlock = 512

export const isTar = (bytes: Buffer): boolean => bytes.toString('latin1', 257, 262) === 'ustar'

/** The bytes that follow a file of this size, up to the next block. */
export const tarPadding = (size: number): number => (tarBlock - (size % tarBlock)) % tarBlock

export const untilNul = (bytes: Buffer): string =>
  bytes.toString('utf8', 0, bytes.indexOf(0) < 0 ? bytes.length : bytes.indexOf(0))

/** NaN for an invalid number. */
export function octal(header: Buffer, at: number, length: number): number {
  const digits = header.toString('latin1', at, at + length).replaceAll(/[ \0]/g, '')
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN
}

/** The field of the checksum itself counts as blanks. */
export const checksumOf = (header: Buffer): number =>
  header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)

/** Larger sizes are written in binary, as GNU tar does: eleven octal digits end at 8 GiB. */
const maxOctalSize = 8 ** 11 - 1
const binarySize = 0x80

const sizeAt = 124

export function readTarSize(header: Buffer): number {
  if (header[sizeAt] !== binarySize) return octal(header, sizeAt, 12)
  return Number(header.readBigUInt64BE(sizeAt + 4))
}

/** The header of a file that only its owner can read. `name` has at most 100 bytes, `modified` is in milliseconds since 1970. */
export function tarHeader(name: string, size: number, modified: number): Buffer {
  const header = Buffer.alloc(tarBlock)
  const writeOctal = (value: number, at: number, digits: number) =>
    header.write(value.toString(8).padStart(digits, '0'), at, 'latin1')
  header.write(name)
  writeOctal(0o600, 100, 7)
  writeOctal(0, 108, 7)
  writeOctal(0, 116, 7)
  if (size <= maxOctalSize) writeOctal(size, sizeAt, 11)
  else {
    header[sizeAt] = binarySize
    header.writeBigUInt64BE(BigInt(size), sizeAt + 4)
  }
  writeOctal(Math.floor(modified / 1000), 136, 11)
  header.write('0', 156)
  header.write('ustar\x0000', 257, 'latin1')
  writeOctal(checksumOf(header), 148, 6)
  header.write('\0 ', 154, 'latin1')
  return header
}
