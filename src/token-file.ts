import { accessSync, constants, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from './config.ts'
import { privateFile, tighten } from './database/private-file.ts'
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
  const there = statSync(path, { throwIfNoEntry: false })
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

/** Writes a token for its owner alone. Throws ConfigError. */
export function writeToken(path: string, text: string): void {
  try {
    tighten(path, privateFile)
    writeFileSync(path, `${text}\n`, { mode: privateFile })
  } catch (error) {
    throw wrong(`${path} can't be written (${reasonOf(error)}): choose another.`)
  }
}

const wrong = (what: string) => new ConfigError([`--token-file: ${what}`])

const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)
