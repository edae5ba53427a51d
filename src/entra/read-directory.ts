import type { Json } from '../scim/json.ts'
import { assemble } from './directory/assemble.ts'
import { kindOf } from './directory/attributes.ts'
import { createNotes, DirectoryError, throwMistakes } from './directory/notes.ts'
import { addPlainForm, isPlainForm } from './directory/plain-form.ts'
import { readFiles } from './directory/read-files.ts'
import { noSheets } from './directory/sheets.ts'
import type { SourceDirectory } from './source-directory.ts'

export { DirectoryError }

export type DirectoryReading = {
  readonly directory: SourceDirectory
  /** What was left out or taken for something, a sentence each that begins with its place. */
  readonly warnings: readonly string[]
}

/**
 * Reads the directory that is provisioned from: a file in the plain form, what `az` or Microsoft Graph print, a CSV
 * file of users, or a folder of such files (samples/README.md lists their names). Throws DirectoryError with every
 * mistake. What a real directory may contain is no mistake: members who aren't there and what is named twice are left
 * out with a warning; circles of managers, groups within themselves and users who share a userPrincipalName stay.
 */
export async function readDirectory(path: string): Promise<DirectoryReading> {
  const notes = createNotes()
  const sheets = await readFiles(path, notes)
  const directory = assemble(sheets, notes)
  throwMistakes(notes)
  return { directory, warnings: notes.warnings }
}

/** The same of a directory in the plain form that is already parsed; `place` begins the messages. */
export function directoryFrom(json: Json, place: string): DirectoryReading {
  const notes = createNotes()
  const sheets = noSheets()
  if (isPlainForm(json)) addPlainForm(json, place, sheets, notes)
  else notes.mistake(place, `has to be an object with users, groups and assignments, not ${kindOf(json)}.`)
  const directory = assemble(sheets, notes)
  throwMistakes(notes)
  return { directory, warnings: notes.warnings }
}
