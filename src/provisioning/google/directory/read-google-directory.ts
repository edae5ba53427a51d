import { isObject, type Json, type JsonObject } from '../../../scim/json.ts'
import { type ExportFiles, placeOf, readExport, readExportTexts } from '../../kit/directory/export-files.ts'
import {
  type DirectoryResult,
  type DirectoryText,
  parseDirectory,
  readDirectory,
  readDirectoryTexts,
} from '../../kit/directory/read-directory.ts'

/**
 * Reads a directory as `readDirectory` does, or responses of Google's Admin SDK: one file with `users`, `groups` and
 * `assignments`, or a folder with `users.json` (users.list), `groups.json` (groups.list), `members/<group>.json` (members.list)
 * and `assignments.json`. Without assignments the app is on for all users. Throws DirectoryError with all errors.
 */
export async function readGoogleDirectory(path: string): Promise<DirectoryResult> {
  const files = await readExport(path, listNames)
  return files && isGoogleExport(files) ? resultOf(files, path) : readDirectory(path)
}

/** As `readGoogleDirectory`, from the texts of these files. Throws DirectoryError. */
export async function readGoogleTexts(files: readonly DirectoryText[]): Promise<DirectoryResult> {
  const exported = readExportTexts(files, listNames)
  return isGoogleExport(exported) ? resultOf(exported, placeOf(files)) : readDirectoryTexts(files)
}

function resultOf(files: GoogleExport, place: string): DirectoryResult {
  const result = parseDirectory(toCommonForm(files), place)
  const cut = files.cut.map(
    name => `${place}: ${name}: this is only the first page of a longer list (it has nextPageToken).`,
  )
  return { ...result, warnings: [...cut, ...result.warnings] }
}

const listNames = ['users', 'groups', 'assignments'] as const
type GoogleExport = ExportFiles<(typeof listNames)[number]>

const isGoogleExport = ({ users = [] }: GoogleExport): boolean =>
  users.length > 0 && users.every(({ primaryEmail }) => primaryEmail !== undefined)

function toCommonForm({ users = [], groups = [], assignments, members }: GoogleExport): JsonObject {
  return {
    users: users.map(toCommonUser),
    groups: groups.map(group => {
      const { id = '', email = '', name = email } = group
      const listed = [id, email, name].map(each => members[String(each)]).find(each => each !== undefined)
      return {
        id,
        displayName: name,
        mail: email,
        members: listed?.map(member => member.id ?? null) ?? group.members ?? [],
      }
    }),
    assignments: assignments ?? users.map(({ id = '' }) => ({ principal: id })),
  }
}

const objectsIn = (json: Json | undefined): readonly JsonObject[] =>
  Array.isArray(json) ? json.filter(isObject) : []

const primaryIn = (json: Json | undefined): JsonObject => {
  const elements = objectsIn(json)
  return elements.find(({ primary }) => primary === true) ?? elements[0] ?? {}
}

const ofType = (json: Json | undefined, type: string): JsonObject =>
  objectsIn(json).find(each => each.type === type) ?? {}

/** A user of users.list. Archived users cannot use any service, as suspended ones. */
function toCommonUser(user: JsonObject): JsonObject {
  const name = isObject(user.name) ? user.name : {}
  const {
    title = null,
    department = null,
    costCenter = null,
    name: organization = null,
  } = primaryIn(user.organizations)
  return {
    id: user.id ?? '',
    userPrincipalName: user.primaryEmail ?? '',
    displayName: name.displayName ?? name.fullName ?? null,
    givenName: name.givenName ?? null,
    surname: name.familyName ?? null,
    accountEnabled: user.suspended !== true && user.archived !== true,
    deletedDateTime: user.deletionTime ?? null,
    jobTitle: title,
    department,
    costCenter,
    organization,
    telephoneNumber: ofType(user.phones, 'work').value ?? null,
    employeeId: ofType(user.externalIds, 'organization').value ?? null,
    preferredLanguage: primaryIn(user.languages).languageCode ?? null,
  }
}
