import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { crc32, createGunzip, inflateRawSync } from 'node:zlib'
import { checksumOf, isTar, octal, tarBlock, tarPadding, untilNul } from '../../storage/common/tar.ts'
import { ImportError } from './directory.ts'

/** A JSON file. */
export type ExportFile = { readonly name: string; readonly bytes: Uint8Array }

export type ExportSource = { readonly folder: string } | { readonly name: string; readonly bytes: Uint8Array }

const mebibyte = 1024 * 1024

/** Bytes, apart from `levels` and the numbers after it. */
export const importLimits = {
  total: 2048 * mebibyte,
  file: 256 * mebibyte,
  text: mebibyte,
  levels: 32,
  files: 100_000,
  /** Users and groups, each. */
  objects: 100_000,
  memberships: 10_000_000,
  assignments: 1_000_000,
}

export type ImportLimits = typeof importLimits

/**
 * The JSON files of a folder, of a zip, tar or tar.gz file, or a single JSON file. Hidden files and those of macOS are skipped;
 * `ignore` gets the names of other files. Holds one file in memory besides the archive. Throws `ImportError`.
 */
export async function* filesOf(
  source: ExportSource,
  limits: ImportLimits = importLimits,
  ignore: (name: string) => void = () => {},
): AsyncGenerator<ExportFile> {
  if ('folder' in source) return yield* filesInFolder(source.folder, limits, ignore)
  const bytes = Buffer.from(source.bytes.buffer, source.bytes.byteOffset, source.bytes.byteLength)
  const select = createSelection('archive', limits, ignore)
  const start = bytes.toString('latin1', 0, 100)
  if (start.startsWith('PK')) yield* filesInZip(bytes, select, limits)
  else if (start.startsWith('\x1f\x8b')) yield* filesInTar(gunzip(bytes), select, limits)
  else if (isTar(bytes)) yield* filesInTar(Readable.from([bytes]), select, limits)
  else if (!/\.json$/i.test(source.name) && !/^\W*[{[]/.test(start))
    throw refuse('This is no zip, tar or tar.gz file, and no JSON.')
  else if (bytes.length > limits.file) throw tooLarge(source.name)
  else yield { name: printable(source.name), bytes }
}

/** A name of an export as messages show it. */
export const printable = (name: string): string =>
  name.slice(0, 200).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')

const refuse = (message: string, file = '') => new ImportError([{ file, message }])
const link = (path: string) => refuse(`The archive contains a link (${printable(path)}).`)
const damaged = (how: string) => refuse(`The archive is damaged: ${how}.`)
const tooLarge = (name: string) => refuse('The file unpacks to more than 256 MiB.', printable(name))

type Selection = {
  /** The name of a file that is to be read, for messages. Throws for a path outside of the archive, and for too many files. */
  nameOf(path: string): string | undefined
  /** Counts bytes that were read or unpacked. */
  count(bytes: number): void
}

function createSelection(
  what: 'archive' | 'folder',
  limits: ImportLimits,
  ignore: (name: string) => void,
): Selection {
  let files = 0
  let total = 0
  return {
    nameOf(path) {
      if (++files > limits.files)
        throw refuse(`The ${what} has more than ${limits.files.toLocaleString('en-US')} files.`)
      const segments = path.split(/[\\/]/).filter(segment => segment !== '.')
      const name = printable(segments.join('/').slice(-200))
      if (/^[\\/]|^[A-Za-z]:|\0/.test(path) || segments.includes('..'))
        throw refuse(`The ${what} contains a path outside of it (${printable(path)}).`)
      if (segments.some(segment => segment.startsWith('.') || segment === '__MACOSX')) return undefined
      if (/\.json$/i.test(name)) return name
      ignore(name)
      return undefined
    },
    count(bytes) {
      total += bytes
      if (total > limits.total)
        throw refuse(`The ${what} ${what === 'archive' ? 'unpacks to' : 'has'} more than 2 GiB.`)
    },
  }
}

/** In the order of their names, so that results do not depend on the file system. Links are not followed. */
async function* filesInFolder(
  folder: string,
  limits: ImportLimits,
  ignore: (name: string) => void,
): AsyncGenerator<ExportFile> {
  const { nameOf, count } = createSelection('folder', limits, ignore)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(notReadable('folder'))
  const files = new Map(entries.map(entry => [join(entry.parentPath, entry.name), entry]))
  for (const [path, entry] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const name = entry.isDirectory() ? undefined : nameOf(relative(folder, path))
    if (name === undefined) continue
    if (!entry.isFile()) {
      ignore(name)
      continue
    }
    const { size } = await stat(path).catch(notReadable('file', name))
    if (size > limits.file) throw refuse('The file is larger than 256 MiB.', name)
    const bytes = await readFile(path).catch(notReadable('file', name))
    count(bytes.length)
    yield { name, bytes }
  }
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

const notReadable = (what: 'file' | 'folder', name?: string) => (error: unknown) => {
  const code = codeOf(error)
  throw code === undefined ? error : refuse(`The ${what} can't be read (${code}).`, name)
}

// ZIP, by APPNOTE 6.3.10. Only sizes that were unpacked count, not those that the archive states.

const entrySignature = 0x02014b50
const localSignature = 0x04034b50
/** The end record has 22 bytes and a comment of up to 65,535. */
const longestEnd = 22 + 65_535

function* filesInZip(zip: Buffer, { nameOf, count }: Selection, limits: ImportLimits): Generator<ExportFile> {
  const read = (length: 2 | 4, at: number): number => {
    if (at + length > zip.length) throw damaged('it ends early')
    return zip.readUIntLE(at, length)
  }
  const earliest = Math.max(0, zip.length - longestEnd)
  const end = earliest + zip.subarray(earliest).lastIndexOf('PK\x05\x06', -22, 'latin1')
  if (end < earliest) throw damaged('its directory is missing. It may be cut off')
  const entries = read(2, end + 10)
  let at = read(4, end + 16)
  const isZip64 = (...fields: readonly number[]) => fields.includes(0xffffffff) || entries === 0xffff
  if (isZip64(at)) throw refuse(zip64)
  for (let nth = 0; nth < entries; nth++) {
    if (read(4, at) !== entrySignature) throw damaged('its directory has other files than stated')
    const local = read(4, at + 42)
    const [packed, size] = [read(4, at + 20), read(4, at + 24)]
    if (isZip64(packed, size, local)) throw refuse(zip64)
    const method = read(2, at + 10)
    const checksum = read(4, at + 16)
    const isEncrypted = (read(2, at + 8) & 1) !== 0
    const isLink = read(2, at + 40) >>> 12 === 0xa
    const afterName = at + 46 + read(2, at + 28)
    const path = zip.toString('utf8', at + 46, afterName)
    at = afterName + read(2, at + 30) + read(2, at + 32)
    if (isEncrypted) throw refuse('The archive is encrypted.')
    if (isLink) throw link(path)
    const name = path.endsWith('/') ? undefined : nameOf(path)
    if (name === undefined) continue
    if (method !== 0 && method !== 8)
      throw refuse(`The archive compresses ${name} by a method other than Deflate (${method}).`)
    const start = local + 30 + read(2, local + 26) + read(2, local + 28)
    if (read(4, local) !== localSignature || start + packed > zip.length)
      throw damaged(`${name} is not where its directory says`)
    const bytes = unpack(name, zip.subarray(start, start + packed), method, limits)
    count(bytes.length)
    if (bytes.length !== size || crc32(bytes) !== checksum)
      throw damaged(`${name} has another checksum or size than stated`)
    yield { name, bytes }
  }
  if (at !== end) throw damaged('its directory has other files than stated')
}

const zip64 = 'The archive is a ZIP64 file. Pack it as tar.gz.'

function unpack(name: string, packed: Buffer, method: number, limits: ImportLimits): Buffer {
  try {
    const bytes = method === 8 ? inflateRawSync(packed, { maxOutputLength: limits.file }) : packed
    if (bytes.length <= limits.file) return bytes
  } catch (error) {
    if (codeOf(error) !== 'ERR_BUFFER_TOO_LARGE') throw damaged(`${name} can't be unpacked`)
  }
  throw tooLarge(name)
}

// TAR, as pax (POSIX.1-2024) and GNU tar write it.

async function* gunzip(bytes: Buffer): AsyncGenerator<Buffer> {
  try {
    yield* Readable.from([bytes], { objectMode: false }).pipe(createGunzip())
  } catch {
    throw damaged("it can't be unpacked. It may be cut off")
  }
}

async function* filesInTar(
  chunks: AsyncIterable<Buffer>,
  { nameOf, count }: Selection,
  limits: ImportLimits,
): AsyncGenerator<ExportFile> {
  const { take, skip, end } = createReader(chunks, count)
  let longPath: string | undefined
  for (let isFirst = true; ; isFirst = false) {
    const header = await take(tarBlock)
    if (header.every(byte => byte === 0)) return end()
    if (isFirst && !isTar(header))
      throw refuse('This is a gzip file without a tar file. Pack the folder as tar.gz.')
    if (numberIn(header, 148, 8) !== checksumOf(header))
      throw damaged('the header of a file has another checksum')
    const kind = header.toString('latin1', 156, 157)
    const size = kind === '5' ? 0 : numberIn(header, 124, 12)
    const padding = tarPadding(size)
    if (kind === 'x' || kind === 'L') {
      if (size > limits.text) throw damaged('it has a path of more than 1 MiB')
      const content = await take(size)
      longPath = (kind === 'L' ? untilNul(content) : paxPath(content)) ?? longPath
      await skip(padding)
      continue
    }
    const [folder, last = ''] = [header.subarray(345, 500), header.subarray(0, 100)].map(untilNul)
    const path = longPath ?? (folder === '' ? last : `${folder}/${last}`)
    longPath = undefined
    if (kind === '1' || kind === '2') throw link(path)
    if (!['0', '\0', '5', 'g', 'K'].includes(kind))
      throw refuse(`The archive contains ${printable(path)}, which is neither a file nor a folder.`)
    const name = kind === '0' || kind === '\0' ? nameOf(path) : undefined
    if (name === undefined) await skip(size)
    else if (size > limits.file) throw tooLarge(name)
    else yield { name, bytes: await take(size) }
    await skip(padding)
  }
}

/** Reads exact numbers of bytes. An archive states its end, so that chunks which end before were cut off. */
function createReader(chunks: AsyncIterable<Buffer>, count: (bytes: number) => void) {
  const iterator = chunks[Symbol.asyncIterator]()
  let chunk: Buffer = Buffer.alloc(0)

  const next = async (): Promise<boolean> => {
    const { value, done } = await iterator.next()
    if (!done) count(value.length)
    chunk = done ? chunk : value
    return !done
  }

  const take = async (length: number, isKept = true): Promise<Buffer> => {
    const taken: Buffer[] = []
    for (let left = length; left > 0; ) {
      if (chunk.length === 0 && !(await next())) throw damaged('it is cut off')
      const piece = chunk.subarray(0, left)
      chunk = chunk.subarray(piece.length)
      left -= piece.length
      if (isKept) taken.push(piece)
    }
    return Buffer.concat(taken)
  }

  return {
    take,
    skip: (length: number) => take(length, false),
    /** Reads the rest: the checksum of gzip is at its end. */
    async end(): Promise<void> {
      while (await next());
    },
  }
}

function numberIn(header: Buffer, at: number, length: number): number {
  const number = octal(header, at, length)
  if (Number.isNaN(number)) throw damaged('the header of a file is invalid')
  return number
}

/** Reads records such as `19 path=users.json\n`, whose first number is the length of the record. */
function paxPath(bytes: Buffer): string | undefined {
  let path: string | undefined
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + 10), 10)
    if (!(length > 0)) throw damaged('the header of a file is invalid')
    const record = bytes.toString('utf8', at, at + length - 1)
    if (/^\d+ path=/.test(record)) path = record.slice(record.indexOf('=') + 1)
    at += length
  }
  return path
}
