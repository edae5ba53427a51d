import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { platform } from 'node:process'

/** For files with personal data and hashes of tokens: accessible to their owner only. */
export const privateFileMode = 0o600
export const privateFolderMode = 0o700

/** SQLite creates its other files with the same mode. SQLite reports a failure; an existing file is left as it is. */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'ax', privateFileMode))
  } catch {
    // SQLite reports the reason.
  }
}

/** Earlier versions created files with wider access. Only the owner can restrict it. */
export function restrictAccess(path: string, mode: number): void {
  try {
    const { uid, mode: before } = statSync(path)
    if (uid === process.getuid?.() && (before & 0o077) !== 0) chmodSync(path, mode)
  } catch {
    // The file doesn't exist, or the file system has no modes.
  }
}

/** The extension of a file that is being written; a killed process leaves such a file behind. */
export const partialExtension = '.part'

/** The file is renamed once it is complete and on disk, so it is never partial. A failure leaves nothing. */
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
