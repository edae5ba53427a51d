import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { platform } from 'node:process'

/** For files with people's data and the hashes of tokens: their owner's alone. */
export const privateFileMode = 0o600
export const privateFolderMode = 0o700

/**
 * Creates a file for its owner alone, before SQLite opens it: what SQLite puts beside it takes its mode. What can't be
 * created is left for SQLite to report; one that is there stays as it is.
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'ax', privateFileMode))
  } catch {
    // SQLite says why, in words of its own.
  }
}

/** Takes a file or folder away from all but its owner, if we are that; an older version may have made it. */
export function restrictAccess(path: string, mode: number): void {
  try {
    const { uid, mode: before } = statSync(path)
    if (uid === process.getuid?.() && (before & 0o077) !== 0) chmodSync(path, mode)
  } catch {
    // It isn't there, or the file system knows no modes.
  }
}

/** What a file is called while it is being written; a killed process leaves it behind. */
export const partialExtension = '.part'

/**
 * Has `fill` write a file, and gives it its name once it is whole and on disk: nothing under the name is ever partial.
 * Readable by this account only. When something fails, nothing is left.
 */
export function writeFileAtomically(path: string, fill: (part: string) => void): void {
  const part = `${path}${partialExtension}`
  try {
    // Anew: through a link, or into a file of another account's, it would be written for others.
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

function syncFile(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** So that a name is on disk, too; Windows opens no folders. */
export function syncFolder(folder: string): void {
  if (platform === 'win32') return
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
