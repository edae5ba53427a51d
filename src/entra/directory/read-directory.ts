import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isObject, type Json } from '../../scim/json.ts'
import { assemble } from './assemble.ts'
import { type Entry, findFirst, kindOf } from './attributes.ts'
import { csvEntries } from './csv.ts'
import { createReadingProblems, DirectoryError, type ReadingProblems, throwErrors } from './problems.ts'
import {
  addScimulatorFormat,
  append,
  type DirectoryRecords,
  emptyRecords,
  isScimulatorFormat,
  isUserEntry,
  readEntries,
  readList,
} from './sheets.ts'
import type { SourceDirectory } from './source-directory.ts'

/**
 * A file's text. UTF-8, or UTF-16 with a byte order mark: that is what `>` of Windows PowerShell writes. Undefined
 * when the bytes are no text.
 */
export async function readTextFile(path: string): Promise<string | undefined> {
  const bytes = await readFile(path)
  try {
    return new TextDecoder(detectEncoding(bytes), { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function detectEncoding([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

/** A file of a directory, and the name it goes by in messages: its path below the folder. */
export type DirectoryFile = { readonly path: string; readonly name: string }

/** The file itself, or the files of the folder and of its subfolder `members`, in the order of their names. */
export async function listFiles(path: string, notes: ReadingProblems): Promise<readonly DirectoryFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [{ path, name: basename(path) }]
    const files: DirectoryFile[] = []
    for (const entry of await sortedFiles(path)) {
      if (entry.isDirectory() && entry.name === 'members') {
        const members = await sortedFiles(join(path, entry.name))
        files.push(...members.filter(isFile).map(({ name }) => fileOf(path, `members/${name}`)))
      } else if (isFile(entry)) files.push(fileOf(path, entry.name))
    }
    return files
  } catch (error) {
    notes.mistake(path, `can't be read: ${errorReason(error)}.`)
    return []
  }
}

export const errorReason = (error: unknown): string => {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    return 'there is no such file or folder'
  return error instanceof Error ? error.message : String(error)
}

const fileOf = (folder: string, name: string): DirectoryFile => ({ path: join(folder, name), name })

/** Links are followed, hidden files are nobody's data. */
const isFile = (entry: { readonly name: string; isDirectory(): boolean }) =>
  !entry.isDirectory() && !entry.name.startsWith('.')

async function sortedFiles(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Everything that the file or the files of the folder say, each sorted by the name of its file. */
export async function readFiles(path: string, notes: ReadingProblems): Promise<DirectoryRecords> {
  const sheets = emptyRecords()
  const files = await listFiles(path, notes)
  const isOneFile = files.length === 1 && files[0]?.path === path
  for (const file of files) await addFile(file, isOneFile, sheets, notes)
  const found = sheets.users.length + sheets.groups.length + sheets.deleted.length
  if (!isOneFile && found === 0 && notes.mistakes.length === 0) {
    notes.mistake(
      path,
      'has no users and no groups: name the files users.json or users.csv, groups.json or groups.csv.',
    )
  }
  return sheets
}

async function addFile(
  file: DirectoryFile,
  isOneFile: boolean,
  sheets: DirectoryRecords,
  notes: ReadingProblems,
): Promise<void> {
  const subject = fileSubjectOf(file.name)
  if (!subject && !isOneFile) {
    if (/\.(json|csv)$/i.test(file.name))
      notes.warning(file.name, 'has a name that says nothing, and was left out.')
    return
  }
  const text = await textOf(file, notes)
  if (text === undefined) return
  if (/\.csv$/i.test(file.name)) {
    addRecords(subject ?? { kind: 'users' }, csvEntries(text, file.name, notes), sheets, notes)
    return
  }
  const json = jsonOf(text, file.name, notes)
  if (json === undefined) return
  if (isScimulatorFormat(json)) return addScimulatorFormat(json, file.name, sheets, notes)
  addJson(subject ?? { kind: 'directory' }, json, file.name, sheets, notes)
}

type FileSubject =
  | { readonly kind: 'directory' | 'users' | 'groups' | 'deleted' | 'managers' | 'assignments' | 'appRoles' }
  | { readonly kind: 'members'; readonly group?: string }

const fileSubjects: readonly (readonly [name: RegExp, FileSubject['kind']])[] = [
  [/^directory$/i, 'directory'],
  [/^users$/i, 'users'],
  [/^groups$/i, 'groups'],
  [/^deleted(Items|Users|Groups)$/i, 'deleted'],
  [/^managers$/i, 'managers'],
  [/^(assignments|appRoleAssignedTo|appRoleAssignments)$/i, 'assignments'],
  [/^(appRoles|servicePrincipal)$/i, 'appRoles'],
  [/^members$/i, 'members'],
]

/** What a file is about, by its name: `members/<group>.json` and `groups-<group>-members.json` name the group. */
function fileSubjectOf(fileName: string): FileSubject | undefined {
  const name = fileName.replace(/\.(json|csv)$/i, '')
  if (name === fileName) return undefined
  const group = /^members\/(.+)$/.exec(name)?.[1] ?? /^groups-(.+)-members$/i.exec(name)?.[1]
  if (group !== undefined) return { kind: 'members', group }
  const kind = fileSubjects.find(([pattern]) => pattern.test(name))?.[1]
  return kind && { kind }
}

function addJson(
  subject: FileSubject,
  json: unknown,
  place: string,
  sheets: DirectoryRecords,
  notes: ReadingProblems,
): void {
  if (subject.kind === 'appRoles' && isObject(json) && Array.isArray(json.appRoles)) {
    addRecords(subject, readEntries(json.appRoles, place, notes), sheets, notes)
    return
  }
  const list = readList(json, place, notes)
  if (subject.kind === 'members' && subject.group !== undefined) {
    const of = subject.group
    list.forEach((to, index) => {
      sheets.members.push({ place: `${place}[${index}]`, of, to })
    })
  } else addRecords(subject, readEntries(list, place, notes), sheets, notes)
}

function addRecords(
  subject: FileSubject,
  entries: readonly Entry[],
  sheets: DirectoryRecords,
  notes: ReadingProblems,
): void {
  switch (subject.kind) {
    case 'directory':
      sheets.usersAreExported = true
      for (const entry of entries) (isUserEntry(entry) ? sheets.users : sheets.groups).push(entry)
      break
    case 'users':
      sheets.usersAreExported = true
      append(sheets.users, entries)
      break
    case 'members': {
      const { group } = subject
      if (group === undefined) addLinks(entries, groupColumns, memberColumns, sheets.members, notes)
      else for (const { place, value } of entries) sheets.members.push({ place, of: group, to: value })
      break
    }
    case 'managers':
      addLinks(entries, userColumns, ['manager'], sheets.managers, notes)
      break
    default:
      append(sheets[subject.kind], entries)
  }
}

const groupColumns = ['group', 'groupId', 'groupName', 'groupDisplayName']
const memberColumns = ['member', 'memberId', 'userPrincipalName', 'user']
const userColumns = ['user', 'id', 'objectId', 'userPrincipalName']

function addLinks(
  entries: readonly Entry[],
  from: readonly string[],
  to: readonly string[],
  links: DirectoryRecords['members'],
  notes: ReadingProblems,
): void {
  for (const { place, value } of entries) {
    const of = findFirst(value, from)
    const target = findFirst(value, to)
    if (typeof of !== 'string')
      notes.mistake(place, `${from[0]} has to be an id or a name, not ${kindOf(of)}.`)
    else if (target !== undefined) links.push({ place, of, to: target })
  }
}

async function textOf({ path, name }: DirectoryFile, notes: ReadingProblems): Promise<string | undefined> {
  try {
    const text = await readTextFile(path)
    if (text === undefined) notes.mistake(name, 'is no text in UTF-8 or UTF-16.')
    return text
  } catch (error) {
    notes.mistake(name, `can't be read: ${errorReason(error)}.`)
    return undefined
  }
}

function jsonOf(text: string, name: string, notes: ReadingProblems): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    notes.mistake(name, `is no JSON: ${errorReason(error)}.`)
    return undefined
  }
}

export { DirectoryError }

export type DirectoryResult = {
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
export async function readDirectory(path: string): Promise<DirectoryResult> {
  const notes = createReadingProblems()
  const sheets = await readFiles(path, notes)
  const directory = assemble(sheets, notes)
  throwErrors(notes)
  return { directory, warnings: notes.warnings }
}

/** The same of a directory in the plain form that is already parsed; `place` begins the messages. */
export function parseDirectory(json: Json, place: string): DirectoryResult {
  const notes = createReadingProblems()
  const sheets = emptyRecords()
  if (isScimulatorFormat(json)) addScimulatorFormat(json, place, sheets, notes)
  else notes.mistake(place, `has to be an object with users, groups and assignments, not ${kindOf(json)}.`)
  const directory = assemble(sheets, notes)
  throwErrors(notes)
  return { directory, warnings: notes.warnings }
}
