import { Readable } from 'node:stream'
import { createGzip, gunzipSync } from 'node:zlib'
import { sharedSlices } from '../domain/event-loop/slices.ts'

/** The file can't be opened. `message` is one sentence with the reason and the remedy. */
export class SessionFileError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SessionFileError'
  }
}

type Block = { readonly name: string; readonly text: string }

/** The types of the elements that hold data: JSON, or gzip (RFC 1952) of it in Base64. */
const jsonType = 'application/json'
const gzipType = 'application/gzip'

const blockStart = (type: typeof jsonType | typeof gzipType): string => `<script type="${type}" data-block="`
const blockEnd = '</script>'

/** A hostile file may state megabytes in a few bytes. */
export type UnpackedLimits = {
  readonly total: number
  /** Bytes of one block. An export ends a block after 256 KiB; a single resource with its history may be longer. */
  readonly block: number
  /** The size of a block divided by its compressed size. An export does not compress blocks beyond it. */
  readonly ratio: number
}

const mebibyte = 1024 * 1024

const unpackedLimits: UnpackedLimits = { total: 4096 * mebibyte, block: 64 * mebibyte, ratio: 200 }

const fileStart = '<!doctype html>'
const fileEnd = '</html>'
/** Bytes before the end of the file among which `fileEnd` must be: editors may add white space. */
const longestEnd = 64
const longestName = 64
const elementStart = '<script type="'

const starts = [
  { start: blockStart(jsonType), isPacked: false },
  { start: blockStart(gzipType), isPacked: true },
]
const longestStart = Math.max(...starts.map(({ start }) => start.length))

/**
 * The data blocks of a session file, in their order, each decompressed when it is reached. Everything else in the file is ignored.
 * Throws `SessionFileError` if it is no session file, incomplete, or beyond the limits.
 */
export function* readBlocks(file: Buffer, limits: UnpackedLimits = unpackedLimits): Generator<Block> {
  if (!isSessionFile(file)) {
    throw new SessionFileError(
      'This is not a session file. Choose an HTML file that "Export session" or `scimulator session export` has saved.',
    )
  }
  if (!file.subarray(-longestEnd).includes(fileEnd)) {
    throw new SessionFileError(
      'The session file is incomplete: its end is missing. Export the session again.',
    )
  }
  let left = limits.total
  for (let at = file.indexOf(elementStart); at >= 0; ) {
    const start = startAt(file, at)
    if (!start) {
      at = file.indexOf(elementStart, at + elementStart.length)
      continue
    }
    const nameEnd = file.indexOf('">', start.nameAt)
    const end = file.indexOf(blockEnd, start.nameAt)
    if (nameEnd < 0 || nameEnd > start.nameAt + longestName || end < nameEnd) {
      throw damaged('a data block has no end')
    }
    const content = file.subarray(nameEnd + 2, end)
    const bytes = start.isPacked ? unpack(content, limits) : content
    if (bytes.byteLength > limits.block) throw blockTooLarge(limits)
    left -= bytes.byteLength
    if (left < 0) {
      throw new SessionFileError(
        `The session can't be opened: its data is larger than ${inMebibytes(limits.total)}. Export a part of the requests, with a search.`,
      )
    }
    yield { name: file.toString('utf8', start.nameAt, nameEnd), text: bytes.toString() }
    at = file.indexOf(elementStart, end)
  }
}

const isSessionFile = (file: Buffer): boolean =>
  file.subarray(0, fileStart.length).toString().toLowerCase() === fileStart &&
  file.includes(blockStart(jsonType))

function startAt(
  file: Buffer,
  at: number,
): { readonly nameAt: number; readonly isPacked: boolean } | undefined {
  const text = file.toString('latin1', at, at + longestStart)
  const found = starts.find(({ start }) => text.startsWith(start))
  return found && { nameAt: at + found.start.length, isPacked: found.isPacked }
}

function unpack(content: Buffer, limits: UnpackedLimits): Buffer {
  const { block, ratio } = limits
  const packed = Buffer.from(content.toString('latin1'), 'base64')
  const maxOutputLength = Math.min(block, ratio * packed.byteLength)
  try {
    return gunzipSync(packed, { maxOutputLength })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ERR_BUFFER_TOO_LARGE') throw damaged('a data block cannot be decompressed')
    if (maxOutputLength === block) throw blockTooLarge(limits)
    throw new SessionFileError(
      `The session can't be opened: a data block decompresses to more than ${ratio} times its size. Export the session again.`,
    )
  }
}

const damaged = (what: string) =>
  new SessionFileError(`The session file is damaged: ${what}. Export the session again.`)

const blockTooLarge = ({ block }: UnpackedLimits) =>
  new SessionFileError(`The session can't be opened: a data block is larger than ${inMebibytes(block)}.`)

const inMebibytes = (bytes: number) => `${bytes / mebibyte} MiB`

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
