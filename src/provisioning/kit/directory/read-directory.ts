import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isObject, type Json, parseFileJson } from '../../../scim/json.ts'
import { assemble } from './assemble.ts'
import { attributeOfColumn } from './attribute-names.ts'
import { type Entry, find, findFirst, kindOf } from './attributes.ts'
import { csvEntries } from './csv.ts'
import {
  addScimulatorFormat,
  append,
  type DirectoryRecords,
  emptyRecords,
  isScimulatorFormat,
  isUserEntry,
  readEntries,
  readList,
} from './directory-records.ts'
import { createReadingProblems, DirectoryError, type ReadingProblems, throwErrors } from './problems.ts'
import { deriveGuid, type SourceDirectory } from './source-directory.ts'

/** UTF-8, or UTF-16 with a byte order mark as Windows PowerShell writes it. Undefined if it can't be decoded. */
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

type DirectoryFile = { readonly path: string; readonly name: string }

async function listFiles(path: string, problems: ReadingProblems): Promise<readonly DirectoryFile[]> {
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
    problems.error(path, `can't be read: ${errorReason(error)}.`)
    return []
  }
}

const errorReason = (error: unknown): string => {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'no such file or folder'
  return error instanceof Error ? error.message : String(error)
}

const fileOf = (folder: string, name: string): DirectoryFile => ({ path: join(folder, name), name })

/** Follows links and ignores hidden files. */
const isFile = (entry: { readonly name: string; isDirectory(): boolean }) =>
  !entry.isDirectory() && !entry.name.startsWith('.')

async function sortedFiles(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1))
}

async function readFiles(path: string, problems: ReadingProblems): Promise<DirectoryRecords> {
  const records = emptyRecords()
  const files = await listFiles(path, problems)
  const isOneFile = files.length === 1 && files[0]?.path === path
  for (const file of files) await addFile(file, isOneFile, records, problems)
  const found = records.users.length + records.groups.length + records.deleted.length
  if (!isOneFile && found === 0 && problems.errors.length === 0) {
    problems.error(
      path,
      'has no users and no groups: name the files users.json or users.csv, groups.json or groups.csv.',
    )
  }
  return records
}

async function addFile(
  file: DirectoryFile,
  isOneFile: boolean,
  records: DirectoryRecords,
  problems: ReadingProblems,
): Promise<void> {
  const subject = fileSubjectOf(file.name)
  if (!subject && !isOneFile) {
    if (/\.(json|csv)$/i.test(file.name)) problems.warning(file.name, 'has an unknown name and was ignored.')
    return
  }
  const text = await textOf(file, problems)
  if (text === undefined) return
  if (/\.csv$/i.test(file.name)) {
    addRecords(subject ?? { kind: 'users' }, await csvEntries(text, file.name, problems), records, problems)
  } else addJsonText(subject, text, file.name, records, problems)
}

function addJsonText(
  subject: FileSubject | undefined,
  text: string,
  name: string,
  records: DirectoryRecords,
  problems: ReadingProblems,
): void {
  const json = jsonOf(text, name, problems)
  if (json === undefined) return
  if (isScimulatorFormat(json)) addScimulatorFormat(json, name, records, problems)
  else addJson(subject ?? { kind: 'directory' }, json, name, records, problems)
}

export type DirectoryText = { readonly name: string; readonly text: string }

async function addText(
  { name, text: written }: DirectoryText,
  records: DirectoryRecords,
  problems: ReadingProblems,
): Promise<void> {
  const text = written.replace(/^\ufeff/, '')
  const subject = fileSubjectOf(name)
  const isJson = /\.json$/i.test(name) || (!/\.csv$/i.test(name) && /^\s*[[{]/.test(text))
  if (isJson) return addJsonText(subject, text, name, records, problems)
  const named = subject ?? csvSubjectOf(text)
  if (!named) {
    problems.error(
      name,
      'the first line must name the columns: userPrincipalName for users, displayName for groups, group and member for memberships.',
    )
    return
  }
  const isList = named.kind === 'users' || named.kind === 'groups'
  const entries = await csvEntries(text, name, problems, isList ? attributeOfColumn : undefined)
  addRecords(named, entries, records, problems)
}

function csvSubjectOf(text: string): FileSubject | undefined {
  const [firstLine = ''] = text.split(/[\r\n]/, 1)
  const titles = firstLine.split(/[,;]/).map(title => title.replace(/^"(.*)"$/, '$1'))
  const columns = new Set(titles.map(attributeOfColumn))
  if (titles.some(title => /^member(Id)?$/i.test(title.trim()))) return { kind: 'members' }
  if (columns.has('userPrincipalName')) return { kind: 'users' }
  return columns.has('displayName') ? { kind: 'groups' } : undefined
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
  records: DirectoryRecords,
  problems: ReadingProblems,
): void {
  if (subject.kind === 'appRoles' && isObject(json) && Array.isArray(json.appRoles)) {
    addRecords(subject, readEntries(json.appRoles, place, problems), records, problems)
    return
  }
  const list = readList(json, place, problems)
  if (subject.kind === 'members' && subject.group !== undefined) {
    const of = subject.group
    list.forEach((to, index) => {
      records.members.push({ place: `${place}[${index}]`, of, to })
    })
  } else addRecords(subject, readEntries(list, place, problems), records, problems)
}

function addRecords(
  subject: FileSubject,
  entries: readonly Entry[],
  records: DirectoryRecords,
  problems: ReadingProblems,
): void {
  switch (subject.kind) {
    case 'directory':
      records.usersAreExported = true
      for (const entry of entries) (isUserEntry(entry) ? records.users : records.groups).push(entry)
      break
    case 'users':
      records.usersAreExported = true
      append(records.users, entries)
      break
    case 'members': {
      const { group } = subject
      if (group === undefined) addLinks(entries, groupColumns, memberColumns, records.members, problems)
      else for (const { place, value } of entries) records.members.push({ place, of: group, to: value })
      break
    }
    case 'managers':
      addLinks(entries, userColumns, ['manager'], records.managers, problems)
      break
    default:
      append(records[subject.kind], entries)
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
  problems: ReadingProblems,
): void {
  for (const { place, value } of entries) {
    const of = findFirst(value, from)
    const target = findFirst(value, to)
    if (typeof of !== 'string')
      problems.error(place, `${from[0]} must be an id or a name, not ${kindOf(of)}.`)
    else if (target !== undefined) links.push({ place, of, to: target })
  }
}

async function textOf({ path, name }: DirectoryFile, problems: ReadingProblems): Promise<string | undefined> {
  try {
    const text = await readTextFile(path)
    if (text === undefined) problems.error(name, 'is not UTF-8 or UTF-16 text.')
    return text
  } catch (error) {
    problems.error(name, `can't be read: ${errorReason(error)}.`)
    return undefined
  }
}

function jsonOf(text: string, name: string, problems: ReadingProblems): unknown {
  try {
    return parseFileJson(text)
  } catch (error) {
    problems.error(name, `is not valid JSON: ${errorReason(error)}`)
    return undefined
  }
}

export { DirectoryError }

export type DirectoryResult = {
  readonly directory: SourceDirectory
  readonly warnings: readonly string[]
}

/**
 * Reads the source directory: a file in Scimulator's format, output of `az` or Microsoft Graph, a CSV file of users, or a
 * folder of such files (samples/README.md lists their names). Throws DirectoryError with all errors. Unknown members and
 * duplicates are ignored with a warning; cycles of managers or groups and shared userPrincipalNames are kept.
 */
export async function readDirectory(path: string): Promise<DirectoryResult> {
  const problems = createReadingProblems()
  const records = await readFiles(path, problems)
  const directory = assemble(records, problems)
  throwErrors(problems)
  return { directory, warnings: problems.warnings }
}

/**
 * The texts of a file, or of the files of a folder whose names say what they contain, for `readDirectoryTexts`. Throws
 * DirectoryError if one can't be read.
 */
export const readDirectoryFiles = (path: string): Promise<ReadTexts> => readFilesNamed(path, [])

type ReadTexts = { readonly files: readonly DirectoryText[]; readonly warnings: readonly string[] }

/** As `readDirectoryFiles`, with further files of these names, without `.json`. */
export async function readFilesNamed(path: string, names: readonly string[]): Promise<ReadTexts> {
  const problems = createReadingProblems()
  const files: DirectoryText[] = []
  for (const file of await listFiles(path, problems)) {
    const isKnown = fileSubjectOf(file.name) || names.some(name => file.name === `${name}.json`)
    if (file.path !== path && !isKnown) {
      if (/\.(json|csv)$/i.test(file.name))
        problems.warning(file.name, 'has an unknown name and was ignored.')
      continue
    }
    const text = await textOf(file, problems)
    if (text !== undefined) files.push({ name: file.name, text })
  }
  if (files.length === 0 && problems.errors.length === 0) problems.error(path, 'has no files of a directory.')
  throwErrors(problems)
  return { files, warnings: problems.warnings }
}

/**
 * Reads the source directory from texts, by the names of their files where those say what a file contains, otherwise by
 * their content. Users and groups without an id, as a CSV file may list them, get one. Throws DirectoryError with all errors.
 */
export async function readDirectoryTexts(files: readonly DirectoryText[]): Promise<DirectoryResult> {
  const problems = createReadingProblems()
  const records = emptyRecords()
  for (const file of files) await addText(file, records, problems)
  const { users, groups, deleted } = records
  if (users.length + groups.length + deleted.length === 0 && problems.errors.length === 0) {
    problems.error(files.map(({ name }) => name).join(', '), 'no users and no groups.')
  }
  const directory = assemble(
    {
      ...records,
      users: withIds('users', 'userPrincipalName', users, problems),
      groups: withIds('groups', 'displayName', groups, problems),
    },
    problems,
  )
  throwErrors(problems)
  return { directory, warnings: problems.warnings }
}

function withIds(kind: string, name: string, entries: readonly Entry[], problems: ReadingProblems): Entry[] {
  const hasId = ({ value }: Entry) => find(value, 'objectId') !== undefined
  const without = entries.filter(entry => !hasId(entry)).length
  if (without === 0) return [...entries]
  problems.warning(kind, `${without} of them have no id; ids derived from their ${name} are used.`)
  return entries.map(entry =>
    hasId(entry)
      ? entry
      : {
          ...entry,
          value: {
            ...entry.value,
            id: deriveGuid(`${kind} ${String(find(entry.value, name)).toLowerCase()}`),
          },
        },
  )
}

/** Reads a parsed directory in Scimulator's format; `place` prefixes the messages. */
export function parseDirectory(json: Json, place: string): DirectoryResult {
  const problems = createReadingProblems()
  const records = emptyRecords()
  if (isScimulatorFormat(json)) addScimulatorFormat(json, place, records, problems)
  else problems.error(place, `must be an object with users, groups and assignments, not ${kindOf(json)}.`)
  const directory = assemble(records, problems)
  throwErrors(problems)
  return { directory, warnings: problems.warnings }
}
