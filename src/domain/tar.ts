/** Bytes of a block: headers and contents begin at multiples of it. */
const block = 512

const encoder = new TextEncoder()

const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`

/**
 * The header of a file in a tar archive (POSIX ustar). Throws for a name that does not fit: 100 bytes, or 155 bytes of folders
 * before them.
 */
export function tarHeader(name: string, size: number): Uint8Array<ArrayBuffer> {
  const [prefix, last] = splitName(name)
  const header = new Uint8Array(block)
  const put = (text: string, at: number) => encoder.encodeInto(text, header.subarray(at))
  put(last, 0)
  put(octal(0o600, 7), 100)
  put(octal(0, 7), 108)
  put(octal(0, 7), 116)
  put(octal(size, 11), 124)
  put(octal(0, 11), 136)
  put(' '.repeat(8), 148)
  put('0', 156)
  put('ustar\u000000', 257)
  put(prefix, 345)
  const sum = header.reduce((total, byte) => total + byte, 0)
  put(`${octal(sum, 6)} `, 148)
  return header
}

function splitName(name: string): readonly [prefix: string, last: string] {
  const lengthOf = (text: string) => encoder.encode(text).length
  if (lengthOf(name) <= 100) return ['', name]
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
    const [prefix, last] = [name.slice(0, at), name.slice(at + 1)]
    if (lengthOf(prefix) <= 155 && lengthOf(last) <= 100) return [prefix, last]
  }
  throw new Error(`The path ${name} is too long for a tar file.`)
}

/** Zeros after the content of a file. */
export const tarPadding = (size: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array((block - (size % block)) % block)

export const tarEnd = new Uint8Array(2 * block)
