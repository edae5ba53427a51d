import type { IncomingMessage } from 'node:http'
import { Problem } from './problem.ts'

/** Bytes of the first buffer of a body of unknown length. */
const initialLength = 1024 * 1024

/**
 * Reads a body into a buffer of its own, which can be moved to a thread. Joining the parts of a large body at its end would block
 * the event loop. Throws a Problem for more than `limit` bytes.
 */
export async function readFileBody(
  payload: IncomingMessage,
  stated: string | undefined,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const expected = stated === undefined ? initialLength : Number(stated)
  if (expected > limit) throw tooLarge(limit)
  let bytes = new Uint8Array(expected)
  let length = 0
  for await (const part of payload as AsyncIterable<Buffer>) {
    const end = length + part.byteLength
    if (end > limit) throw tooLarge(limit)
    if (end > bytes.byteLength) {
      const larger = new Uint8Array(Math.min(limit, Math.max(end, 2 * bytes.byteLength)))
      larger.set(bytes.subarray(0, length))
      bytes = larger
    }
    bytes.set(part, length)
    length = end
  }
  return bytes.subarray(0, length)
}

const tooLarge = (limit: number) =>
  new Problem('too-large', `The file is larger than the limit of ${Math.round(limit / 1024 / 1024)} MiB.`)
