import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { platform } from 'node:process'
import { privateFile } from './private-file.ts'

/** What a file is called while it is being written; a killed process leaves it behind. */
export const unfinished = '.part'

/**
 * Has `fill` write a file, and gives it its name once it is whole and on disk: nothing under the name is ever partial.
 * Readable by this account only. When something fails, nothing is left.
 */
export function writeWholeFile(path: string, fill: (part: string) => void): void {
  const part = `${path}${unfinished}`
  try {
    // Anew: through a link, or into a file of another account's, it would be written for others.
    rmSync(part, { force: true })
    closeSync(openSync(part, 'wx', privateFile))
    fill(part)
    sync(part)
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
  syncFolder(dirname(path))
}

function sync(path: string): void {
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
