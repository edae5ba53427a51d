import { chmodSync, closeSync, openSync, statSync } from 'node:fs'

/** For files with people's data and the hashes of tokens: their owner's alone. */
export const privateFile = 0o600
export const privateFolder = 0o700

/**
 * Creates a file for its owner alone, before SQLite opens it: what SQLite puts beside it takes its mode. What can't be
 * created is left for SQLite to report; one that is there stays as it is.
 */
export function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'ax', privateFile))
  } catch {
    // SQLite says why, in words of its own.
  }
}

/** Takes a file or folder away from all but its owner, if we are that; an older version may have made it. */
export function tighten(path: string, mode: number): void {
  try {
    const { uid, mode: before } = statSync(path)
    if (uid === process.getuid?.() && (before & 0o077) !== 0) chmodSync(path, mode)
  } catch {
    // It isn't there, or the file system knows no modes.
  }
}
