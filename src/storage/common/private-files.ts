import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { platform } from 'node:process'

/** For files with personal data and hashes of tokens: accessible to their owner only. */
export const privateFileMode = 0o600
export const privateFolderMode = 0o700

/**
 * Creates a file that only its owner can access, before SQLite opens it: SQLite creates its other files with
 * the same mode. If this fails, SQLite reports the error; an existing file is left as it is.
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'ax', privateFileMode))
  } catch {
    // SQLite reports the reason.
  }
}

/**
 * Restricts an existing file or folder to its owner, if this process is the owner. Earlier versions created
 * them with wider access.
 */
export function restrictAccess(path: string, mode: number): void {
  try {
    const { uid, mode: before } = statSync(path)
    if (uid === process.getuid?.() && (before & 0o077) !== 0) chmodSync(path, mode)
  } catch {
    // It doesn't exist, or the file system has no modes.
  }
}

/** The extension of a file that is being written; a killed process leaves such a file behind. */
export const partialExtension = '.part'

/**
 * Writes a file with `fill`, and renames it once it is complete and on disk, so no file of this name is ever
 * partial. Only this account can read it. On failure, nothing is left.
 */
export function writeFileAtomically(path: string, fill: (part: string) => void): void {
  const part = `${path}${partialExtension}`
  try {
    // Always a new file: an existing link, or another account's file, would give others access.
    rmSync(part, { force: true })
    closeSync(openSync(part, 'wx', privateFileMode))
    fill(part)
    syncFile(part)
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
  syncFolder(dirname(path))
}

/** Returns once the contents of the file are on disk. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Makes a new name durable. Windows can't open folders. */
export function syncFolder(folder: string): void {
  if (platform === 'win32') return
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
