import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { DatabaseError } from '../../domain/ports/database.ts'
import { privateFileMode } from '../common/private-files.ts'
import {
  checksumOf,
  isTar,
  octal,
  readTarSize,
  tarBlock,
  tarHeader,
  tarPadding,
  untilNul,
} from '../common/tar.ts'

/** The files of an archive, in this order. */
export const archivedFiles = ['scimulator.db', 'scimulator.db.journal'] as const
const manifestFile = 'manifest.json'

type ArchivedFile = (typeof archivedFiles)[number]
type ForEachFile<Value> = Readonly<Record<ArchivedFile, Value>>

/** The database and its journal. */
export type FilePaths = ForEachFile<string>

type PartFacts = {
  readonly bytes: number
  readonly sha256: string
  /** The name of its newest migration. */
  readonly schema: string
}

type BackupFacts = {
  /** The version of the program that made the backup. */
  readonly version: string
  /** ISO 8601. Changes that were acknowledged before are in the backup. */
  readonly created: string
  /** The identity that a database keeps. */
  readonly instance: string
  /** The number of access keys whose secrets are encrypted by the seal key, which is not in the backup. */
  readonly accessKeys: number
}

export type BackupManifest = BackupFacts & {
  readonly format: 1
  readonly parts: ForEachFile<PartFacts>
}

/** Gets the share of the work that is done, from 0 to 1. */
export type OnShare = (share: number) => void

const chunkLength = 1024 * 1024

/** Bytes. More would make the commits of a server on the same disk wait when they are written. */
const maxUnsynced = 16 * 1024 * 1024

/** Writes a tar file, and returns once it is on disk. */
export function writeArchive(
  archive: string,
  files: FilePaths,
  schemas: ForEachFile<string>,
  facts: BackupFacts,
  onShare: OnShare,
): BackupManifest {
  const modified = Date.parse(facts.created)
  const total = archivedFiles.reduce((sum, name) => sum + statSync(files[name]).size, 0)
  const output = openSync(archive, 'wx', privateFileMode)
  let done = 0
  let unsynced = 0
  const write = (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(output, bytes, at)
    unsynced += bytes.length
    if (unsynced < maxUnsynced) return
    fsyncSync(output)
    unsynced = 0
  }
  const add = (name: ArchivedFile): PartFacts => {
    const bytes = statSync(files[name]).size
    const hash = createHash('sha256')
    write(tarHeader(name, bytes, modified))
    const input = openSync(files[name], 'r')
    try {
      for (const chunk of chunksOf(input, 0, bytes)) {
        hash.update(chunk)
        write(chunk)
        done += chunk.length
        onShare(done / total)
      }
    } finally {
      closeSync(input)
    }
    write(Buffer.alloc(tarPadding(bytes)))
    return { bytes, sha256: hash.digest('hex'), schema: schemas[name] }
  }
  try {
    const parts = {
      'scimulator.db': add('scimulator.db'),
      'scimulator.db.journal': add('scimulator.db.journal'),
    }
    const manifest: BackupManifest = { format: 1, ...facts, parts }
    const text = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`)
    write(tarHeader(manifestFile, text.length, modified))
    write(text)
    // Two empty blocks end a tar file.
    write(Buffer.alloc(tarPadding(text.length) + 2 * tarBlock))
    fsyncSync(output)
    return manifest
  } finally {
    closeSync(output)
  }
}

function* chunksOf(file: number, start: number, length: number): Generator<Buffer> {
  const buffer = Buffer.alloc(Math.min(chunkLength, length))
  for (let at = 0; at < length; ) {
    const read = readSync(file, buffer, 0, Math.min(buffer.length, length - at), start + at)
    if (read === 0) return
    at += read
    yield buffer.subarray(0, read)
  }
}

/** Returns once the extracted files are on disk. Throws `DatabaseError` unless the whole archive is intact. */
export function extractArchive(archive: string, files: FilePaths, onShare: OnShare): BackupManifest {
  const input = openSync(archive, 'r')
  try {
    const total = statSync(archive).size
    const extracted = new Map<string, Pick<PartFacts, 'bytes' | 'sha256'>>()
    for (let at = 0; ; ) {
      const { name, size } = readHeader(archive, input, at)
      const start = at + tarBlock
      if (name === manifestFile) return checkManifest(archive, readText(input, start, size), extracted)
      const file = archivedFiles.find(each => each === name && !extracted.has(name))
      if (file === undefined) throw notABackup(archive)
      const report = (done: number) => onShare((start + done) / total)
      extracted.set(name, { bytes: size, sha256: extractFile(input, start, size, files[file], report) })
      at = start + size + tarPadding(size)
    }
  } finally {
    closeSync(input)
  }
}

function readHeader(archive: string, input: number, at: number) {
  const header = Buffer.alloc(tarBlock)
  const length = readSync(input, header, 0, tarBlock, at)
  const size = readTarSize(header)
  if (at === 0 && !isTar(header)) throw notABackup(archive)
  if (length < tarBlock || octal(header, 148, 8) !== checksumOf(header) || !Number.isSafeInteger(size))
    throw damaged(archive)
  return { name: untilNul(header.subarray(0, 100)), size }
}

/** Returns the hash of what there is: less than `size` bytes of a file that was cut off. */
function extractFile(
  input: number,
  start: number,
  size: number,
  to: string,
  onBytes: (done: number) => void,
): string {
  const hash = createHash('sha256')
  const output = openSync(to, 'wx', privateFileMode)
  let done = 0
  try {
    for (const chunk of chunksOf(input, start, size)) {
      hash.update(chunk)
      for (let at = 0; at < chunk.length; ) at += writeSync(output, chunk, at)
      done += chunk.length
      onBytes(done)
    }
    fsyncSync(output)
  } finally {
    closeSync(output)
  }
  return hash.digest('hex')
}

/** Bytes. A manifest has less than 1 KB. */
const maxManifest = 64 * 1024

const readText = (input: number, start: number, size: number): string =>
  Buffer.concat(
    [...chunksOf(input, start, Math.min(size, maxManifest))].map(chunk => Buffer.from(chunk)),
  ).toString()

function checkManifest(
  archive: string,
  text: string,
  extracted: ReadonlyMap<string, Pick<PartFacts, 'bytes' | 'sha256'>>,
): BackupManifest {
  const manifest = parseManifest(text)
  if (manifest === undefined) throw damaged(archive)
  if (!isPresent(manifest)) throw newerBackup(archive, manifest.version)
  const isIntact = archivedFiles.every(name => {
    const stated = manifest.parts[name]
    const found = extracted.get(name)
    return found !== undefined && stated?.sha256 === found.sha256 && stated.bytes === found.bytes
  })
  if (!isIntact) throw damaged(archive)
  return manifest
}

/** A manifest of another format has these members, too. */
type AnyManifest = Pick<BackupManifest, 'version'> & { readonly format: number }

function parseManifest(text: string): BackupManifest | AnyManifest | undefined {
  try {
    const parsed: Partial<BackupManifest> | null = JSON.parse(text)
    if (typeof parsed?.format !== 'number' || typeof parsed.version !== 'string') return undefined
    return parsed.format !== 1 || isComplete(parsed) ? (parsed as BackupManifest | AnyManifest) : undefined
  } catch {
    return undefined
  }
}

const isPresent = (manifest: BackupManifest | AnyManifest): manifest is BackupManifest =>
  manifest.format === 1

const isComplete = ({ created, instance, accessKeys, parts }: Partial<BackupManifest>): boolean =>
  [created, instance].every(text => typeof text === 'string') &&
  Number.isSafeInteger(accessKeys) &&
  typeof parts === 'object' &&
  parts !== null

const notABackup = (archive: string) =>
  new DatabaseError(
    `${archive} is not a backup of a SQLite database. Use a file that \`scimulator backup\` wrote.`,
  )

export const damaged = (archive: string) =>
  new DatabaseError(`The backup ${archive} is damaged or cut off, and nothing was restored. Use another one.`)

export const newerBackup = (archive: string, version: unknown) =>
  new DatabaseError(
    `The backup ${archive} was made by the newer version ${version}. Restore it with that version or a later one.`,
  )
