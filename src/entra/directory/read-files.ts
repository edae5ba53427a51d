import { isObject } from '../../scim/json.ts'
import { type Entry, findAny, kindOf } from './attributes.ts'
import { csvEntries } from './csv-entries.ts'
import { readText } from './file-text.ts'
import { type DirectoryFile, filesAt, reasonOf } from './folder.ts'
import type { Notes } from './notes.ts'
import { addPlainForm, isPlainForm } from './plain-form.ts'
import { append, entriesOf, isUserEntry, noSheets, readList, type Sheets } from './sheets.ts'

/** Everything that the file or the files of the folder say, each sorted by the name of its file. */
export async function readFiles(path: string, notes: Notes): Promise<Sheets> {
  const sheets = noSheets()
  const files = await filesAt(path, notes)
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

async function addFile(file: DirectoryFile, isOneFile: boolean, sheets: Sheets, notes: Notes): Promise<void> {
  const subject = subjectOf(file.name)
  if (!subject && !isOneFile) {
    if (/\.(json|csv)$/i.test(file.name))
      notes.warning(file.name, 'has a name that says nothing, and was left out.')
    return
  }
  const text = await textOf(file, notes)
  if (text === undefined) return
  if (/\.csv$/i.test(file.name)) {
    add(subject ?? { kind: 'users' }, csvEntries(text, file.name, notes), sheets, notes)
    return
  }
  const json = jsonOf(text, file.name, notes)
  if (json === undefined) return
  if (isPlainForm(json)) return addPlainForm(json, file.name, sheets, notes)
  addJson(subject ?? { kind: 'directory' }, json, file.name, sheets, notes)
}

type Subject =
  | { readonly kind: 'directory' | 'users' | 'groups' | 'deleted' | 'managers' | 'assignments' | 'appRoles' }
  | { readonly kind: 'members'; readonly group?: string }

const subjects: readonly (readonly [name: RegExp, Subject['kind']])[] = [
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
function subjectOf(fileName: string): Subject | undefined {
  const name = fileName.replace(/\.(json|csv)$/i, '')
  if (name === fileName) return undefined
  const group = /^members\/(.+)$/.exec(name)?.[1] ?? /^groups-(.+)-members$/i.exec(name)?.[1]
  if (group !== undefined) return { kind: 'members', group }
  const kind = subjects.find(([pattern]) => pattern.test(name))?.[1]
  return kind && { kind }
}

function addJson(subject: Subject, json: unknown, place: string, sheets: Sheets, notes: Notes): void {
  if (subject.kind === 'appRoles' && isObject(json) && Array.isArray(json.appRoles)) {
    add(subject, entriesOf(json.appRoles, place, notes), sheets, notes)
    return
  }
  const list = readList(json, place, notes)
  if (subject.kind === 'members' && subject.group !== undefined) {
    const of = subject.group
    list.forEach((to, index) => {
      sheets.members.push({ place: `${place}[${index}]`, of, to })
    })
  } else add(subject, entriesOf(list, place, notes), sheets, notes)
}

function add(subject: Subject, entries: readonly Entry[], sheets: Sheets, notes: Notes): void {
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
  links: Sheets['members'],
  notes: Notes,
): void {
  for (const { place, value } of entries) {
    const of = findAny(value, from)
    const target = findAny(value, to)
    if (typeof of !== 'string')
      notes.mistake(place, `${from[0]} has to be an id or a name, not ${kindOf(of)}.`)
    else if (target !== undefined) links.push({ place, of, to: target })
  }
}

async function textOf({ path, name }: DirectoryFile, notes: Notes): Promise<string | undefined> {
  try {
    const text = await readText(path)
    if (text === undefined) notes.mistake(name, 'is no text in UTF-8 or UTF-16.')
    return text
  } catch (error) {
    notes.mistake(name, `can't be read: ${reasonOf(error)}.`)
    return undefined
  }
}

function jsonOf(text: string, name: string, notes: Notes): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    notes.mistake(name, `is no JSON: ${reasonOf(error)}.`)
    return undefined
  }
}
