import { createHash } from 'node:crypto'
import { isObject, type JsonObject } from '../../scim/json.ts'
import { type ExportFiles, placeOf, readExport, readExportTexts } from '../kit/directory/export-files.ts'
import {
  type DirectoryResult,
  type DirectoryText,
  parseDirectory,
  readDirectory,
  readDirectoryTexts,
} from '../kit/directory/read-directory.ts'
import {
  assignedIn,
  type SourceDirectory,
  type SourceGroup,
  type SourceUser,
} from '../kit/directory/source-directory.ts'

export type OktaUser = {
  readonly id: string
  readonly oktaId: string
  /** `suspended`: Okta sends nothing for the user. `inactive`: staged, deactivated or deleted. */
  readonly lifecycle: 'active' | 'suspended' | 'inactive'
  readonly login: string
  readonly displayName: string
  readonly attributes: SourceUser['attributes']
}

export type OktaGroup = {
  readonly id: string
  readonly name: string
  readonly members: readonly string[]
}

export type OktaDirectory = {
  readonly users: ReadonlyMap<string, OktaUser>
  readonly groups: ReadonlyMap<string, OktaGroup>
  readonly assigned: ReadonlySet<string>
  readonly pushed: ReadonlySet<string>
}

/** Groups with `"pushed": true` are pushed; if no group says so, the assigned groups are. */
export function toOktaDirectory(directory: SourceDirectory): OktaDirectory {
  const { present, membersOf, assigned } = assignedIn(directory)
  const declared = present.filter(({ attributes }) => attributes.pushed !== undefined)
  const pushed =
    declared.length > 0
      ? declared.filter(({ attributes }) => String(attributes.pushed) === 'true').map(idOf)
      : directory.assignments.map(({ principal }) => principal).filter(each => membersOf.has(each))
  return {
    users: new Map(directory.users.map(user => [user.objectId, toOktaUser(user)])),
    groups: new Map(present.map(group => [group.objectId, toOktaGroup(group)])),
    assigned,
    pushed: new Set(pushed),
  }
}

const idOf = ({ objectId }: SourceGroup) => objectId

function toOktaUser(user: SourceUser): OktaUser {
  const { objectId, attributes } = user
  const login = String(attributes.userPrincipalName)
  const names = [attributes.givenName, attributes.surname].filter(Boolean).join(' ')
  return {
    id: objectId,
    oktaId: oktaIdOf(objectId),
    lifecycle: lifecycleOf(user),
    login,
    displayName: String(attributes.displayName ?? (names === '' ? login : names)),
    attributes,
  }
}

function lifecycleOf({ accountEnabled, deletedAt, attributes }: SourceUser): OktaUser['lifecycle'] {
  if (!accountEnabled || deletedAt !== undefined) return 'inactive'
  return String(attributes.status).toUpperCase() === 'SUSPENDED' ? 'suspended' : 'active'
}

const toOktaGroup = ({ objectId, attributes, members }: SourceGroup): OktaGroup => ({
  id: objectId,
  name: String(attributes.displayName),
  members,
})

const oktaIdPattern = /^00u[0-9A-Za-z]{17}$/
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** IDs of Okta's users begin with `00u` and have 20 characters. Another ID is turned into such a one. */
function oktaIdOf(id: string): string {
  if (oktaIdPattern.test(id)) return id
  const bytes = createHash('sha256').update(id).digest().subarray(0, 17)
  return `00u${[...bytes].map(byte => letters[byte % letters.length]).join('')}`
}

/**
 * Reads a directory as `readDirectory` does, or an export of Okta's API: one file with `users`, `groups`, `appUsers`,
 * `appGroups` and `groupPushMappings`, or a folder with a file for each, and with the users of a group in
 * `members/<group>.json`. Throws DirectoryError with all errors.
 */
export async function readOktaDirectory(path: string): Promise<DirectoryResult> {
  const files = await readExport(path, listNames)
  const result = files && isOktaExport(files) ? parseDirectory(toCommonForm(files), path) : undefined
  return result ?? readDirectory(path)
}

/** As `readOktaDirectory`, from the texts of these files. Throws DirectoryError. */
export async function readOktaTexts(files: readonly DirectoryText[]): Promise<DirectoryResult> {
  const exported = readExportTexts(files, listNames)
  return isOktaExport(exported)
    ? parseDirectory(toCommonForm(exported), placeOf(files))
    : readDirectoryTexts(files)
}

type OktaExport = ExportFiles<(typeof listNames)[number]>

/** Further lists of Okta's API, for `readFilesNamed`. */
export const oktaLists = ['appUsers', 'appGroups', 'groupPushMappings'] as const

const listNames = ['users', 'groups', ...oktaLists] as const

const isOktaExport = ({ users = [] }: OktaExport): boolean =>
  users.length > 0 && users.every(({ profile }) => isObject(profile) && profile.login !== undefined)

function toCommonForm(files: OktaExport): JsonObject {
  const { users = [], groups = [], appUsers = [], appGroups = [], groupPushMappings = [] } = files
  const pushed = new Set(groupPushMappings.filter(isActive).map(({ sourceGroupId }) => sourceGroupId))
  return {
    users: users.map(toCommonUser),
    groups: groups.map(group => {
      const { id = '', profile } = group
      const name = isObject(profile) ? (profile.name ?? '') : ''
      const members = files.members[String(id)] ?? files.members[String(name)]
      return {
        id,
        displayName: name,
        pushed: pushed.has(id),
        members: members?.map(each => each.id ?? null) ?? group.members ?? [],
      }
    }),
    assignments: [...appUsers, ...appGroups].map(({ id = '' }) => ({ principal: id })),
  }
}

const isActive = ({ status }: JsonObject) => status === undefined || status === 'ACTIVE'

const renamed: Readonly<Record<string, string>> = {
  login: 'userPrincipalName',
  email: 'mail',
  firstName: 'givenName',
  lastName: 'surname',
  title: 'jobTitle',
  primaryPhone: 'telephoneNumber',
  mobilePhone: 'mobile',
  zipCode: 'postalCode',
  countryCode: 'country',
  employeeNumber: 'employeeId',
  // A text in Okta, but a reference in the common form.
  manager: 'managerName',
}

const withoutAccount: readonly unknown[] = ['STAGED', 'DEPROVISIONED']

function toCommonUser({ id = '', status = 'ACTIVE', profile }: JsonObject): JsonObject {
  const attributes = isObject(profile) ? Object.entries(profile) : []
  return {
    ...Object.fromEntries(attributes.map(([name, value]) => [renamed[name] ?? name, value])),
    id,
    status,
    accountEnabled: !withoutAccount.includes(status),
  }
}
