import { accessSync, constants, lstatSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from './config.ts'
import { writeWholeFile } from './database/whole-file.ts'
import { tokenBeginning } from './tenants/tokens.ts'

/**
 * Makes sure that a token can be written to the file: before anything listens, for a token is shown once. A file that
 * holds anything but a token of an earlier start isn't overwritten. Throws ConfigError.
 */
export function expectTokenFile(path: string): void {
  const folder = dirname(path)
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw wrong(`the folder ${folder} can't be written to (${reasonOf(error)}): choose another.`)
  }
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there && !(there.isFile() && holdsToken(path))) {
    throw wrong(`${path} exists and isn't overwritten: remove it, or choose another.`)
  }
}

/** A token alone, as `writeToken` writes it. */
function holdsToken(path: string): boolean {
  try {
    return new RegExp(`^${tokenBeginning}[\\w+/=-]+\\n$`).test(readFileSync(path, 'utf8'))
  } catch {
    return false
  }
}

/**
 * Writes a token for its owner alone, to a new file in the place of an earlier one: who else could read or change that
 * isn't known. Throws ConfigError.
 */
export function writeToken(path: string, text: string): void {
  try {
    writeWholeFile(path, part => writeFileSync(part, `${text}\n`))
  } catch (error) {
    throw wrong(`${path} can't be written (${reasonOf(error)}): choose another.`)
  }
}

const wrong = (what: string) => new ConfigError([`--token-file: ${what}`])

const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)
