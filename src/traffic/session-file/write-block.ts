import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import { blockEnd, blockStart, gzipType, jsonType, unpackedLimits } from './read-blocks.ts'

const portionLength = 64 * 1024

/** Bytes that are encoded as Base64 at a time: a multiple of 3, so that only the last portion is padded. */
const packedPortion = 48 * 1024

/** JSON that cannot end its element or begin a comment: in JSON, `<` occurs within strings only. */
export const embeddableJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')

/** A data block as JSON, which browsers do not execute (HTML §4.12.1). `texts` are made by `embeddableJson`. */
export const plainBlock = (name: string, texts: readonly string[]): string =>
  `${blockStart(jsonType)}${name}">${texts.join('')}${blockEnd}\n`

/** Compression is in slices, in a thread of Node.js. JSON stays plain if it would exceed the ratio of readers. */
export async function* writeBlock(
  name: string,
  texts: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const plain = await encode(texts, signal)
  const packed = Buffer.concat(await Readable.from(plain).pipe(createGzip({ level })).toArray({ signal }))
  const isAccepted = lengthOf(plain) <= unpackedLimits.ratio * packed.byteLength
  yield `${blockStart(isAccepted ? gzipType : jsonType)}${name}">`
  if (isAccepted) {
    for (let at = 0; at < packed.byteLength; at += packedPortion) {
      yield packed.toString('base64', at, at + packedPortion)
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
    }
  } else for (const bytes of plain) yield bytes.toString()
  yield `${blockEnd}\n`
}

/** Level 3 of gzip takes half the time of the default, and its result is a sixth larger. */
const level = 3

async function encode(texts: readonly string[], signal: AbortSignal | undefined): Promise<readonly Buffer[]> {
  const portions: Buffer[] = []
  let waiting: string[] = []
  let length = 0
  const end = () => {
    portions.push(Buffer.from(waiting.join('')))
    waiting = []
    length = 0
  }
  for (const text of texts) {
    waiting.push(text)
    length += text.length
    if (length < portionLength) continue
    end()
    if (sharedSlices.isOver()) await sharedSlices.next(signal)
  }
  if (length > 0) end()
  return portions
}

const lengthOf = (portions: readonly Buffer[]): number =>
  portions.reduce((length, { byteLength }) => length + byteLength, 0)
